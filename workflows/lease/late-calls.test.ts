import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '#dev/client';
import { leaseThat, proveIdentity, reallyCharged, type Customer } from '#dev/journey';
import { cast, hoursLater, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
});
afterAll(() => platform.close());

const place = () => ({ api: platform.url, simulators: platform.simulators });
const vehicleOf = async ({ client }: Customer, id: string) =>
  (await client.get('/v1/vehicles/{id}', { path: { id } })).status;
const unknownOf = ({ client }: Customer, id: string) =>
  eventually('an unknown payment', async () => {
    const { data } = await client.get('/v1/payments', { query: { leaseId: id } });
    return data.find(({ status }) => status === 'unknown');
  });
const decideAs = (paymentId: string, outcome: 'succeeded' | 'failed') =>
  staff.admin.post('/v1/payments/{id}/decide', {
    path: { id: paymentId },
    body: { outcome, reason: 'seen on the statement' },
  });

describe.concurrent('what comes after the deadline is refused, and changes nothing', () => {
  it.each([
    ['offered', 73, 'accept-offer', () => ({})],
    ['offered', 73, 'withdraw', () => ({})],
    ['reserved', 49, 'sign', ({ name }: Customer) => ({ name })],
    ['reserved', 49, 'accept-offer', () => ({})],
    ['awaiting_deposit', 73, 'pay', () => ({ amount: { amount: 1_000, currency: 'UGX' } })],
    [
      'awaiting_deposit',
      73,
      'collection',
      (one: Customer) => ({ paymentMethodIds: [one.paymentMethodId], quietHours: null }),
    ],
  ] as const)('in %s, %i hours later: %s', async (status, hours, action, body) => {
    const customer = await newCustomer(platform, { digits: '010' });
    const { id } = await leaseIn(status, customer, staff);
    await hoursLater(platform, id, hours);
    const before = await leaseThat(customer.client, id, 'lapsed', (lease) => lease.status === 'lapsed');
    await expect(
      customer.client.send('POST', `/v1/leases/${id}/${action}`, { body: body(customer) }),
    ).rejects.toMatchObject({ status: 409, code: 'invalid_state' });
    const after = await customer.client.get('/v1/leases/{id}', { path: { id } });
    expect({ ...after, asOf: before.asOf }).toEqual(before);
    expect(await reallyCharged(place(), customer.phone)).toBe(0);
  });

  it('a handover after the deposit went back, and cash for it', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('awaiting_handover', customer, staff);
    await hoursLater(platform, id, 31 * 24);
    await leaseThat(customer.client, id, 'lapsed', ({ status }) => status === 'lapsed');
    const refused = { status: 409, code: 'invalid_state' };
    await expect(
      staff.agent.post('/v1/leases/{id}/handover', { path: { id }, body: { odometerKm: 1 } }),
    ).rejects.toMatchObject(refused);
    const cash = { leaseId: id, amount: { amount: 5_000, currency: 'UGX' }, receiptNumber: randomUUID() } as const;
    await expect(staff.agent.post('/v1/payments/cash', { body: cash })).rejects.toMatchObject(refused);
  });

  it('an identity that is proven after the application lapsed', async () => {
    const customer = await newCustomer(platform, { verified: false });
    const { id } = await leaseIn('verifying', customer, staff);
    await hoursLater(platform, id, 31 * 24);
    await leaseThat(customer.client, id, 'lapsed', ({ status }) => status === 'lapsed');
    await proveIdentity(customer, `CM${String(Date.now()).slice(-10)}AB`, 'UG');
    expect((await customer.client.get('/v1/leases/{id}', { path: { id } })).status).toBe('lapsed');
  });
});

describe.concurrent('an identity check that fails while a lease waits', () => {
  it('leaves the lease waiting, until a second one is passed', async () => {
    const customer = await newCustomer(platform, { verified: false });
    const { id } = await leaseIn('verifying', customer, staff);
    const number = String(Date.now()).slice(-9);
    await expect(proveIdentity(customer, `CM${number}100`, 'UG')).rejects.toThrow('was rejected');
    expect((await customer.client.get('/v1/leases/{id}', { path: { id } })).status).toBe('verifying');
    await proveIdentity(customer, `CM8${number}AB`, 'UG');
    await leaseThat(customer.client, id, 'offered', ({ status }) => status === 'offered');
  });
});

describe.concurrent('a hold that was not got', () => {
  it('is not undone: who was second and leaves takes nothing from who was first', async () => {
    const [one, two] = [await newCustomer(platform), await newCustomer(platform)];
    const first = await leaseIn('offered', one, staff);
    const { id } = await leaseIn('offered', two, staff, { vehicleId: first.vehicleId });
    const tries = await Promise.allSettled([
      one.client.post('/v1/leases/{id}/accept-offer', { path: { id: first.id } }),
      two.client.post('/v1/leases/{id}/accept-offer', { path: { id } }),
    ]);
    expect(tries.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const isFirst = tries[0].status === 'fulfilled';
    const [winner, won] = isFirst ? [one, first.id] : [two, id];
    const [loser, lost] = isFirst ? [two, id] : [one, first.id];
    await loser.client.post('/v1/leases/{id}/withdraw', { path: { id: lost } });
    expect(await vehicleOf(winner, first.vehicleId)).toBe('reserved');
    await winner.client.post('/v1/leases/{id}/sign', { path: { id: won }, body: { name: winner.name } });
    await leaseThat(winner.client, won, 'waiting for handover', ({ status }) => status === 'awaiting_handover');
    expect(await reallyCharged(place(), loser.phone)).toBe(0);
  });
});

describe.concurrent('a deposit whose outcome is unknown', () => {
  it('that proves to have failed after the deadline: the lease lapses and gives the vehicle back', async () => {
    const customer = await newCustomer(platform, { digits: '023' });
    const { id, vehicleId } = await leaseIn('awaiting_deposit', customer, staff);
    const unknown = await unknownOf(customer, id);
    await hoursLater(platform, id, 80);
    expect(await vehicleOf(customer, vehicleId)).toBe('reserved');
    await decideAs(unknown.id, 'failed');
    await leaseThat(customer.client, id, 'lapsed', ({ status }) => status === 'lapsed');
    expect(await vehicleOf(customer, vehicleId)).toBe('available');
  });

  it('that proves to be paid after the deadline: the lease goes on', async () => {
    const customer = await newCustomer(platform, { digits: '023' });
    const { id } = await leaseIn('awaiting_deposit', customer, staff);
    const unknown = await unknownOf(customer, id);
    await hoursLater(platform, id, 80);
    await decideAs(unknown.id, 'succeeded');
    const lease = await leaseThat(customer.client, id, 'paid', ({ status }) => status === 'awaiting_handover');
    expect(lease.paid).toEqual(lease.deposit);
  });

  it('that is withdrawn from: the vehicle is free at once, the workflow waits until it is known', async () => {
    const customer = await newCustomer(platform, { digits: '023' });
    const { id, vehicleId } = await leaseIn('awaiting_deposit', customer, staff);
    const unknown = await unknownOf(customer, id);
    await customer.client.post('/v1/leases/{id}/withdraw', { path: { id } });
    expect(await vehicleOf(customer, vehicleId)).toBe('available');
    await hoursLater(platform, id, 40 * 24);
    const handle = platform.temporal.workflow.getHandle(`lease-${id}`);
    expect((await handle.describe()).status.name).toBe('RUNNING');
    await decideAs(unknown.id, 'failed');
    await handle.result();
    expect((await customer.client.get('/v1/leases/{id}', { path: { id } })).status).toBe('withdrawn');
  });
});
