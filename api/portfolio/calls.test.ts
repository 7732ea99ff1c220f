import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { leases, promises } from '#db/schema/index';
import { addDays, localDateAt } from '#domain/calendar';
import { createApiWorld, type ApiWorld } from '#test/api-world';
import { bookLease } from '#test/lease-books';
import { toCall } from './calls.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld();
});
afterAll(() => world.close());

it('who is late is rung whatever who had the lease before has said or broken', async () => {
  const { token } = await world.staff('agent');
  const today = localDateAt(Date.now(), 'UG');
  const { id: leaseId } = await bookLease(world.database, world.deps.config);
  const madeAt = new Date(Date.now() - 60_000);
  await world.deps.db.insert(promises).values({
    id: uuidv7(),
    leaseId,
    on: addDays(today, -2),
    amount: 10_000,
    status: 'broken',
    madeAt,
  });
  const is = (columns: Partial<typeof leases.$inferSelect>) =>
    world.deps.db.update(leases).set(columns).where(eq(leases.id, leaseId));
  await is({ status: 'in_arrears', oldestUnpaidOn: addDays(today, -5) });
  const body = { outcome: 'call_again', callAgainOn: addDays(today, 5) };
  expect(await world.call('POST', `/v1/leases/${leaseId}/calls`, { token, body })).toMatchObject({ status: 201 });
  const list = async () =>
    toCall.parse((await world.call('GET', '/v1/portfolio/call-list?market=UG', { token })).body).data;
  expect(await list()).toEqual([]);
  await is({ transferredAt: new Date() });
  expect(await list()).toMatchObject([{ leaseId, lastCall: null }]);
  expect((await list())[0]?.reasons).not.toContain('promise_broken');
});
