import { and, eq, inArray, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { inbound } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { system } from '#domain/identity/roles';
import { marketOf, marketRules, type PaymentProvider } from '#domain/markets';
import type { Money } from '#domain/money';
import { isReceipt, normalReceipt } from '#domain/payments/receipt';
import { maskPhone } from '#domain/phone';
import { startInbound } from '#steering/start-inbound';
import { transact } from '../../context.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { openCase } from '../../cases/open-case.ts';
import type { InboundRow } from '#db/queries/suspense';
import { chargeWithReceipt } from './own-charge.ts';

type AnnounceDependencies = Pick<PaymentDependencies, 'db' | 'config' | 'encryption' | 'temporal'>;

/** A payment that a customer made by himself, as it was announced or found on a statement. */
interface Announcement {
  readonly provider: PaymentProvider;
  readonly receipt: string;
  /** What the customer typed. */
  readonly account: string;
  readonly amount: Money;
  readonly paidAt: Date;
  /** E.164 with the plus, where it is told. */
  readonly payer?: string | undefined;
  readonly payerMasked?: string | undefined;
  /** As it came, kept encrypted. */
  readonly body: string | null;
  /** False where it carries a signature that does not fit: it is asked about all the same, and a case. */
  readonly authentic?: boolean;
}

/**
 * Keeps an announcement, once a receipt of a market, and starts the workflow that asks the provider about it.
 * It may be acknowledged when this returns. Announced again, it changes nothing, unless the provider has denied
 * it meanwhile, or was taken for a charge that has no such receipt any more: then it is asked once more, for what is said
 * now. The receipt that a provider names for a charge of ours is no news.
 *
 * @returns the inbound payment; null where it is a charge of ours.
 * @throws Problem invalid_input for what no provider has: a currency that it does not serve, a receipt that is none.
 */
export async function announceInbound(deps: AnnounceDependencies, announced: Announcement): Promise<string | null> {
  const announcement = { ...announced, receipt: normalReceipt(announced.receipt) };
  const { provider, receipt, amount, authentic = true } = announcement;
  const { currency } = amount;
  if (!isReceipt(receipt) || !marketRules(marketOf(currency)).providers.includes(provider))
    throw new Problem('invalid_input', 'This is no announcement of a payment');
  if ((await chargeWithReceipt(deps.db, { provider, currency, receipt })) !== undefined) return null;
  const row = await keep(deps, announcement);
  const { id, status } = row;
  if (!authentic)
    await transact(deps.db, system('inbound'), new Date(), (context) =>
      openCase(context, {
        kind: 'lying_callback',
        leaseId: null,
        paymentId: id,
        detail: { provider, receipt, authentic, claimedAmount: amount },
      }),
    );
  if (status === 'announced' || status === 'refuted') await startInbound(deps, row);
  return id;
}

async function keep({ db, encryption }: AnnounceDependencies, one: Announcement): Promise<InboundRow> {
  const { provider, receipt, account, amount, paidAt, payer, payerMasked, body } = one;
  const said = {
    market: marketOf(amount.currency),
    account: asTyped(account),
    payerEncrypted: payer === undefined ? null : encryption.encrypt(payer),
    payerHash: payer === undefined ? null : encryption.hash('phone', payer),
    payerMasked: payer === undefined ? (payerMasked ?? 'unknown') : maskPhone(payer),
    amount: amount.amount,
    currency: amount.currency,
    paidAt,
    bodyEncrypted: body === null ? null : encryption.encrypt(body),
  };
  const free = { paymentId: null, leaseId: null };
  await db
    .insert(inbound)
    .values({ id: uuidv7(), provider, receipt, status: 'announced', ...said })
    .onConflictDoUpdate({
      target: [inbound.provider, inbound.market, inbound.receipt],
      set: {
        ...said,
        status: sql`case ${inbound.status} when 'charge' then 'announced' else ${inbound.status} end`,
        ...free,
        // A statement says nothing in place of what was announced.
        ...(body === null && { bodyEncrypted: sql`${inbound.bodyEncrypted}` }),
      },
      setWhere: inArray(inbound.status, ['refuted', 'charge']),
    });
  const [row] = await db
    .select()
    .from(inbound)
    .where(and(eq(inbound.provider, provider), eq(inbound.market, said.market), eq(inbound.receipt, receipt)));
  if (row === undefined) throw new Error(`the announcement of ${receipt} was not kept`);
  return row;
}

/** What a customer typed, as far as the database and a screen can take it. */
export function asTyped(account: string): string {
  return account.slice(0, 64).replaceAll(/[\p{Cc}\p{Cs}]/gu, ' ');
}
