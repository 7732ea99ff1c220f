import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { notifications } from '#db/schema/index';
import { eventually } from '#dev/client';
import { cast, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { refusal } from '#test/refusal';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
});
afterAll(() => platform.close());

it('who is made to pay more each time by an agent alone is told of it, and has it undone himself', async () => {
  const rider = await newCustomer(platform, { digits: '100' });
  const { id, instalment } = await leaseIn('active', rider, staff);
  const path = { id };
  await staff.agent.post('/v1/leases/{id}/restructure', { path, body: { instalments: 1, reason: 'a slip' } });
  const raised = await rider.client.get('/v1/leases/{id}', { path });
  expect(raised.instalment.amount).toBeGreaterThan(instalment.amount);
  await eventually('that he is told', async () => {
    const isIt = and(eq(notifications.userId, rider.id), eq(notifications.template, 'instalment_raised'));
    const [row] = await platform.deps.db.select().from(notifications).where(isIt);
    return row?.isLegal === true || undefined;
  });
  const stranger = await newCustomer(platform);
  const undo = (by: typeof rider.client) =>
    by.post('/v1/leases/{id}/undo-restructure', { path, body: { reason: 'I have not agreed' } });
  expect(await refusal(undo(stranger.client))).toEqual([404, 'not_found']);
  expect((await undo(rider.client)).instalment).toEqual(instalment);
  expect(await refusal(undo(rider.client))).toEqual([409, 'schedule_change_refused']);
});
