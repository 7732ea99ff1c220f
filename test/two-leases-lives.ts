import { randomUUID } from 'node:crypto';
import { CompleteAsyncError } from '@temporalio/activity';
import { and, desc, eq, inArray, ne } from 'drizzle-orm';
import fc from 'fast-check';
import { expect } from 'vitest';
import { attempts, giveBacks, inbound } from '#db/schema/index';
import { owedOf } from '#domain/leases/position';
import { hasEnded } from '#domain/leases/status';
import { money } from '#domain/money';
import { transact, type Context } from '#use-cases/context';
import { completeLease } from '#use-cases/leases/end-lease';
import { lockLease, positionAt } from '#use-cases/leases/lease-record';
import { returnVehicle } from '#use-cases/leases/return-vehicle';
import { writeOffLease } from '#use-cases/leases/write-off';
import { collect } from '#use-cases/payments/charging/collect';
import { markUnknown } from '#use-cases/payments/outcomes/mark-unknown';
import { recordOutcome } from '#use-cases/payments/outcomes/record-outcome';
import { postPayment } from '#use-cases/payments/post-payment';
import { refundsDue } from '#use-cases/payments/refunds/refunds';
import { bookAgain } from '#use-cases/payments/reversal/book-again';
import { reversePayment } from '#use-cases/payments/reversal/reverse-payment';
import { askGiveBack, doubtGiveBack } from '#use-cases/payments/suspense/give-back/ask-give-back';
import { recordGiveBack } from '#use-cases/payments/suspense/give-back/give-back-record';
import { orderGiveBack } from '#use-cases/payments/suspense/give-back/order-give-back';
import { sendGiveBack } from '#use-cases/payments/suspense/give-back/send-give-back';
import { admin, key, other, type startSuspenseWorld } from './suspense-world.ts';

/** The lives of two leases between which pay-bills go to and fro, and of what goes back of them. */

const sums = [10_000, 15_000, 35_000, 115_000];
/** What its provider says of what is to go back: at once, not at all, or that it knows nothing of it. */
const outcomes = ['paid', 'paid', 'refused', 'unseen', 'silent'] as const;
const places = [undefined, 'suspense', 'suspense', 'provider'] as const;
const lease = fc.nat({ max: 1 });
const which = fc.nat({ max: 3 });
const outcome = fc.constantFrom(...outcomes);
const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pay-bill'), sum: fc.constantFrom(...sums) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('give'), lease, which }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('reverse'), lease, which, to: fc.constantFrom(...places) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('part'), lease, which, sum: fc.constantFrom(1_000, 4_000) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('again'), lease, which }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('refund'), lease, outcome }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('give back'), which, outcome }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('late'), which, isTold: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('all is paid'), lease }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('return' as const, 'write off' as const), lease }) },
);
export type TwoLeasesStep = typeof step extends fc.Arbitrary<infer T> ? T : never;
/** What was sent, is seen by nobody and got there late; and what a person does with that money meanwhile. */
const unseenThen = fc
  .tuple(
    fc.constantFrom<TwoLeasesStep>(
      { do: 'give back', which: 0, outcome: 'unseen' },
      { do: 'refund', lease: 1, outcome: 'unseen' },
      { do: 'refund', lease: 1, outcome: 'silent' },
    ),
    fc.array(step, { maxLength: 1 }),
    fc.constant<TwoLeasesStep>({ do: 'late', which: 0, isTold: false }),
    step,
  )
  .map(([sent, between, late, next]) => [sent, ...between, late, next]);
export const twoLeasesSteps = fc
  .array(fc.oneof({ weight: 6, arbitrary: step.map((one) => [one]) }, { weight: 1, arbitrary: unseenThen }), {
    minLength: 5,
    maxLength: 11,
    size: 'max',
  })
  .map((all) => all.flat());

type World = Awaited<ReturnType<typeof startSuspenseWorld>>;
type Lease = Awaited<ReturnType<World['running']>>;
const BEGIN = Date.parse('2026-01-06T08:00:00Z');
const DAYS_AGO = new Date(Date.now() - 30 * 3_600_000);

const nth = <T>(all: readonly T[], n: number): T | undefined => all[n % Math.max(1, all.length)];
/** What was sent of some money and has no word of its provider yet: perhaps it is carried out late. */
interface Open {
  readonly id: string;
  readonly amount: number;
  /** The receipt of what was paid. */
  readonly of: string;
}

/** What happens to two leases, and to money of which nobody knows whose it is. */
export class TwoLeases {
  /** What customers have paid by themselves: their ids and sums. */
  readonly items = new Map<string, number>();
  /** What its provider has carried out. */
  readonly gone = new Map<string, Open>();
  readonly leases: readonly Lease[];
  readonly #open = new Map<string, Open>();
  readonly #world: World;
  #minutes = 0;

