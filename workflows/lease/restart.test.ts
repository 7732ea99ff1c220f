import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { transact } from '#activities/context';
import { endApplication } from '#activities/leases/end-lease';
import { restartFromBooks } from '#activities/leases/restart-lease';
import { leases } from '#db/schema/index';
import { listOf, shapes } from '#dev/client';
import { leaseThat, reallyCharged, type Customer } from '#dev/journey';
import { system } from '#domain/identity/roles';
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
const handleOf = (leaseId: string) => platform.temporal.workflow.getHandle(`lease-${leaseId}`);
const restart = (leaseId: string) => staff.admin.post(`/v1/leases/${leaseId}/restart`, {}, shapes.lease);
const is = (customer: Customer, id: string, status: string) =>
  leaseThat(customer.client, id, status, (lease) => lease.status === status, 60_000);
const vehicleOf = async (customer: Customer, id: string) =>
  (await customer.client.get(`/v1/vehicles/${id}`, shapes.status)).status;

/** The workflow is gone as when an operator, or the server at its limit, ended it. */
async function kill(leaseId: string): Promise<void> {
  await handleOf(leaseId).terminate('died in a test');
}

/** What a customer and an agent do in each stage, until the lease is theirs. */
const steps: Record<string, (customer: Customer, id: string) => Promise<unknown>> = {
  offered: ({ client }, id) => client.post(`/v1/leases/${id}/accept-offer`, {}, shapes.lease),
  reserved: ({ client, name }, id) => client.post(`/v1/leases/${id}/sign`, { name }, shapes.lease),
  awaiting_deposit: (customer, id) => is(customer, id, 'awaiting_handover'),
  awaiting_handover: (_customer, id) => staff.agent.post(`/v1/leases/${id}/handover`, { odometerKm: 5 }, shapes.lease),
};
const order = Object.keys(steps);

describe.concurrent('a lease whose workflow died', () => {
  it.each(['offered', 'reserved', 'awaiting_deposit', 'awaiting_handover', 'active'] as const)(
    'is started again from the books while it is %s, and lives on to its end',
    async (status) => {
      const customer = await newCustomer(platform);
      const { id } = await leaseIn(status, customer, staff, {
        frequency: 'weekly',
        terms: { instalments: 4 },
      });
      await kill(id);
      const restarted = await restart(id);
      await expect(restart(id)).rejects.toMatchObject({ status: 409, code: 'invalid_state' });
      for (const stage of order.slice(order.indexOf(restarted.status === 'active' ? 'none' : restarted.status)))
        if (restarted.status !== 'active') await steps[stage]?.(customer, id);
      await is(customer, id, 'active');
      await hoursLater(platform, id, 24 * 40);
      const ended = await is(customer, id, 'completed');
      expect(ended.paid).toEqual(ended.totalPrice);
      expect(await reallyCharged(place(), customer.phone)).toBe(ended.totalPrice.amount);
    },
  );

  it('waits for the identity check again', async () => {
    const customer = await newCustomer(platform, { verified: false });
    const { id } = await leaseIn('verifying', customer, staff);
    await kill(id);
    await restart(id);
    await hoursLater(platform, id, 31 * 24);
    await is(customer, id, 'lapsed');
  });

  it('keeps the deadline of its stage, and gives the vehicle back at it', async () => {
    const customer = await newCustomer(platform);
    const { id, vehicleId } = await leaseIn('reserved', customer, staff);
    await staff.admin.post(`/v1/dev/leases/${id}/fast-forward`, { days: 1 }, z.unknown());
    await kill(id);
    await restart(id);
    await hoursLater(platform, id, 25);
    await is(customer, id, 'lapsed');
    expect(await vehicleOf(customer, vehicleId)).toBe('available');
  });

  it('charges nothing twice that was under way', async () => {
    const customer = await newCustomer(platform, { digits: '001' });
    const { id } = await leaseIn('awaiting_deposit', customer, staff);
    await customer.client.get(`/v1/payments?leaseId=${id}`, listOf(shapes.payment));
    await kill(id);
    await restart(id);
    const lease = await is(customer, id, 'awaiting_handover');
    expect(await reallyCharged(place(), customer.phone)).toBe(lease.deposit.amount);
  });

  it('goes on in arrears, paused and after a write-off', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    await customer.client.post(`/v1/leases/${id}/pause`, { kind: 'holiday', days: 5 }, shapes.lease);
    await kill(id);
    await restart(id);
    await hoursLater(platform, id, 6 * 24);
    await is(customer, id, 'active');
    await kill(id);
    await restart(id);
    await staff.admin.post(`/v1/leases/${id}/write-off`, {}, shapes.lease);
    await kill(id);
    await restart(id);
    const before = await customer.client.get(`/v1/leases/${id}`, shapes.lease);
    await customer.client.post(`/v1/leases/${id}/pay`, { amount: { amount: 5_000, currency: 'UGX' } }, z.unknown());
    await leaseThat(customer.client, id, 'recovering', ({ paid }) => paid.amount === before.paid.amount + 5_000);
  });
});

describe.concurrent('a lease that is over', () => {
  it('gives back credit that is found in its books, and ends again', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('awaiting_handover', customer, staff);
    await kill(id);
    // What a withdrawal leaves when the workflow dies before the refund.
    const ending = { leaseId: id, as: 'withdrawn', reason: 'changed my mind' } as const;
    await transact(platform.deps.db, system('test'), new Date(), (context) => endApplication(context, ending));
    expect(await reallyCharged(place(), customer.phone)).toBeGreaterThan(0);
    await Promise.all([1, 2, 3].map(() => restartFromBooks(platform.deps, id)));
    await leaseThat(customer.client, id, 'given back', ({ credit }) => credit.amount === 0);
    await handleOf(id).result();
    expect(await reallyCharged(place(), customer.phone)).toBe(0);
  });

  it('that has nothing open ends at once', async () => {
    const customer = await newCustomer(platform, { verified: false });
    const { id } = await leaseIn('verifying', customer, staff);
    await customer.client.post(`/v1/leases/${id}/withdraw`, {}, shapes.lease);
    const [before] = await platform.deps.db.select().from(leases).where(eq(leases.id, id));
    await restartFromBooks(platform.deps, id);
    await handleOf(id).result();
    const [after] = await platform.deps.db.select().from(leases).where(eq(leases.id, id));
    expect(after).toEqual(before);
  });
});

describe('only an admin', () => {
  it('starts a lease again', async () => {
    const customer = await newCustomer(platform, { verified: false });
    const { id } = await leaseIn('verifying', customer, staff);
    const forbidden = { status: 403 };
    await expect(customer.client.post(`/v1/leases/${id}/restart`, {}, shapes.lease)).rejects.toMatchObject(forbidden);
    await expect(staff.agent.post(`/v1/leases/${id}/restart`, {}, shapes.lease)).rejects.toMatchObject(forbidden);
  });
});
