import {
  condition,
  patched,
  proxyActivities,
  setCurrentDetails,
  upsertSearchAttributes,
  uuid4,
} from '@temporalio/workflow';
import { searchAttributes } from '#platform/temporal/search-attributes';

/** What a collection carries, as texts of the same length: the bytes that are encoded and stored. */
export interface Sizes {
  /** The order to collect. */
  readonly order: string;
  /** Where the lease stands after it. */
  readonly standing: string;
  /** The state that the workflow begins with. */
  readonly state: string;
}

interface Activities {
  take(order: string): Promise<string>;
}

const WEEK = 7 * 24 * 3_600_000;
const taskQueue = 'noop-activities';
/** As many as a lease that pays on time asks for. */
const changes = ['one-of-a-lease', 'another-of-a-lease', 'a-third-of-a-lease'];

/**
 * A lease's weeks with nothing in them: a timer, an activity that is completed from outside with where the lease
 * stands, and what operators search by; once in its life the markers of the changes that it has lived through. The
 * same events as a collection, in the same order.
 */
export async function noop({ sizes, weeks }: { readonly sizes: Sizes; readonly weeks: number }): Promise<void> {
  for (let week = 0; week < weeks; week += 1) {
    setCurrentDetails(sizes.standing);
    for (const change of changes) patched(change);
    await condition(() => false, WEEK, { summary: 'next instalment' });
    const { take } = proxyActivities<Activities>({
      taskQueue,
      activityId: `collect-${uuid4()}`,
      summary: 'instalment',
      startToCloseTimeout: 5_000,
      retry: { initialInterval: 1, backoffCoefficient: 1, maximumInterval: 1, maximumAttempts: 20 },
    });
    await take(sizes.order);
    upsertSearchAttributes([
      { key: searchAttributes.status, value: 'active' },
      { key: searchAttributes.daysPastDue, value: 0 },
      { key: searchAttributes.nextDueAt, value: new Date(Date.UTC(2026, 0, 1) + week * WEEK) },
    ]);
  }
  setCurrentDetails(sizes.standing);
  await condition(() => false, WEEK);
}
