import protocol from '@temporalio/proto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cast, hoursLater, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
});
afterAll(() => platform.close());

const { EventType } = protocol.temporal.api.enums.v1;
const { HistoryEvent } = protocol.temporal.api.history.v1;

/** What the hosted service bills: timers, activities, search attributes, signals and updates that are let in. */
const billable = new Set([
  EventType.EVENT_TYPE_TIMER_STARTED,
  EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
  EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
]);
/** Time travel leaves events of its own, which no lease in production has. */
const travel = new Set([
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED,
]);

it('an on-time instalment costs at most 14 events, 4 KB and 3 billable actions', async () => {
  const customer = await newCustomer(platform);
  const lease = await leaseIn('active', customer, staff, 'weekly');
  await hoursLater(platform, lease.id, 7 * 24 + 12);
  const before = await eventsOf(lease.id);
  await hoursLater(platform, lease.id, 7 * 24 * 10);
  const after = await eventsOf(lease.id);
  const paid = (await customer.client.get('/v1/leases/{id}', { path: { id: lease.id } })).instalmentsPaid;
  expect(paid).toBe(11);
  const instalmentsPaid = paid - 1;

  const added = after.slice(before.length).filter(({ eventType }) => !travel.has(eventType ?? 0));
  const perInstalment = (total: number) => total / instalmentsPaid;
  const cost = {
    events: perInstalment(added.length),
    bytes: perInstalment(added.reduce((sum, event) => sum + HistoryEvent.encode(event).finish().length, 0)),
    actions: perInstalment(added.filter(({ eventType }) => billable.has(eventType ?? 0)).length),
  };
  process.stdout.write(
    `cost of an on-time instalment: ${cost.events} events, ${Math.round(cost.bytes)} bytes, ${cost.actions} billable actions\n`,
  );
  expect(cost.events).toBeLessThanOrEqual(14);
  expect(cost.bytes).toBeLessThanOrEqual(4 * 1024);
  expect(cost.actions).toBeLessThanOrEqual(3);
});

async function eventsOf(leaseId: string) {
  const { events } = await platform.temporal.workflow.getHandle(`lease-${leaseId}`).fetchHistory();
  return events ?? [];
}
