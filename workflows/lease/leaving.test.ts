import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leaseThat, type Customer } from '#dev/journey';
import { eventually } from '#dev/client';
import { SimulatorClient } from '#dev/simulator-client';
import { cast, hoursLater, isOver, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

/** How a lease ends whose vehicle does not become the customer's, by HTTP and with its workflow. */
let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
});
afterAll(() => platform.close());

const DAY = 24;
const ugx = (amount: number) => ({ amount, currency: 'UGX' }) as const;
const lease = ({ client }: Customer, id: string) => client.get('/v1/leases/{id}', { path: { id } });

/** The lease's payment method becomes one whose phone behaves as its last digits say. */
async function changesPhone({ client }: Customer, id: string, digits: string): Promise<void> {
  const { phone } = await newCustomer(platform, { digits, verified: false });
  const { id: paymentMethodId } = await client.post('/v1/payment-methods', { body: { provider: 'mtn', phone } });
  await client.post('/v1/leases/{id}/payment-method', { path: { id }, body: { paymentMethodId } });
}

async function inArrears(customer: Customer) {
  const before = await leaseIn('active', customer, staff);
  await changesPhone(customer, before.id, '010');
  await hoursLater(platform, before.id, 12 * DAY);
  await leaseThat(customer.client, before.id, 'in arrears', ({ status }) => status === 'in_arrears');
  return before;
}

async function booksBalance(id: string): Promise<void> {
  const { currencies, accounts } = await staff.admin.get('/v1/ledger/trial-balance');
  for (const { currency, debits, credits } of currencies) expect(debits, currency).toBe(credits);
  const balance = accounts.find(({ name }) => name === `lease:${id}:receivable`)?.balance;
  expect(balance, 'nothing is receivable').toBe(0);
}

describe.concurrent('a vehicle that is given back', () => {
  it('in arrears is taken by an agent: what is overdue stays owed, and is paid afterwards', async () => {
    const customer = await newCustomer(platform);
    const { id, vehicleId, instalment } = await inArrears(customer);
    const body = { reason: 'too dear' };
    await expect(customer.client.post('/v1/leases/{id}/return', { path: { id }, body })).rejects.toMatchObject({
      status: 409,
      code: 'return_refused',
    });
    const told = await customer.client.get('/v1/leases/{id}/ownership', { path: { id } });
    expect(told.leaveToday?.amount).toEqual(instalment);
    const key = `return-${id}`;
    const gone = await staff.agent.post('/v1/leases/{id}/return', { path: { id }, body, key });
    expect(gone).toMatchObject({ status: 'returned', outstanding: instalment, credit: ugx(0) });
    expect(gone.totalPrice.amount).toBe(gone.paid.amount + instalment.amount);
    const again = await staff.agent.post('/v1/leases/{id}/return', { path: { id }, body, key });
    expect(again).toMatchObject({ status: 'returned', outstanding: instalment });
    expect(await customer.client.get('/v1/vehicles/{id}', { path: { id: vehicleId } })).toMatchObject({
      status: 'maintenance',
    });
    const { data: events } = await staff.admin.get('/v1/events', { query: { leaseId: id, type: 'lease.terminated' } });
    expect(events).toHaveLength(1);
    await customer.client.post('/v1/leases/{id}/pay', {
      path: { id },
      body: { amount: instalment, paymentMethodId: customer.paymentMethodId },
    });
    await leaseThat(customer.client, id, 'nothing owed', ({ outstanding }) => outstanding.amount === 0);
    await isOver(platform, id);
    expect((await lease(customer, id)).status).toBe('returned');
    await booksBalance(id);
    const inbox = new SimulatorClient(platform.simulators);
    const { data: texts } = await inbox.get('/sms', { query: { to: customer.phone } });
    expect(texts.filter(({ body: text }) => text.includes('You gave the vehicle back'))).toHaveLength(1);
    expect(texts.filter(({ body: text }) => text.includes('Congratulations'))).toEqual([]);
  });

  it('pays back what was paid ahead', async () => {
    const customer = await newCustomer(platform);
    const { id, deposit, instalment } = await leaseIn('active', customer, staff);
    const ahead = ugx(3 * instalment.amount);
    await customer.client.post('/v1/leases/{id}/pay', { path: { id }, body: { amount: ahead } });
    await leaseThat(customer.client, id, 'ahead', ({ instalmentsPaid }) => instalmentsPaid === 3);
    const told = await customer.client.get('/v1/leases/{id}/ownership', { path: { id } });
    expect(told.leaveToday).toMatchObject({ amount: ugx(0), refund: ahead, kept: deposit });
    const left = await customer.client.post('/v1/leases/{id}/return', { path: { id } });
    expect(left).toMatchObject({ status: 'returned', paid: deposit, totalPrice: deposit, outstanding: ugx(0) });
    await isOver(platform, id);
    expect(await lease(customer, id)).toMatchObject({ status: 'returned', credit: ugx(0) });
    const { data } = await customer.client.get('/v1/payments', { query: { leaseId: id } });
    expect(data.filter(({ kind }) => kind === 'refund')).toMatchObject([{ status: 'succeeded', amount: ahead }]);
    await booksBalance(id);
  });

  it('waits for a payment in flight', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    const { phone } = await newCustomer(platform, { digits: '023', verified: false });
    const method = await customer.client.post('/v1/payment-methods', { body: { provider: 'mtn', phone } });
    const body = { amount: ugx(5_000), paymentMethodId: method.id };
    const { id: paymentId } = await customer.client.post('/v1/leases/{id}/pay', { path: { id }, body });
    const leaves = () => customer.client.post('/v1/leases/{id}/return', { path: { id } });
    await expect(leaves()).rejects.toMatchObject({ status: 409, code: 'invalid_state' });
    await eventually(
      'an unknown payment',
      async () =>
        (await customer.client.get('/v1/payments/{id}', { path: { id: paymentId } })).status === 'unknown' || undefined,
    );
    await expect(leaves()).rejects.toMatchObject({ status: 409, code: 'invalid_state' });
    const decision = { outcome: 'failed', reason: 'on no statement' } as const;
    await staff.admin.post('/v1/payments/{id}/decide', { path: { id: paymentId }, body: decision });
    expect(await leaves()).toMatchObject({ status: 'returned', outstanding: ugx(0) });
    await isOver(platform, id);
    await booksBalance(id);
  });
});
