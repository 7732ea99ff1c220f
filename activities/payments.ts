import { activityInfo } from '@temporalio/activity';
import { system, type Actor } from '#domain/identity/roles';
import type { Standing } from '#domain/leases/standing';
import type { PaymentActivities } from '#domain/payments/wire';
import { transact, type Context } from '#use-cases/context';
import { advanceAsPaid } from '#use-cases/leases/advance-lease';
import { askOutcome } from '#use-cases/payments/charging/ask-outcome';
import { decideCashDay } from '#use-cases/payments/cash/backdated-cash';
import { collect } from '#use-cases/payments/charging/collect';
import { decideUnknown } from '#use-cases/payments/deciding/decide-unknown';
import type { PaymentDependencies } from '#use-cases/payments/dependencies';
import { giveUpAttempt } from '#use-cases/payments/charging/give-up-attempt';
import { openLeaseCase } from '#use-cases/leases/open-lease-case';
import { postPayment } from '#use-cases/payments/post-payment';
import { receiveMoney } from '#use-cases/payments/cash/receive-money';
import { refundsDue } from '#use-cases/payments/refunds/refunds';
import { refuseBeside, requestPayment } from '#use-cases/payments/charging/request-payment';
import { reversePayment } from '#use-cases/payments/reversal/reverse-payment';

/** Those that poll: their retry policy is the interval between two questions, and no back-off for what fails. */
export const polling: ReadonlySet<string> = new Set<keyof PaymentActivities>(['collect']);

/** The `payments` task queue's side of `PaymentActivities`. */
export function createPaymentActivities(deps: PaymentDependencies): PaymentActivities {
  const step = <T>(
    { at, actor = system('collections') }: { readonly at: string; readonly actor?: Actor },
    work: (context: Context) => Promise<T>,
  ) => transact(deps.db, actor, new Date(at), work);

  /** Money is booked, and moves its lease on that is paid by it. */
  const book = (
    input: Parameters<typeof step>[0] & { readonly leaseId: string },
    work: (context: Context) => Promise<Standing>,
  ) => step(input, async (context) => advanceAsPaid(context, input.leaseId, await work(context)));

  return {
    collect: (order) => collect(deps, activityInfo(), order),
    requestPayment: async ({ at, actor, ...order }) => {
      await refuseBeside(deps, { ...order, at });
      return step({ at, actor }, (context) => requestPayment(context, deps, order));
    },
    receiveMoney: (input) => book(input, (context) => receiveMoney(context, deps.config, input)),
    reversePayment: (input) => step(input, (context) => reversePayment(context, input)),
    decideCashDay: (input) => step(input, (context) => decideCashDay(context, input)),
    decideUnknown: (input) => step(input, (context) => decideUnknown(context, input)),
    postPayment: (input) => book(input, (context) => postPayment(context, input)),
    // Stores the payment where there is none yet; the use case `markUnknown` marks one that is there.
    markUnknown: (input) => step(input, (context) => giveUpAttempt(context, deps, input)),
    askOutcome: (input) => askOutcome(deps, input),
    refundsDue: (input) => step(input, (context) => refundsDue(context, deps, input)),
    // Of credit it tells what there is now, or opens none; the use case `openCase` opens what it is told.
    openCase: ({ at, ...order }) => step({ at }, (context) => openLeaseCase(context, order)),
  };
}
