import { and, eq, isNotNull } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attempts, vehicles } from '#db/schema/index';
import { eventually } from '#dev/client';
import { leaseThat, reallyCharged } from '#dev/journey';
import { cast, hoursLater, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { refuseWrites } from '#test/refusing';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform({ LOG_LEVEL: 'silent' });
  staff = await cast(platform);
});
afterAll(() => platform.close());

it('during a slow handover is refused: the vehicle is the customer’s, and the lease goes on', async () => {
  const customer = await newCustomer(platform);
  const { id, vehicleId } = await leaseIn('awaiting_handover', customer, staff);
  // Neither can be written for longer than a withdrawal waits for a handover; then the handover is quicker.
  const busy = { state: '40001' };
  const noHandover = await refuseWrites(platform.database, 'leases.schedule_lines', {
    ...busy,
    where: `new.lease_id = '${id}'`,
  });
  const noEnd = await refuseWrites(platform.database, 'leases.leases', {
    ...busy,
    where: `new.id = '${id}' and new.status = 'withdrawn'`,
  });
  const handover = staff.agent
    .post('/v1/leases/{id}/handover', { path: { id }, body: { odometerKm: 5 } })
    .catch(String);
  const withdrawal = customer.client.post('/v1/leases/{id}/withdraw', { path: { id } }).then(
    () => 'withdrawn',
    ({ code }: { code?: string }) => code,
  );
  await hoursLater(platform, id, 0.1);
  await noHandover.mend();
  await hoursLater(platform, id, 0.02);
  await leaseThat(customer.client, id, 'handed over', ({ status }) => status === 'active');
  await noEnd.mend();
  await hoursLater(platform, id, 0.02);
  expect(await handover).toMatchObject({ status: 'active' });
  expect(await withdrawal).toBe('invalid_state');
  const [vehicle] = await platform.database.db.select().from(vehicles).where(eq(vehicles.id, vehicleId));
  expect(vehicle?.status).toBe('leased');
  const { status } = await platform.temporal.workflow.getHandle(`lease-${id}`).describe();
  expect(status.name).toBe('RUNNING');
});

it('names on its record who withdrew', async () => {
  const { id } = await leaseIn('offered', await newCustomer(platform), staff);
  await staff.agent.post('/v1/leases/{id}/withdraw', { path: { id }, body: {} });
  const { data } = await staff.admin.get('/v1/leases/{id}/timeline', { path: { id } });
  const { id: agentId } = await staff.agent.get('/v1/me');
  expect(data.find(({ type }) => type === 'lease.withdrawn')?.actor).toEqual({ role: 'agent', id: agentId });
});

it('ends the tries of a deposit that the provider has not taken: nobody is charged after it', async () => {
  const customer = await newCustomer(platform, { digits: '021' });
  const { id } = await leaseIn('awaiting_deposit', customer, staff);
  const isTried = and(eq(attempts.leaseId, id), isNotNull(attempts.sentAt));
  await eventually('a try', async () => (await platform.database.db.select().from(attempts).where(isTried))[0]);
  await customer.client.post('/v1/leases/{id}/withdraw', { path: { id } });
  await platform.temporal.workflow.getHandle(`lease-${id}`).result();
  expect(await reallyCharged({ api: platform.url, simulators: platform.simulators }, customer.phone)).toBe(0);
});
