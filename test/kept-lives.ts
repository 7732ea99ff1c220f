import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { and, asc, eq } from 'drizzle-orm';
import { standingReversals } from '#db/queries/reversals';
import { attempts, cases } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { system, type Actor } from '#domain/identity/roles';
import { money as sumOf } from '#domain/money';
import type { Context } from '#use-cases/context';
import { creditShares } from '#use-cases/leases/credit-shares';
import { chargeCosts } from '#use-cases/leases/repossession/charge-costs';
import { redeemVehicle } from '#use-cases/leases/repossession/redeem-vehicle';
import { takeCostsBack } from '#use-cases/leases/repossession/take-costs-back';
import { decideCashDay } from '#use-cases/payments/cash/backdated-cash';
import { openAttempt } from '#use-cases/payments/charging/open-attempt';
import { confirmSale } from '#use-cases/payments/sale/confirm-sale';
import { recordOutcome } from '#use-cases/payments/outcomes/record-outcome';
import { postPayment } from '#use-cases/payments/post-payment';
import { receiveMoney } from '#use-cases/payments/cash/receive-money';
import { refundsDue } from '#use-cases/payments/refunds/refunds';
import { returnCredit } from '#use-cases/payments/refunds/return-credit';
import { bookAgain } from '#use-cases/payments/reversal/book-again';
import { giveUpDispute } from '#use-cases/payments/reversal/give-up-dispute';
import { reversePayment } from '#use-cases/payments/reversal/reverse-payment';
import { sellVehicle } from '#use-cases/payments/sale/sell-vehicle';
import type { TestDatabase } from './database.ts';
import { admin, keptVehicle } from './kept-vehicle.ts';
import { config, deps } from './late-money.ts';
import { bookLease, confirmedPayments } from './lease-books.ts';

/** Whoever acts in the lives of vehicles that were taken back: what one has said, taken or freed, another decides on and pays out. */
export const people: readonly Actor[] = [
  admin,
  ...[1, 2].map(() => ({ role: 'admin' as const, id: randomUUID() })),
  ...[1, 2].map(() => ({ role: 'agent' as const, id: randomUUID() })),
];

/** Cash that everybody of them holds, so that credit is paid out: minor units. */
const FLOAT = 50_000_000;

/** What may happen to such a vehicle and its money, as often as it is named here. */
const money = [
  'charge',
  'charge',
  'cash',
  'claimed cash',
  'claimed cash',
  'day is confirmed',
  'day is rejected',
  'part',
  'part',
  'whole',
  'again',
  'one part again',
  'costs back',
  'refund',
  'refund lands',
  'refund is refused',
  'paid out',
  'dispute given up',
] as const;
const before = [...money, 'costs', 'costs'] as const;
const after = [
  ...money,
  'late charge',
  'late charge',
  'costs back',
  'costs',
  'sale',
  'redemption',
  'brought',
  'brought',
  'brought',
  'paid out',
  'paid out',
] as const;
type DeedName = (typeof before)[number] | (typeof after)[number] | 'all is paid';

const some = fc.nat({ max: 9 });
const stepOf = (what: fc.Arbitrary<DeedName>) =>
  fc.record({
    what,
    which: some,
    who: some,
    amount: fc.constantFrom<number>(500, 2_000, 3_000, 5_000, 10_000, 20_000, 30_000, 98_334),
    /** What costs come to, or a sale brings. */
    worth: fc.constantFrom<number>(500, 3_000, 20_000, 60_000, 110_000, 600_000, 900_000),
  });
export type KeptStep = ReturnType<typeof stepOf> extends fc.Arbitrary<infer T> ? T : never;

/** What seldom comes one after the other by itself. */
const stories: readonly (readonly DeedName[])[] = [
  ['claimed cash', 'whole'],
  ['claimed cash', 'day is confirmed', 'whole'],
  ['claimed cash', 'paid out', 'day is confirmed', 'whole'],
  ['charge', 'refund', 'refund lands', 'whole'],
  ['charge', 'refund', 'part', 'refund is refused'],
  ['costs', 'part', 'one part again', 'costs back', 'whole'],
  ['late charge', 'part', 'one part again', 'whole', 'again'],
  ['costs', 'charge', 'costs back', 'paid out'],
  ['brought', 'costs back', 'paid out', 'brought'],
  ['charge', 'refund', 'refund lands', 'whole', 'dispute given up', 'costs back'],
];
const inTurn = (names: readonly DeedName[]) => fc.tuple(...names.map((name) => stepOf(fc.constant(name))));
const someOf = (names: readonly DeedName[], most: number) =>
  fc
    .array(
      fc.oneof(
        { weight: 3, arbitrary: stepOf(fc.constantFrom(...names)).map((step) => [step]) },
        { weight: 1, arbitrary: fc.constantFrom(...stories).chain(inTurn) },
      ),
      { minLength: 1, maxLength: most, size: 'max' },
    )
    .map((steps) => steps.flat());