  constructor(world: World, leases: readonly Lease[]) {
    this.#world = world;
    this.leases = leases;
  }

  now = () => new Date(BEGIN + this.#minutes * 60_000).toISOString();

  paidIn = () => [...this.items.values()].reduce((sum, one) => sum + one, 0);

  #paymentsOf = (leaseId: string) =>
    this.#db
      .select()
      .from(attempts)
      .where(and(eq(attempts.leaseId, leaseId), eq(attempts.kind, 'inbound')))
      .orderBy(desc(attempts.createdAt), attempts.id);

  get #db() {
    return this.#world.database.db;
  }

  async does(one: TwoLeasesStep): Promise<void> {
    this.#minutes += 11;
    if (one.do === 'pay-bill') return this.paysBill(one.sum);
    if (one.do === 'give back') return this.givesBack(one.which, one.outcome);
    if (one.do === 'late') return this.isLate(one.which, one.isTold);
    const of = this.leases[one.lease] ?? this.leases[0];
    if (of === undefined) throw new Error('a life has two leases');
    const { id: leaseId } = of;
    const act = <T>(work: (context: Context) => Promise<T>, actor = admin) =>
      of.at(this.now(), (context) => work({ ...context, actor }));
    switch (one.do) {
      case 'give': {
        const waiting = await this.waiting();
        const item = nth(waiting, one.which);
        return item && void (await this.#world.gives(item.id, leaseId));
      }
      case 'reverse': {
        const paid = nth(await this.#paymentsOf(leaseId), one.which);
        const wish = { leaseId, reason: 'x', ...(one.to !== undefined && { to: one.to }) };
        return paid && void (await act((context) => reversePayment(context, { ...wish, attemptId: paid.id })));
      }
      case 'part': {
        const paid = nth(await this.#paymentsOf(leaseId), one.which);
        const part = { leaseId, reason: 'x', to: 'provider', amount: one.sum, reversalId: randomUUID() } as const;
        return paid && void (await act((context) => reversePayment(context, { ...part, attemptId: paid.id })));
      }
      case 'again': {
        const isTaken = ({ status, takenBack }: { status: string; takenBack: number }) =>
          status === 'reversed' || takenBack > 0;
        const paid = nth((await this.#paymentsOf(leaseId)).filter(isTaken), one.which);
        const again = { leaseId, reason: 'y' };
        return paid && void (await act((context) => bookAgain(context, { ...again, attemptId: paid.id }), other));
      }
      case 'refund':
        return this.refunds(of, one.outcome);
      case 'all is paid': {
        const owed = await act(async (context) => owedOf(positionAt(await lockLease(context.tx, leaseId), context.at)));
        if (owed > 0 && !hasEnded((await of.row()).status)) await of.isCharged(this.now(), owed);
        return void (await act((context) => completeLease(context, { leaseId })));
      }
      case 'return':
        return void (await act((context) => returnVehicle(context, { leaseId, reason: 'x' })));
      case 'write off':
        return void (await act((context) => writeOffLease(context, { leaseId, reason: 'x' })));
    }
  }

  waiting() {
    const isHere = and(inArray(inbound.id, [...this.items.keys()]), eq(inbound.status, 'suspense'));
    return this.#db.select().from(inbound).where(isHere).orderBy(desc(inbound.id));
  }

  async paysBill(sum: number): Promise<void> {
    this.items.set(await this.#world.waiting(sum), sum);
  }

  async refunds(of: Lease, said: (typeof outcomes)[number]): Promise<void> {
    const { id: leaseId } = of;
    const [order] = await of.at(this.now(), (context) => refundsDue(context, this.#world.deps, { leaseId }));
    if (order === undefined || order.waitsFor !== undefined || order.attemptId !== undefined) return;
    const attemptId = randomUUID();
    const wish = { leaseId, kind: 'refund', ...order, attemptId, at: this.now(), known: [] } as const;
    const sending = collect(this.#world.deps, { attempt: 1 }, wish);
    await sending.catch((error: unknown) => {
      if (!(error instanceof CompleteAsyncError)) throw error;
    });
    const sent = { sent: true, sentAt: DAYS_AGO, createdAt: DAYS_AGO };
    const isIt = and(eq(attempts.id, attemptId), eq(attempts.status, 'pending'));
    const [row] = await this.#db.update(attempts).set(sent).where(isIt).returning();
    if (row === undefined) return;
    const [paid] = await this.#db.select().from(attempts).where(eq(attempts.id, order.refundOf));
    const one = { id: attemptId, amount: row.amount, of: paid?.providerReference ?? '' };
    if (said === 'paid') {
      await this.carriesOut(one);
      return this.tells(one);
    }
    if (said === 'refused') return this.hears(attemptId, { state: 'failed', reason: 'blocked', detail: 'x' });
    this.#open.set(attemptId, one);
    if (said === 'silent') await of.at(this.now(), (context) => markUnknown(context, { leaseId, attemptId }));
    const unseen = { status: 'failed', reason: 'not_sent', settledAt: new Date() } as const;
    if (said === 'unseen') await this.#db.update(attempts).set(unseen).where(isIt);
  }

  async givesBack(n: number, said: (typeof outcomes)[number]): Promise<void> {
    const item = nth(await this.waiting(), n);
    if (item === undefined) return;
    await orderGiveBack(this.#world.deps, other, { inboundId: item.id, reason: 'x' }, key());
    const isOpen = and(eq(giveBacks.inboundId, item.id), eq(giveBacks.status, 'pending'));
    const [row] = await this.#db.select().from(giveBacks).where(isOpen);
    if (row === undefined) return;
    const giveBackId = row.id;
    await this.#world.deps.temporal.workflow.getHandle(`give-back-${giveBackId}`).terminate();
    await sendGiveBack(this.#world.deps, { giveBackId });
    await this.#db.update(giveBacks).set({ sentAt: DAYS_AGO, createdAt: DAYS_AGO }).where(eq(giveBacks.id, giveBackId));
    const amount = row.amount ?? item.amount;
    const one = { id: giveBackId, amount, of: item.receipt };
    if (said === 'paid') await this.carriesOut(one);
    else if (said !== 'refused') this.#open.set(giveBackId, one);
    if (said === 'refused') await this.hears(giveBackId, { state: 'failed', reason: 'blocked', detail: 'x' });
    else if (said === 'silent') await doubtGiveBack(this.#world.deps, { giveBackId });
    else await askGiveBack(this.#world.deps, { giveBackId });
  }

  /** What nobody has seen is carried out after all. Nobody is told, or everybody. */
  async isLate(n: number, isTold: boolean): Promise<void> {
    const one = nth([...this.#open.values()], n);
    // What is carried out late after it was asked about, and sent once more, is given twice, and nobody can help it.
    if (one === undefined || this.goneOf(one) > 0) return;
    this.#open.delete(one.id);
    await this.carriesOut(one);
    if (isTold) await this.tells(one);
  }

  async carriesOut(one: Open): Promise<void> {
    const isIt = and(eq(attempts.providerReference, one.of), ne(attempts.kind, 'refund'));
    const [paid] = await this.#db.select().from(attempts).where(isIt);
    const [item] = await this.#db.select().from(inbound).where(eq(inbound.receipt, one.of));
    const whole = this.items.get(item?.id ?? '') ?? paid?.amount ?? 0;
    expect(this.goneOf(one) + one.amount, `back of ${one.of}`).toBeLessThanOrEqual(whole);
    this.gone.set(one.id, one);
    this.#world.through.set(one.id, one.amount);
  }

  goneOf = ({ of }: Open) => [...this.gone.values()].reduce((sum, one) => sum + (one.of === of ? one.amount : 0), 0);

  /** At last everybody hears of everything, and the books have what was carried out, and nothing else. */
  async ends(): Promise<void> {
    for (const one of this.gone.values()) await this.tells(one);
    for (const { id } of this.#open.values())
      await this.hears(id, { state: 'failed', reason: 'not_confirmed', detail: 'x' });
    const leases = this.leases.map(({ id }) => id);
    const isRefund = and(inArray(attempts.leaseId, leases), eq(attempts.kind, 'refund'));
    const isGiven = inArray(giveBacks.inboundId, [...this.items.keys()]);
    const booked = [
      ...(await this.#db
        .select()
        .from(attempts)
        .where(and(isRefund, eq(attempts.status, 'succeeded')))),
      ...(await this.#db
        .select()
        .from(giveBacks)
        .where(and(isGiven, eq(giveBacks.status, 'succeeded')))),
    ];
    const sumsOf = (all: readonly { id: string; amount: number | null }[]) =>
      all.map(({ id, amount }) => `${id} ${amount}`).toSorted();
    expect(sumsOf(booked)).toEqual(sumsOf([...this.gone.values()]));
  }

  tells = ({ id, amount }: Open) => this.hears(id, { state: 'succeeded', receipt: id, amount: money(amount, 'UGX') });

  /** What a provider says of a refund or a give-back, wherever its money is by then. */
  async hears(id: string, final: Parameters<typeof recordOutcome>[2]): Promise<void> {
    const [refund] = await this.#db.select().from(attempts).where(eq(attempts.id, id));
    await transact(this.#db, admin, new Date(this.now()), async (context) => {
      if (refund === undefined) return void (await recordGiveBack(context, id, final));
      await recordOutcome(context, id, final);
      const { leaseId } = refund;
      await postPayment(context, { leaseId, attemptId: id });
    });
  }
}
