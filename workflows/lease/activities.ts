import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { CreditActivities } from '#domain/credit/wire';
import type { LeaseActivities } from '#domain/leases/wire';
import type { PaymentActivities } from '#domain/payments/wire';
import type { SupportActivities } from '#domain/support/wire';
import { activityQueue, prefixOf, type Capability } from '#domain/task-queues';
import { untilDone } from '../kit/retry.ts';
import type { LeaseState } from './state.ts';

const queue = (capability: Capability) => activityQueue(prefixOf(workflowInfo().taskQueue), capability);

export const leases = (policy = untilDone) =>
  proxyActivities<LeaseActivities>({ ...policy, taskQueue: queue('leases') });
export const credit = (policy = untilDone) =>
  proxyActivities<CreditActivities>({ ...policy, taskQueue: queue('credit') });
export const payments = (policy = untilDone) =>
  proxyActivities<PaymentActivities>({ ...policy, taskQueue: queue('payments') });

/** A message is worth an hour of tries, not a stuck lease. */
export const support = () =>
  proxyActivities<SupportActivities>({
    ...untilDone,
    taskQueue: queue('support'),
    retry: { maximumAttempts: 10, maximumInterval: '5m' },
  });

/**
 * The activity that waits for a provider. Its start-to-close time-out is the polling interval, with next
 * to no back-off: both pass on the wall's clock even while the lease travels in time. The activity itself
 * says when it has asked long enough; what fails in it brings its own back-off (`polling`). No heartbeat: a heartbeat's
 * time-out would end a wait that is healthy.
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
    retry: { initialInterval: 1, backoffCoefficient: 1, maximumInterval: 1 },
  });
}
