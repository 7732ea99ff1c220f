import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { Market } from '#domain/markets';
import { workflowQueue } from '#domain/task-queues';
import type { Config } from '#platform/config';
import { leaseWorkflowId, type LeaseInput } from '#workflows/lease/messages';

/** What operators find leases by from the first moment; what changes, the workflow keeps itself. */
const attributes = {
  customer: defineSearchAttributeKey('CustomerId', SearchAttributeType.KEYWORD),
  vehicle: defineSearchAttributeKey('VehicleId', SearchAttributeType.KEYWORD),
  market: defineSearchAttributeKey('Market', SearchAttributeType.KEYWORD),
};

export type LeaseStartConfig = Pick<
  Config,
  'TASK_QUEUE_PREFIX' | 'COLLECT_POLL_SECONDS' | 'COLLECT_POLLS' | 'LEASE_RUN_EVENTS'
>;

/** How often and how long a lease looks at a pending charge, and how long its runs may grow. */
export const limitsOf = (config: LeaseStartConfig) => ({
  polling: { seconds: config.COLLECT_POLL_SECONDS, tries: config.COLLECT_POLLS },
  eventsPerRun: config.LEASE_RUN_EVENTS,
});

/** How a lease's workflow is started, whatever it begins with. */
export function leaseStart(
  config: LeaseStartConfig,
  lease: {
    readonly id: string;
    readonly customerId: string;
    readonly vehicleId: string;
    readonly market: Market | undefined;
  },
  input: LeaseInput,
) {
  return {
    workflowId: leaseWorkflowId(lease.id),
    taskQueue: workflowQueue(config.TASK_QUEUE_PREFIX),
    args: [input] as [LeaseInput],
    staticSummary: 'a lease, from application to ownership',
    typedSearchAttributes: [
      { key: attributes.customer, value: lease.customerId },
      { key: attributes.vehicle, value: lease.vehicleId },
      ...(lease.market === undefined ? [] : [{ key: attributes.market, value: lease.market }]),
    ],
  };
}
