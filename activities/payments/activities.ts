import { activityInfo } from '@temporalio/activity';
import { isCreditCase } from '#domain/cases';
import { system, type Actor } from '#domain/identity/roles';
import type { Standing } from '#domain/leases/standing';
import { money } from '#domain/money';
import type { ReceivedMoney } from '#domain/payments/payment';
import { transact } from '../context.ts';
import { lockLease } from '../leases/lease-record.ts';
import { findAttempt, outcomeOf, type CollectOutcome, type Settled } from './attempt-record.ts';
import { decideCashDay, type CashDayDecision } from './backdated-cash.ts';
import { ask, notFound, collect, type CollectInput } from './collect.ts';
import { failUnsent } from './fail-unsent.ts';
import { decideUnknown } from './decide-unknown.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { markUnknown } from './mark-unknown.ts';
import { openAttempt, type AttemptOrder } from './open-attempt.ts';
import { openCase, type CaseInput } from './open-case.ts';
import { postPayment } from './post-payment.ts';
import { receiveMoney } from './receive-money.ts';
import { reversePayment } from './reverse-payment.ts';
import { refundsDue, type RefundDue } from './refunds.ts';
import { requestPayment } from './request-payment.ts';
import { settleAttempt } from './settle-attempt.ts';

/** Everything here takes `at`, the lease's own time as ISO 8601 UTC: no activity asks the wall for a business date. */
type At = { readonly at: string };

export type PaymentActivities = ReturnType<typeof createPaymentActivities>;

/** Those that poll: their retry policy is the interval between two questions, and no back-off for what fails. */
export const polling: ReadonlySet<string> = new Set<keyof PaymentActivities>(['collect']);

/** The activities of the `payments` task queue. */
export function createPaymentActivities(deps: PaymentDependencies) {
  const actor = system('collections');
  const inTransaction = <T>(at: string, work: Parameters<typeof transact<T>>[3]) =>
    transact(deps.db, actor, new Date(at), work);
  return {
    collect: (order: CollectInput): Promise<CollectOutcome> => collect(deps, activityInfo(), order),

    requestPayment: ({
      at,
      actor: person,
      ...order
    }: AttemptOrder & At & { readonly actor: Actor }): Promise<{ attemptId: string }> =>
      transact(deps.db, person, new Date(at), (context) => requestPayment(context, deps, order)),

    /** Money that is there already: cash, or what the customer paid by himself. Posted in the same transaction. */
    receiveMoney: ({
      at,
      actor: person,
      ...input
    }: { leaseId: string; money: ReceivedMoney; actor: Actor } & At): Promise<Standing> =>
      transact(deps.db, person, new Date(at), (context) => receiveMoney(context, deps.config, input)),

    reversePayment: ({
      at,
      actor: person,
      ...input
    }: Parameters<typeof reversePayment>[1] & { actor: Actor } & At): Promise<Standing> =>
      transact(deps.db, person, new Date(at), (context) => reversePayment(context, input)),

    decideCashDay: ({ at, actor: person, ...input }: CashDayDecision & { actor: Actor } & At): Promise<Standing> =>
      transact(deps.db, person, new Date(at), (context) => decideCashDay(context, input)),

    decideUnknown: ({
      at,
      actor: person,
      ...input
    }: Parameters<typeof decideUnknown>[1] & { actor: Actor } & At): Promise<Settled> =>
      transact(deps.db, person, new Date(at), (context) => decideUnknown(context, input)),

    postPayment: ({ at, ...input }: { leaseId: string; attemptId: string } & At): Promise<Standing> =>
      inTransaction(at, (context) => postPayment(context, input)),

    /** With the order a row is stored where there is none, so that no late try sends what is given up here. */
    markUnknown: ({
      at,
      order,
      ...input
    }: { leaseId: string; attemptId: string; order?: AttemptOrder } & At): Promise<Settled | null> =>
      inTransaction(at, async (context) => {
        if (order !== undefined) await openAttempt(context, deps, order);
        return markUnknown(context, input);
      }),

    /** Asks the provider once more about an unknown attempt; null while it still cannot say. */
    askOutcome: async ({ attemptId }: { attemptId: string }): Promise<Settled | null> => {
      const row = await findAttempt(deps.db, attemptId);
      if (row === undefined) return { status: 'failed', attemptId, reason: 'not_sent' };
      const settled = outcomeOf(row);
      if (settled !== null) return settled;
      if (!row.sent) return transact(deps.db, actor, new Date(), (context) => failUnsent(context, attemptId));
      const status = await ask(deps, row);
      if (status.state === 'not_found') return notFound(deps, row);
      if (status.state !== 'succeeded' && status.state !== 'failed') return null;
      return transact(deps.db, actor, new Date(), (context) => settleAttempt(context, attemptId, status));
    },

    refundsDue: ({ at, ...input }: { leaseId: string } & At): Promise<RefundDue[]> =>
      inTransaction(at, (context) => refundsDue(context, deps, input)),

    openCase: ({ at, ...input }: CaseInput & At): Promise<void> =>
      inTransaction(at, async (context) => {
        if (!isCreditCase(input.kind) || input.leaseId === null) return openCase(context, input);
        // Some of it may have been given back since the workflow looked; of what came since, it hears.
        const { row } = await lockLease(context.tx, input.leaseId);
        const credit = money(Math.min(row.credit, input.detail.credit?.amount ?? row.credit), row.currency);
        if (credit.amount > 0) await openCase(context, { ...input, detail: { ...input.detail, credit } });
      }),
  };
}
