import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { leases } from '#db/schema/index';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiWorld, type ApiWorld, type Person } from '#test/api-world';
import { bookLease } from '#test/lease-books';
import { keptVehicle } from '#test/kept-vehicle';
import { leaseWorkflowId } from '#workflows/lease/messages';
import { chargeCosts } from '#use-cases/leases/repossession/charge-costs';

/** What was said of a vehicle that was taken back by a slip is mended by another person: the lease is over, and no workflow runs. */
let world: ApiWorld;
let agent: Person;
let other: Person;
let admin: Person;
let second: Person;
/** A lease that runs: no vehicle of it was taken back. */
let running: string;
beforeAll(async () => {
  world = await createApiWorld();
  [agent, other] = [await world.staff('agent'), await world.staff('agent')];
  [admin, second] = [await world.staff('admin'), await world.staff('admin')];
  const lease = await bookLease(world.database, world.deps.config);
  await lease.isCharged('2026-01-05T07:00:00Z', 20_000);
  await lease.handOver('2026-01-05T07:00:00Z');
  running = lease.id;
});
afterAll(() => world.close());

const sum = (amount: number) => ({ amount, currency: 'UGX' });
const poster =
  (route: string) =>
  (id: string, by: Person, body: object, key: string | undefined = randomUUID()) =>
    world.call('POST', `/v1/leases/${id}/${route}`, { token: by.token, body, key });
const refused = (status: number, code: string, ...paths: string[]) => ({
  status,
  body: { code, ...(paths.length > 0 && { errors: paths.map((path) => ({ path })) }) },
});
/** Whether a workflow of the lease was started. */
const isWoken = async (id: string) => {
  const { executions } = await world.deps.temporal.workflowService.listOpenWorkflowExecutions({
    namespace: world.deps.temporal.options.namespace,
    executionFilter: { workflowId: leaseWorkflowId(id) },
  });
  return executions.length > 0;
};
describe('three years after a lease was given up, when no workflow of it runs any more', () => {
  const pays = async (kept: 'kept' | 'sold') => {
    const vehicle = await keptVehicle(world.database);
    if (kept === 'sold') await vehicle.demand().then(() => vehicle.sells('06-01', 30_000));
    const clockOffsetMs = 4 * 365 * 24 * 3_600_000;
    await world.database.db.update(leases).set({ clockOffsetMs }).where(eq(leases.id, vehicle.id));
    const body = { amount: sum(5_000), paymentMethodId: vehicle.methodId };
    return { reference: vehicle.reference, answer: await poster('pay')(vehicle.id, admin, body) };
  };

  it('who would pay by phone what redeems the vehicle is told how he can', async () => {
    const { reference, answer } = await pays('kept');
    expect(answer).toMatchObject(refused(409, 'invalid_state'));
    expect(answer.body).toMatchObject({
      detail: expect.stringContaining(`by pay-bill with the reference ${reference}`),
    });
  });

  it('and where none is kept, that nothing is owed', async () => {
    const { answer } = await pays('sold');
    expect(answer).toMatchObject(refused(409, 'invalid_state'));
    expect(answer.body).toMatchObject({ detail: expect.stringContaining('nothing is owed any more') });
  });
});

describe('costs that were a slip', () => {
  const takesBack = poster('keeping-costs-correction');
  const wish = { amount: sum(3_000), reason: 'another vehicle’s' };

  it('are owed no more by the word of another, once, and the lease that is over looks at its books', async () => {
    const vehicle = await keptVehicle(world.database);
    const charge = { leaseId: vehicle.id, costsId: randomUUID(), amount: 5_000, reason: 'towed' };
    await vehicle.as({ role: 'agent', id: agent.user.id }, '03-11', (context) => chargeCosts(context, charge));
    const owed = await vehicle.owes('03-11');
    expect(await takesBack(vehicle.id, agent, wish)).toMatchObject(refused(403, 'forbidden'));
    expect(await isWoken(vehicle.id)).toBe(false);
    const key = randomUUID();
    for (const _ of ['once', 'said again'])
      expect(await takesBack(vehicle.id, other, wish, key)).toMatchObject({ status: 200 });
    expect(await vehicle.owes('03-11')).toBe(owed - 3_000);
    expect(await vehicle.kept()).toMatchObject({ costs: 2_000 });
    expect(await isWoken(vehicle.id)).toBe(true);
    expect(await takesBack(vehicle.id, other, wish)).toMatchObject(refused(422, 'unprocessable', 'amount.amount'));
  });

  it.each([
    ['without a reason', { amount: sum(3_000) }, 'reason'],
    ['of nothing', { ...wish, amount: sum(0) }, 'amount.amount'],
    ['of more than whole shillings', { ...wish, amount: sum(0.5) }, 'amount.amount'],
  ])('are not taken back %s', async (_, body, path) => {
    expect(await takesBack(running, other, body)).toMatchObject(refused(400, 'invalid_input', path));
  });

  it('are those of a lease whose vehicle was taken back, for staff', async () => {
    expect(await takesBack(running, other, wish)).toMatchObject(refused(409, 'invalid_state'));
    expect(await takesBack(randomUUID(), other, wish)).toMatchObject(refused(404, 'not_found'));
    expect(await takesBack(running, await world.customer(), wish)).toMatchObject({ status: 403 });
    expect(await takesBack(running, other, { ...wish, amount: { amount: 3_000, currency: 'KES' } })).toMatchObject({
      status: 422,
    });
  });
});

describe('what a sale has brought', () => {
  const confirms = poster('confirm-sale');
  const wish = { proceeds: sum(20_000), reason: 'the auction’s paper' };
  const saidBy = (person: Person) => ({ role: 'admin', id: person.user.id }) as const;

  it('another admin says, once, and the lease that is over looks at its books', async () => {
    const vehicle = await keptVehicle(world.database);
    await vehicle.demand();
    expect(await confirms(vehicle.id, second, wish)).toMatchObject(refused(409, 'invalid_state'));
    await vehicle.sells('05-10', 30_000, saidBy(admin));
    expect(await confirms(vehicle.id, admin, wish)).toMatchObject(refused(403, 'forbidden'));
    expect(await confirms(vehicle.id, agent, wish)).toMatchObject(refused(403, 'forbidden'));
    expect(await isWoken(vehicle.id)).toBe(false);
    const owed = await vehicle.owes('05-10');
    const key = randomUUID();
    for (const _ of ['once', 'said again'])
      expect(await confirms(vehicle.id, second, wish, key)).toMatchObject({ status: 200 });
    expect(await vehicle.kept()).toMatchObject({ status: 'sold', proceeds: 20_000 });
    expect(await vehicle.owes('05-10')).toBe(owed + 10_000);
    expect(await isWoken(vehicle.id)).toBe(true);
  });

  it('is a sum with a reason, of a lease that there is', async () => {
    expect(await confirms(randomUUID(), second, wish)).toMatchObject(refused(404, 'not_found'));
    expect(await confirms(running, second, { proceeds: sum(1) })).toMatchObject(
      refused(400, 'invalid_input', 'reason'),
    );
    expect(await confirms(running, second, { ...wish, proceeds: sum(-1) })).toMatchObject(
      refused(400, 'invalid_input', 'proceeds.amount'),
    );
    const token = second.token;
    expect(await world.call('POST', `/v1/leases/${running}/confirm-sale`, { token, body: wish })).toMatchObject({
      status: 400,
    });
  });
});
