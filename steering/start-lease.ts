import type { Market } from '#domain/markets';
import type { Config } from '#platform/config';
import { searchAttributes } from '#platform/temporal/search-attributes';
import { leaseWorkflowId, type LeaseInput } from '#workflows/lease/messages';
import { startWorkflow, type Start, type Steering } from './start-workflow.ts';

export type LeaseStartConfig = Pick<
  Config,
  'TASK_QUEUE_PREFIX' | 'COLLECT_POLL_SECONDS' | 'COLLECT_POLLS' | 'LEASE_RUN_EVENTS'
>;

/** How often and how long a lease looks at a pending charge, and how long its runs may grow. */
export const limitsOf = (config: LeaseStartConfig) => ({
  polling: { seconds: config.COLLECT_POLL_SECONDS, tries: config.COLLECT_POLLS },
  eventsPerRun: config.LEASE_RUN_EVENTS,
});

interface StartedLease {
  readonly id: string;
  readonly customerId: string;
  readonly vehicleId: string;
  readonly market: Market | undefined;
}

/** Starts the workflow of a lease. @returns false while one runs. */
export const startLease = (steering: Steering, lease: StartedLease, input: LeaseInput): Promise<boolean> =>
  startWorkflow(steering, leaseStart(lease, input));

/** How a lease's workflow is started, whatever it begins with. */
export function leaseStart(lease: StartedLease, input: LeaseInput): Start<'lease'> {
  return {
    type: 'lease',
    id: leaseWorkflowId(lease.id),
    args: [input],
    summary: 'a lease, from application to ownership',
    // From the first moment; what changes, the workflow keeps itself.
    searchAttributes: [
      { key: searchAttributes.customer, value: lease.customerId },
      { key: searchAttributes.vehicle, value: lease.vehicleId },
      ...(lease.market === undefined ? [] : [{ key: searchAttributes.market, value: lease.market }]),
    ],
  };
}
