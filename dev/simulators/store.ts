import { join } from 'node:path';
import { Journal } from './journal.ts';
import {
  sameCharge,
  type ApiUser,
  type Charge,
  type IdentityJob,
  type InboundUrl,
  type JournalRecord,
  type Message,
  type Refund,
} from './records.ts';
import type { SimulatedProvider } from './simulated.ts';

/**
 * Everything that ever happened, in memory and in the journal. `add` shows at once, so that a second
 * request with the same id finds the first; who answers from memory awaits `settled` before.
 */
export class Store {
  #journal: Journal | undefined;
  readonly #charges = new Map<string, Charge>();
  readonly #byReceipt = new Map<string, Charge>();
  readonly #byPayer = new Map<string, Charge[]>();
  readonly #refunds = new Map<string, Refund>();
  readonly #refundsOf = new Map<string, Refund[]>();
  readonly #messages = { sms: [] as Message[], mail: [] as Message[], push: [] as Message[] };
  readonly #jobs = new Map<string, IdentityJob>();
  readonly #apiUsers = new Map<string, ApiUser>();
  readonly #inboundUrls = new Map<SimulatedProvider, InboundUrl>();
  readonly #refusals = new Map<string, number>();
  readonly #delivered = new Set<string>();
  readonly #requestsOf = new Map<string, number>();
  #payBills = 0;

  /** Opens `dataDir`/simulators/journal.jsonl, or makes it. */
  static async open(dataDir: string): Promise<Store> {
    const store = new Store();
    store.#journal = await Journal.open(join(dataDir, 'simulators', 'journal.jsonl'), (record) =>
      store.#apply(record as JournalRecord),
    );
    return store;
  }

  /** Resolves when the record is on the disk. */
  add(record: JournalRecord): Promise<void> {
    if (!this.#journal) return Promise.reject(new Error('the store is not open'));
    this.#apply(record);
    return this.#journal.append(record);
  }

  /** Resolves when all that memory shows is on the disk. */
  settled(): Promise<void> {
    return this.#journal?.settled() ?? Promise.resolve();
  }

  async close(): Promise<void> {
    await this.#journal?.close();
  }

  charge(provider: SimulatedProvider, key: string): Charge | undefined {
    return this.#charges.get(`${provider}:${key}`);
  }

  chargeByReceipt(provider: SimulatedProvider, receipt: string): Charge | undefined {
    return this.#byReceipt.get(`${provider}:${receipt}`);
  }

  /** All charges, or one payer's (E.164 with the plus), oldest first. */
  charges(payer?: string): Iterable<Charge> {
    return payer === undefined ? this.#charges.values() : (this.#byPayer.get(payer) ?? []);
  }

  /** How many charges of a payer were taken, at all providers, pay-bill apart. */
  chargeCount(payer: string): number {
    return this.#requestsOf.get(payer) ?? 0;
  }

  get payBillCount(): number {
    return this.#payBills;
  }

  refund(provider: SimulatedProvider, key: string): Refund | undefined {
    return this.#refunds.get(`${provider}:${key}`);
  }

  refunds(): Iterable<Refund> {
    return this.#refunds.values();
  }

  /** Minor units of a charge that were given back. */
  refunded(charge: Charge): number {
    const refunds = this.#refundsOf.get(`${charge.provider}:${charge.key}`) ?? [];
    return refunds.reduce((sum, { refused, amount }) => sum + (refused === null ? amount : 0), 0);
  }

  /** How many refunds of a charge were asked for, refused ones with them. */
  refundCount(charge: Charge): number {
    return this.#refundsOf.get(`${charge.provider}:${charge.key}`)?.length ?? 0;
  }

  /** Oldest first. */
  messages(channel: Message['channel']): readonly Message[] {
    return this.#messages[channel];
  }

  job(id: string): IdentityJob | undefined {
    return this.#jobs.get(id);
  }

  jobs(): Iterable<IdentityJob> {
    return this.#jobs.values();
  }

  get jobCount(): number {
    return this.#jobs.size;
  }

  apiUser(id: string): ApiUser | undefined {
    return this.#apiUsers.get(id);
  }

  inboundUrl(provider: SimulatedProvider): InboundUrl | undefined {
    return this.#inboundUrls.get(provider);
  }

  refusals(key: string): number {
    return this.#refusals.get(key) ?? 0;
  }

  isDelivered(id: string): boolean {
    return this.#delivered.has(id);
  }

  #apply(record: JournalRecord): void {
    switch (record.type) {
      case 'charge':
        return this.#applyCharge(record);
      case 'refund': {
        this.#refunds.set(`${record.provider}:${record.key}`, record);
        appendTo(this.#refundsOf, `${record.provider}:${record.chargeKey}`, record);
        return;
      }
      case 'message':
        this.#messages[record.channel].push(record);
        return;
      case 'identityJob':
        this.#jobs.set(record.id, record);
        return;
      case 'apiUser':
        this.#apiUsers.set(record.id, record);
        return;
      case 'inboundUrl':
        this.#inboundUrls.set(record.provider, record);
        return;
      case 'refusal':
        this.#refusals.set(record.key, this.refusals(record.key) + 1);
        return;
      case 'delivered':
        this.#delivered.add(record.id);
        return;
      default:
        record satisfies never;
        throw new TypeError('the journal was written by another version; move the file away to begin anew');
    }
  }

  #applyCharge(charge: Charge): void {
    this.#charges.set(`${charge.provider}:${charge.key}`, charge);
    this.#byReceipt.set(`${charge.provider}:${charge.receipt}`, charge);
    appendTo(this.#byPayer, charge.payer, charge);
    if (charge.kind === 'payBill') this.#payBills++;
    else this.#requestsOf.set(charge.payer, this.chargeCount(charge.payer) + 1);
    // At M-Pesa the next charge of the same account and amount is another one, refused anew.
    this.#refusals.delete(sameCharge(charge));
  }
}

function appendTo<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