/** What happens while the vehicle is kept, how that ends, and what happens then. */
export const keptSteps = fc
  .tuple(
    someOf(before, 5),
    fc.oneof(
      { weight: 5, arbitrary: inTurn(['sale']) },
      { weight: 1, arbitrary: inTurn(['all is paid', 'redemption']) },
    ),
    someOf(after, 8),
  )
  .map((phases): readonly KeptStep[] => phases.flat());

/** Cash for everybody, from a lease of somebody else. */
export async function fillFloats(database: TestDatabase): Promise<void> {
  const other = await bookLease(database, config, { instalment: FLOAT });
  for (const { id } of people) await other.paysCash('2026-05-09T07:00:00Z', FLOAT, id);
}

type Deed = (context: Context, step: KeptStep, id: string) => Promise<unknown>;

/** A lease whose vehicle was taken back and may be sold, and what is done of it: every seven hours a step. */
export async function keptLife(database: TestDatabase) {
  const { db } = database;
  const lease = await keptVehicle(database);
  await lease.demand();
  const { id: leaseId } = lease;
  const reason = 'random';
  const received = async () =>
    db.select().from(attempts).where(eq(attempts.leaseId, leaseId)).orderBy(asc(attempts.createdAt), asc(attempts.id));
  const oneOf = async ({ which, what }: KeptStep) => {
    const payments = (await received()).filter(({ kind, provider }) => kind !== 'refund' && provider !== 'sale');
    const wasTaken = payments.filter(({ status, takenBack }) => status === 'reversed' || takenBack > 0);
    const some = (what.includes('again') && wasTaken.length > 0 ? wasTaken : payments).toReversed();
    // Mostly one of the newest: what has just come is what people slip with.
    return some[which % (which < 7 ? Math.min(2, some.length) : some.length)];
  };
  const underWay = async ({ which }: KeptStep) => {
    const open = (await received()).filter(({ kind, status }) => kind === 'refund' && status === 'pending');
    return open[which % Math.max(1, open.length)];
  };
  const charge =
    (daysAgo: number): Deed =>
    async (context, { amount }, attemptId) => {
      const paidAt = new Date(context.at.getTime() - daysAgo * 86_400_000);
      await confirmedPayments(context.tx, [{ leaseId, paymentMethodId: lease.methodId, attemptId }], amount, paidAt);
      await postPayment(context, { leaseId, attemptId });
    };
  const cash =
    (isClaim: boolean): Deed =>
    (context, { amount, which }, paymentId) => {
      const paidOn = localDateAt(context.at.getTime() - which * 86_400_000, 'UG');
      const said = { kind: 'cash', paymentId, amount, agentId: context.actor.id, receiptNumber: paymentId } as const;
      return receiveMoney(context, config, { leaseId, money: { ...said, ...(isClaim && { paidOn }) } });
    };
  const decide =
    (decision: 'confirmed' | 'rejected'): Deed =>
    async (context, { which }) => {
      const isOpen = and(eq(cases.leaseId, leaseId), eq(cases.kind, 'backdated_cash'), eq(cases.status, 'open'));
      const open = await db.select({ id: cases.id }).from(cases).where(isOpen).orderBy(asc(cases.id));
      const caseId = open[which % Math.max(1, open.length)]?.id;
      if (caseId !== undefined) await decideCashDay(context, { leaseId, caseId, decision, resolution: reason });
    };
  const reverse =
    (isPart: boolean): Deed =>
    async (context, step, reversalId) => {
      const attemptId = (await oneOf(step))?.id ?? '';
      const part = isPart ? { amount: step.amount % 7_000, reversalId } : {};
      await reversePayment(context, { leaseId, attemptId, reason, ...part });
    };
  const again =
    (isPart: boolean): Deed =>
    async (context, step) => {
      const attemptId = (await oneOf(step))?.id ?? '';
      const parts = isPart ? await standingReversals(context.tx, attemptId) : [];
      const transferId = parts[step.who % Math.max(1, parts.length)]?.id;
      await bookAgain(context, { leaseId, attemptId, reason, ...(transferId !== undefined && { transferId }) });
    };
  const end =
    (isPaid: boolean): Deed =>
    async (context, step) => {
      const one = await underWay(step);
      if (one === undefined) return;
      const amount = sumOf(one.amount, one.currency);
      await recordOutcome(
        context,
        one.id,
        isPaid
          ? { state: 'succeeded', amount, receipt: one.id }
          : { state: 'failed', reason: 'no_subscriber', detail: 'no such number' },
      );
      if (isPaid) await postPayment(context, { leaseId, attemptId: one.id });
      // As its workflow does, which looks at what is to be given back next.
      await refundsDue(context, deps, { leaseId });
    };
  const take: Readonly<Record<DeedName, Deed>> = {
    charge: charge(0),
    'all is paid': async (context, step, id) => {
      const [owed, { disputed }] = [await lease.owes('05-10'), await lease.row()];
      if (owed + disputed > 0) await charge(0)(context, { ...step, amount: owed + disputed }, id);
    },
    'late charge': charge(3),
    cash: cash(false),
    'claimed cash': cash(true),
    'day is confirmed': decide('confirmed'),
    'day is rejected': decide('rejected'),
    part: reverse(true),
    whole: reverse(false),
    again: again(false),
    'one part again': again(true),
    costs: (context, { worth: amount }, costsId) => chargeCosts(context, { leaseId, costsId, amount, reason }),
    'costs back': async (context, { worth: amount, which }, correctionId) => {
      const { costs: all = 0, status } = (await lease.kept()) ?? {};
      if (all === 0 && status === 'held') {
        await chargeCosts(context, { leaseId, costsId: correctionId, amount, reason });
        return;
      }
      const back = which < 8 ? Math.max(1, Math.min(all, amount)) : amount;
      await takeCostsBack(context, { leaseId, correctionId, amount: back, reason });
    },
    sale: (context, { worth: proceeds }, saleId) =>
      sellVehicle(context, { ...lease.sale, saleId, proceeds, buyer: 'buyer' }),
    brought: async (context, { worth: amount, which }, confirmationId) => {
      const said = (await lease.kept())?.proceeds ?? 0;
      const proceeds = which < 3 ? said : which === 9 ? 0 : amount;
      await confirmSale(context, { leaseId, confirmationId, proceeds, reason });
    },
    redemption: (context) => redeemVehicle(context, { leaseId }),
    refund: async (context, _, attemptId) => {
      const due = (await refundsDue(context, deps, { leaseId })).find(
        (one) => one.attemptId === undefined && one.waitsFor === undefined,
      );
      if (due === undefined) return;
      const { refundOf, amount } = due;
      await openAttempt(context, deps, { attemptId, leaseId, kind: 'refund', refundOf, amount });
      await context.tx.update(attempts).set({ sent: true }).where(eq(attempts.id, attemptId));
    },
    'refund lands': end(true),
    'refund is refused': end(false),
    'paid out': async (context, { amount, which }, paymentId) => {
      const { shares } = await creditShares(context, await lease.row());
      const byHand = shares.filter(({ payment: { provider } }) => provider === 'cash' || provider === 'sale');
      const most = byHand.reduce((sum, { left }) => sum + left, 0);
      const given = which < 8 ? Math.max(1, Math.min(most, amount)) : amount;
      await returnCredit(context, deps, { paymentId, leaseId, amount: given, receiptNumber: paymentId });
    },
    'dispute given up': (context, _, decisionId) => giveUpDispute(context, { leaseId, decisionId, reason }),
  };
  let hours = 0;
  return {
    lease,
    received,
    /** @returns the id of what came of it, and what it was refused for */
    does: async (step: KeptStep) => {
      hours += 7;
      const at = new Date(Date.parse('2026-05-10T07:00:00Z') + hours * 3_600_000);
      const isMachines =
        ['charge', 'paid', 'refund'].some((word) => step.what.includes(word)) && step.what !== 'paid out';
      const isAdmins = ['sale', 'brought', 'part', 'whole', 'again', 'given up'].some((word) =>
        step.what.includes(word),
      );
      const who = isAdmins ? people.filter(({ role }) => role === 'admin') : people;
      const actor = isMachines ? system('test') : (who[step.who % who.length] ?? admin);
      const id = randomUUID();
      try {
        await lease.as(actor, at, (context) => take[step.what](context, step, id));
        return { id, actor, refused: null };
      } catch (error) {
        if (error instanceof Problem) return { id, actor, refused: error.code };
        throw error;
      }
    },
  };
}
