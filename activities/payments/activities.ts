import { activityInfo } from '@temporalio/activity';
import { system, type Actor } from '#domain/identity/roles';
import type { Standing } from '#domain/leases/standing';
import { record, transact } from '../context.ts';
import { findAttempt, outcomeOf, type CollectOutcome, type Settled } from './attempt-record.ts';
import { ask, collect } from './collect.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { markUnknown } from './mark-unknown.ts';
import { openAttempt, type AttemptOrder } from './open-attempt.ts';
import { openCase, type CaseInput } from './open-case.ts';
import { postPayment } from './post-payment.ts';
import { refundsDue, type RefundDue } from './refunds.ts';
import { settleAttempt } from './settle-attempt.ts';

/** Everything here takes `at`, the lease's own time as ISO 8601 UTC: no activity asks the wall for a business date. */
type At = { readonly at: string };

export type PaymentActivities = ReturnType<typeof createPaymentActivities>;

/** The activities of the `payments` task queue. */
export function createPaymentActivities(deps: PaymentDependencies) {
  const actor = system('collections');
  const inTransaction = <T>(at: string, work: Parameters<typeof transact<T>>[3]) =>
    transact(deps.db, actor, new Date(at), work);
  return {
    collect: (order: AttemptOrder & At): Promise<CollectOutcome> => collect(deps, activityInfo(), order),

    /** Stores a person's own payment before it is collected, so that it can be read at once. */
    requestPayment: ({
      at,
      actor: person,
      ...order
    }: AttemptOrder & At & { readonly actor: Actor }): Promise<{ attemptId: string }> =>
      transact(deps.db, person, new Date(at), async (context) => {
        await openAttempt(context, deps, order);
        const { attemptId, leaseId } = order;
        await record(context, {
          key: `payment.requested:${attemptId}`,
          type: 'payment.requested',
          subject: attemptId,
          leaseId,
          detail: { paymentId: attemptId },
        });
        return { attemptId: order.attemptId };
      }),

    postPayment: ({ at, ...input }: { leaseId: string; attemptId: string } & At): Promise<Standing> =>
      inTransaction(at, (context) => postPayment(context, input)),

    markUnknown: ({ at, ...input }: { leaseId: string; attemptId: string } & At): Promise<Settled | null> =>
      inTransaction(at, (context) => markUnknown(context, input)),

    /** Asks the provider once more about an unknown attempt; null while it still cannot say. */
    askOutcome: async ({ attemptId }: { attemptId: string }): Promise<Settled | null> => {
      const row = await findAttempt(deps.db, attemptId);
      if (row === undefined) return null;
      const settled = outcomeOf(row);
      if (settled !== null) return settled;
      const status = await ask(deps, row);
      if (status.state === 'not_found') {
        const final = { state: 'failed', reason: 'not_confirmed', detail: 'the provider never took it' } as const;
        return transact(deps.db, actor, new Date(), (context) => settleAttempt(context, attemptId, final));
      }
      if (status.state !== 'succeeded' && status.state !== 'failed') return null;
      return transact(deps.db, actor, new Date(), (context) => settleAttempt(context, attemptId, status));
    },

    refundsDue: ({ at, ...input }: { leaseId: string } & At): Promise<RefundDue[]> =>
      inTransaction(at, (context) => refundsDue(context, input)),

    openCase: ({ at, ...input }: CaseInput & At): Promise<void> =>
      inTransaction(at, (context) => openCase(context, input)),
  };
}
