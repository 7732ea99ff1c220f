import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { transact, type Context } from '#use-cases/context';
import type { Database } from '#db/client';
import { prebuiltRows } from '#db/prebuilt';
import { attempts, inbound, leases } from '#db/schema/index';
import { addDays, instantOf, localDateAt, type LocalDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { system, type Actor } from '#domain/identity/roles';
import { marketRules, type PaymentProvider } from '#domain/markets';
import { sqlStateOf } from '#platform/describe-error';
import type { Fault, Life, Sum, Trouble } from './lives.ts';
import type { Stage } from './stage.ts';

const DAY = 24 * 3_600_000;
export const MINUTE = 60_000;
const collections = system('collections');
/** How it begins. */
export type Terms = Pick<Life, 'market' | 'provider' | 'isDeclining' | 'gap'>;

/** One lease, its clock, and what has really happened outside. */
export class World {
  readonly leaseId = randomUUID();
  readonly reference = randomUUID().replaceAll('-', '').slice(0, 12).toUpperCase();
  readonly agents: readonly [Actor, Actor] = [
    { role: 'agent', id: randomUUID() },
    { role: 'agent', id: randomUUID() },
  ];
  readonly admin: Actor = { role: 'admin', id: randomUUID() };
  /** Decides on what that one has done. */
  readonly otherAdmin: Actor = { role: 'admin', id: randomUUID() };
  readonly customer: Actor = { role: 'customer', id: randomUUID() };
  /** Payments that a provider has confirmed, or that were taken, in minor units: what was said of one first. */
  readonly money = new Map<string, number>();
  /** Payments that people have reversed. */
  readonly reversed = new Set<string>();
  /** Whether somebody has said otherwise than by itself where money is that was taken back. */
  moved = false;
  /** The price that the customer has signed, in minor units: nobody signs an amendment in these lives. */
  signed = 0;
  /** Refunds that were confirmed after they had been denied. */
  readonly denied = new Set<string>();
  /** Cash that agents have handed over, in minor units. */
  readonly handedOver = new Map<string, number>();
  readonly provider: PaymentProvider;
  readonly unit: number;
  at = Date.parse('2024-03-04T06:00:00Z');
  readonly born = this.at;

  /** What is being done, and the status in which it was begun. */
  doing = '';
  begunIn = '';
  /** What is owed in all, as the books were read last; minor units. */
  owed = 0;

  #known: Known | null = null;

  readonly stage: Stage;
  readonly life: Terms;

  constructor(stage: Stage, life: Terms) {
    this.stage = stage;
    this.life = life;
    this.provider = life.market === 'KE' ? 'mpesa' : life.provider;
    this.unit = marketRules(life.market).lineUnit;
  }

  get db(): Database {
    return this.stage.database.db;
  }

  get today(): LocalDate {
    return localDateAt(this.at, this.life.market);
  }

  /** What a provider may confirm, in minor units. */
  odd({ units, less }: Sum): number {
    return this.unit === 1 ? units : units * this.unit - less;
  }

  /** What a person may enter. */
  whole({ units }: Sum): number {
    return units * this.unit;
  }

  /** An instant before now, in the lease's life. */
  ago(days: number): Date {
    return new Date(Math.max(this.born, this.at - days * DAY));
  }

  dayAgo(days: number): LocalDate {
    return localDateAt(this.ago(days).getTime(), this.life.market);
  }

  /** What the workflow has done: tried again until it succeeds. */
  machine<T>(trouble: Trouble, work: (context: Context) => Promise<T>): Promise<T | null> {
    return this.#does(trouble, collections, work, false);
  }

  /** What a person asks for: a refusal is an answer, and so is a defect, after which nothing is tried again. */
  person<T>(trouble: Trouble, actor: Actor, work: (context: Context) => Promise<T>): Promise<T | null> {
    return this.#does(trouble, actor, work, true);
  }

  /** @returns null when it was refused. */
  async #does<T>(trouble: Trouble, actor: Actor, work: (context: Context) => Promise<T>, isPerson: boolean) {
    let mayBeDone = false;
    this.#known = null;
    for (const fault of trouble.faults) {
      const failed = await this.#fails(fault, actor, work);
      if (failed !== 'refusal') this.stage.saw(typeof fault === 'string' ? fault : `${failed} of ${fault.refusedBy}`);
      if (failed === 'defect' && isPerson && !mayBeDone) return null;
      mayBeDone ||= fault === 'the connection is cut after the commit';
    }
    const run = () => this.#try(this.db, actor, work, isPerson);
    if (trouble.tap === 'together') {
      const [one, other] = await Promise.all([run(), run()]);
      return this.#did(one ?? other, trouble);
    }
    const first = await run();
    if (trouble.tap === 'again') await run();
    return this.#did(first, trouble);
  }

  /** Leaves a trace of what was done, by which a test knows that it was not only tried. */
  #did<T>(result: T | null, { tap }: Trouble): T | null {
    this.#known = null;
    if (result === null || this.doing === '') return result;
    this.stage.saw(this.doing);
    this.stage.saw(`tapped ${tap}`);
    if (this.doing === 'reverse') this.stage.saw(`reverse: ${this.begunIn}`);
    const { market } = this.life;
    if (this.at === instantOf(this.today, 0, market)) this.stage.saw('at 00:00');
    if (this.at === instantOf(addDays(this.today, 1), 0, market) - MINUTE) this.stage.saw('at 23:59');
    return result;
  }

  async #try<T>(
    db: Database,
    actor: Actor,
    work: (context: Context) => Promise<T>,
    isPerson: boolean,
  ): Promise<T | null> {
    try {
      return await transact(db, actor, new Date(this.at), work);
    } catch (error) {
      if (error instanceof Problem) return null;
      // Two that wait for each other, or one that waits too long: it is begun again, as after every outage.
      if (['40P01', '55P03'].includes(sqlStateOf(error) ?? '')) return this.#try(db, actor, work, isPerson);
      if (isPerson && sqlStateOf(error) === '23505') return null;
      throw error;
    }
  }

  async #fails(
    fault: Fault,
    actor: Actor,
    work: (context: Context) => Promise<unknown>,
  ): Promise<'defect' | 'outage' | 'refusal'> {
    const at = new Date(this.at);
    if (typeof fault === 'string' && fault !== 'the process dies before the commit') {
      return this.#cut(fault, actor, work);
    }
    const died = new Error('it died');
    try {
      await transact(this.db, actor, at, async (context) => {
        if (typeof fault === 'object')
          await context.tx.execute(
            `select set_config('test.refuses', '${fault.refusedBy}', true), set_config('test.state', '${fault.state}', true)`,
          );
        await work(context);
        throw died;
      });
    } catch (error) {
      if (error === died) return 'outage';
      if (error instanceof Problem) return 'refusal';
      const state = sqlStateOf(error);
      if (state === '40P01' || state === '55P03') return 'outage';
      if (state === '23505' || state === '22003') return 'defect';
      throw error;
    }
    return 'outage';
  }

  async #cut(
    when: Extract<Fault, `the connection${string}`>,
    actor: Actor,
    work: (context: Context) => Promise<unknown>,
  ): Promise<'outage' | 'refusal'> {
    const lent = await this.stage.cuttable();
    try {
      await transact(lent.db, actor, new Date(this.at), async (context) => {
        await work(context);
        void lent.way.cutAt('commit', when === 'the connection is cut before the commit' ? 'before' : 'after', 0);
      });
      throw new Error('the connection was not cut');
    } catch (error) {
      if (error instanceof Problem) return 'refusal';
      const isExpected = /^(CONNECT|E[A-Z]+)/.test(codeOf(error));
      if (!isExpected && !['23505', '40P01', '55P03'].includes(sqlStateOf(error) ?? '')) throw error;
      return 'outage';
    } finally {
      lent.done();
    }
  }

  /** How the lease was when its books were read, if nothing was done to it since. */
  knows(row: Known): void {
    this.#known = row;
  }

  async row(): Promise<Known> {
    this.#known ??= (await rowOf(this.db, { id: this.leaseId }))[0] ?? null;
    if (this.#known === null) throw new Error('the lease is gone');
    return this.#known;
  }

  payments() {
    return paymentsOf(this.db, { leaseId: this.leaseId });
  }

  /** What the customer paid by himself. */
  items() {
    return itemsOf(this.db, { account: this.reference });
  }
}

type Known = Pick<typeof leases.$inferSelect, 'status' | 'paymentMethodId' | 'credit'>;

const rowOf = prebuiltRows(leases, (db, given) =>
  db
    .select()
    .from(leases)
    .where(eq(leases.id, given('id'))),
);
const paymentsOf = prebuiltRows(attempts, (db, given) =>
  db
    .select()
    .from(attempts)
    .where(eq(attempts.leaseId, given('leaseId')))
    .orderBy(attempts.createdAt, attempts.id),
);
const itemsOf = prebuiltRows(inbound, (db, given) =>
  db
    .select()
    .from(inbound)
    .where(eq(inbound.account, given('account')))
    .orderBy(inbound.receivedAt, inbound.id),
);

function codeOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
  return '';
}
