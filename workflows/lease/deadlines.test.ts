import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listOf, shapes } from '#dev/client';
import { leaseThat, reallyCharged } from '#dev/journey';
import { cast, hoursLater, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
});
afterAll(() => platform.close());

const DAY = 24;

describe('every wait has a deadline', () => {
  it.each([
    ['verifying', 30 * DAY],
    ['offered', 72],
    ['reserved', 48],
  ] as const)('%s lapses after %i hours, not before, and gives the vehicle back', async (status, hours) => {
    const customer = await newCustomer(platform, { verified: status !== 'verifying' });
    const { id, vehicleId } = await leaseIn(status, customer, staff);
    await hoursLater(platform, id, hours - 1);
    expect((await customer.client.get(`/v1/leases/${id}`, shapes.lease)).status).toBe(status);
    await hoursLater(platform, id, 2);
    await leaseThat(customer.client, id, 'lapsed', (lease) => lease.status === 'lapsed');
    expect((await customer.client.get(`/v1/vehicles/${vehicleId}`, shapes.vehicle)).status).toBe('available');
    await expect(customer.client.post(`/v1/leases/${id}/accept-offer`, {}, shapes.lease)).rejects.toMatchObject({
      status: 409,
    });
  });

  it('awaiting_deposit lapses when nobody pays, and gives the vehicle back', async () => {
    const customer = await newCustomer(platform, { digits: '010' });
    const { id, vehicleId } = await leaseIn('awaiting_deposit', customer, staff);
    await hoursLater(platform, id, 73);
    await leaseThat(customer.client, id, 'lapsed', (lease) => lease.status === 'lapsed');
    expect((await customer.client.get(`/v1/vehicles/${vehicleId}`, shapes.vehicle)).status).toBe('available');
    const { data } = await customer.client.get(`/v1/payments?leaseId=${id}&limit=100`, listOf(shapes.payment));
    expect(data.every(({ status, reason }) => status === 'failed' && reason === 'no_funds')).toBe(true);
    expect(data.map(({ attempt }) => attempt).toSorted((a, b) => a - b)).toEqual(data.map((_, i) => i + 1));
  });

  it('awaiting_deposit does not lapse while the deposit is unknown', async () => {
    const customer = await newCustomer(platform, { digits: '023' });
    const { id } = await leaseIn('awaiting_deposit', customer, staff);
    await hoursLater(platform, id, 80);
    const { data } = await customer.client.get(`/v1/payments?leaseId=${id}`, listOf(shapes.payment));
    expect(data.map(({ status }) => status)).toEqual(['unknown']);
    expect((await customer.client.get(`/v1/leases/${id}`, shapes.lease)).status).toBe('awaiting_deposit');
  });

  it('awaiting_handover lapses at last, gives the vehicle back and refunds the deposit', async () => {
    const customer = await newCustomer(platform);
    const { id, vehicleId, deposit } = await leaseIn('awaiting_handover', customer, staff);
    const place = { api: platform.url, simulators: platform.simulators };
    expect(await reallyCharged(place, customer.phone)).toBe(deposit.amount);
    await hoursLater(platform, id, 31 * DAY);
    await leaseThat(customer.client, id, 'refunded', (lease) => lease.status === 'lapsed' && lease.credit.amount === 0);
    expect((await customer.client.get(`/v1/vehicles/${vehicleId}`, shapes.vehicle)).status).toBe('available');
    expect(await reallyCharged(place, customer.phone)).toBe(0);
  });
});

describe('withdrawing undoes what was done', () => {
  it.each(['verifying', 'offered', 'reserved', 'awaiting_handover'] as const)('in %s', async (status) => {
    const customer = await newCustomer(platform, { verified: status !== 'verifying' });
    const { id, vehicleId } = await leaseIn(status, customer, staff);
    const gone = await customer.client.post(`/v1/leases/${id}/withdraw`, { reason: 'changed my mind' }, shapes.lease);
    expect(gone.status).toBe('withdrawn');
    expect((await customer.client.get(`/v1/vehicles/${vehicleId}`, shapes.vehicle)).status).toBe('available');
    await leaseThat(customer.client, id, 'refunded', (lease) => lease.credit.amount === 0);
    expect(await reallyCharged({ api: platform.url, simulators: platform.simulators }, customer.phone)).toBe(0);
  });

  it('with the deposit in flight: it is refunded when it arrives', async () => {
    const customer = await newCustomer(platform, { digits: '001' });
    const { id } = await leaseIn('awaiting_deposit', customer, staff);
    const gone = await customer.client.post(`/v1/leases/${id}/withdraw`, {}, shapes.lease);
    expect(gone.status).toBe('withdrawn');
    const place = { api: platform.url, simulators: platform.simulators };
    await leaseThat(customer.client, id, 'settled', ({ credit }) => credit.amount === 0);
    await platform.temporal.workflow.getHandle(`lease-${id}`).result();
    expect(await reallyCharged(place, customer.phone)).toBe(0);
  });
});
