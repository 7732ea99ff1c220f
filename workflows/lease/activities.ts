import { proxyActivities, workflowInfo, type ActivityOptions } from '@temporalio/workflow';
import type { CreditActivities } from '#activities/credit/activities';
import type { LeaseActivities } from '#activities/leases/activities';
import type { PaymentActivities } from '#activities/payments/activities';
import type { SupportActivities } from '#activities/support/send-text';
import { activityQueue, prefixOf, type Capability } from '#domain/task-queues';
import type { LeaseState } from './state.ts';

const queue = (capability: Capability) => activityQueue(prefixOf(workflowInfo().taskQueue), capability);

/** One transaction each: quick, and tried again until the database answers. A `Problem` is a refusal, not a fault. */
const transaction: ActivityOptions = {
  startToCloseTimeout: '30s',
  retry: { initialInterval: '500ms', maximumInterval: '30s', nonRetryableErrorTypes: ['Problem'] },
};

export const leases = () => proxyActivities<LeaseActivities>({ ...transaction, taskQueue: queue('leases') });
export const credit = () => proxyActivities<CreditActivities>({ ...transaction, taskQueue: queue('credit') });
export const payments = () => proxyActivities<PaymentActivities>({ ...transaction, taskQueue: queue('payments') });

/** A message is worth an hour of tries, not a stuck lease. */
export const support = () =>
  proxyActivities<SupportActivities>({
    ...transaction,
    taskQueue: queue('support'),
    retry: { maximumAttempts: 10, maximumInterval: '5m' },
  });

/**
 * The activity that waits for a provider. Its start-to-close time-out is the polling interval, with next
 * to no back-off: both pass on the wall's clock even while the lease travels in time. After the last try
 * the workflow hears a time-out. No heartbeat: a heartbeat's time-out would end a wait that is healthy.
 */
export function collector(
  attemptId: string,
  polling: LeaseState['polling'],
  summary: string,
): Pick<PaymentActivities, 'collect'> {
  return proxyActivities<PaymentActivities>({
    taskQueue: queue('payments'),
    activityId: `collect-${attemptId}`,
    summary,
    startToCloseTimeout: polling.seconds * 1000,
    retry: { initialInterval: 1, backoffCoefficient: 1, maximumInterval: 1, maximumAttempts: polling.tries },
  });
}
