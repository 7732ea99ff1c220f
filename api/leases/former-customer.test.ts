import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiError, eventually } from '#dev/client';
import { cast, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
});
afterAll(() => platform.close());

it('who had the lease until a moment ago does nothing to it any more, and is shown nothing of it', async () => {
  const [owner, heir] = [await newCustomer(platform), await newCustomer(platform)];
  const { id } = await leaseIn('active', owner, staff);
  const path = { id };
  const proposed = await owner.client.post('/v1/leases/{id}/transfers', { path, body: { phone: heir.phone } });
  const signs = { name: heir.name, paymentMethodId: heir.paymentMethodId };
  await heir.client.post('/v1/transfers/{id}/accept', { path: { id: proposed.id }, body: signs });
  const lock = await platform.database.sql.reserve();
  await lock`begin`;
  await lock`select id from leases.leases where id = ${id} for update`;
  const ofTransfer = { path: { id: proposed.id }, body: { reason: 'good' } };
  const confirmed = staff.admin.post('/v1/transfers/{id}/confirm', ofTransfer);
  await waiting(1);
  const asHisOwn = [
    owner.client.post('/v1/leases/{id}/return', { path, body: {} }),
    owner.client.post('/v1/leases/{id}/pause', { path, body: { kind: 'holiday', days: 3 } }),
    owner.client.post('/v1/leases/{id}/settlement-quote', { path, body: {} }),
  ].map((command) =>
    command.then(
      () => 'done',
      (error: unknown) => (error instanceof ApiError ? error.status : String(error)),
    ),
  );
  await waiting(4);
  await lock`rollback`;
  lock.release();
  expect((await confirmed).status).toBe('completed');
  expect(await Promise.all(asHisOwn)).toEqual([404, 404, 404]);
  const lease = await heir.client.get('/v1/leases/{id}', { path });
  expect(lease).toMatchObject({ status: 'active', customerId: heir.id });
});

/** Waits until so many ask for a row that is locked. */
const waiting = (count: number) =>
  eventually(`${count} wait`, async () => {
    const [row] = await platform.database.sql<{ n: number }[]>`
      select count(*)::int as n from pg_stat_activity
      where wait_event_type = 'Lock' and datname = current_database()`;
    return row !== undefined && row.n >= count ? true : undefined;
  });
