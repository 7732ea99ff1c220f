import { hash } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leaseThat, type Customer } from '#dev/journey';
import { notifications, sessions } from '#db/schema/index';
import { eventually } from '#dev/client';
import { SimulatorClient } from '#dev/simulator-client';
import { addDays, daysBetween, localDate, localDateAt } from '#domain/calendar';
import type { Message } from '#domain/notifications/messages';
import { call } from '#test/api-world';
import { cast, hoursLater, isOver, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

/** Vehicles that are given back, taken back or stolen, by HTTP and with the workflow of their lease. */
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

const demands = (id: string) => staff.agent.post('/v1/leases/{id}/demands', { path: { id }, body: {} });

/** The paper is the customer's to read, as everybody may verify it, and he is told of it. */
async function isGivenOut({ id: userId, token }: Customer, demand: Awaited<ReturnType<typeof demands>>): Promise<void> {
  const address = `${platform.url}/v1/demands/${demand.id}/content`;
  const response = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');
  expect(hash('sha256', bytes, 'hex')).toBe(demand.sha256);
  const { body } = await call(platform.url, 'GET', `/v1/verify/${demand.code}`, {});
  expect(body).toMatchObject({ document: 'demand', unaltered: true, sha256: demand.sha256 });
  await isTold(userId, demand.kind === 'arrears' ? 'demanded' : 'redemption_demanded');
}

const isTold = (userId: string, template: Message['template']) =>
  eventually(template, async () => {
    const isIt = and(eq(notifications.userId, userId), eq(notifications.template, template));
    return (await platform.deps.db.$count(notifications, isIt)) > 0 || undefined;
  });

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

  it('waits for no payment in flight that would not pay the vehicle, and is over when that is known', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    const { phone } = await newCustomer(platform, { digits: '023', verified: false });
    const method = await customer.client.post('/v1/payment-methods', { body: { provider: 'mtn', phone } });
    const body = { amount: ugx(5_000), paymentMethodId: method.id };
    const { id: paymentId } = await customer.client.post('/v1/leases/{id}/pay', { path: { id }, body });
    const left = await customer.client.post('/v1/leases/{id}/return', { path: { id } });
    expect(left).toMatchObject({ status: 'returned', outstanding: ugx(0) });
    await eventually(
      'an unknown payment',
      async () =>
        (await customer.client.get('/v1/payments/{id}', { path: { id: paymentId } })).status === 'unknown' || undefined,
    );
    const decision = { outcome: 'failed', reason: 'on no statement' } as const;
    await staff.admin.post('/v1/payments/{id}/decide', { path: { id: paymentId }, body: decision });
    await isOver(platform, id);
    await booksBalance(id);
  });
});

describe.concurrent('a vehicle that is taken back', () => {
  it('is so after a notice and, from two thirds on, by a court’s order', async () => {
    const customer = await newCustomer(platform);
    const { id, vehicleId, deposit, totalPrice } = await leaseIn('active', customer, staff, 'daily');
    const twoThirds = ugx(Math.ceil((2 * totalPrice.amount) / 3) - deposit.amount);
    await customer.client.post('/v1/leases/{id}/pay', { path: { id }, body: { amount: twoThirds } });
    const { nextDue } = await leaseThat(customer.client, id, 'two thirds', ({ twoThirdsPaid }) => twoThirdsPaid);
    await changesPhone(customer, id, '010');
    const days = daysBetween(localDateAt(Date.now(), 'UG'), localDate(nextDue?.on ?? ''));
    await hoursLater(platform, id, (days + 20) * DAY);
    const { asOf } = await lease(customer, id);
    const repossess = (grounds: { noticeOn?: string; courtOrder?: string }) =>
      staff.agent.post('/v1/leases/{id}/repossess', { path: { id }, body: { reason: 'does not pay', ...grounds } });
    await expect(repossess({})).rejects.toMatchObject({ status: 409, code: 'notice_required' });
    const demand = await demands(id);
    const on = localDateAt(Date.parse(asOf), 'UG');
    expect(demand).toMatchObject({ kind: 'arrears', demandedOn: on, until: addDays(on, 14) });
    expect((await demands(id)).id).toBe(demand.id);
    await isGivenOut(customer, demand);
    await expect(repossess({})).rejects.toMatchObject({ status: 409, code: 'notice_required' });
    // Demanded again, it runs from the first time, and says so.
    await hoursLater(platform, id, 7 * DAY);
    const reminder = await demands(id);
    expect(reminder.id).not.toBe(demand.id);
    expect(reminder).toMatchObject({ demandedOn: addDays(on, 7), until: demand.until });
    await hoursLater(platform, id, 7 * DAY);
    await expect(repossess({})).rejects.toMatchObject({ status: 409, code: 'court_order_required' });
    const { outstanding } = await lease(customer, id);
    const taken = await repossess({ courtOrder: 'HCCC 12/2026' });
    expect(taken.status).toBe('repossessed');
    // What is not due yet is owed without its markup.
    expect(taken.outstanding.amount).toBeLessThan(outstanding.amount);
    const vehicle = () => customer.client.get('/v1/vehicles/{id}', { path: { id: vehicleId } });
    expect(await vehicle()).toMatchObject({ status: 'maintenance' });
    const back = staff.admin.patch('/v1/vehicles/{id}', { path: { id: vehicleId }, body: { status: 'available' } });
    await expect(back).rejects.toMatchObject({ status: 409, code: 'invalid_state' });

    const toSell = await demands(id);
    expect(toSell).toMatchObject({ kind: 'redemption', amount: taken.outstanding });
    await isGivenOut(customer, toSell);
    const sell = () =>
      staff.admin.post('/v1/leases/{id}/sell-vehicle', {
        path: { id },
        body: { proceeds: ugx(taken.outstanding.amount + 9_000), costs: ugx(4_000), reference: 'Auction 7' },
      });
    await expect(sell()).rejects.toMatchObject({ status: 409, code: 'notice_required' });
    await hoursLater(platform, id, 60 * DAY);
    await sell();
    expect(await vehicle()).toMatchObject({ status: 'sold' });
    // The surplus is his, and somebody pays it out.
    expect(await lease(customer, id)).toMatchObject({ outstanding: ugx(0), credit: ugx(5_000) });
    await eventually('the case', async () => {
      const { data } = await staff.agent.get('/v1/cases', { query: { leaseId: id, status: 'open' } });
      return data.find(({ kind }) => kind === 'credit_to_return');
    });
    await isTold(customer.id, 'vehicle_sold');
    await expect(demands(id)).rejects.toMatchObject({ status: 409, code: 'invalid_state' });
    const { data: left } = await staff.agent.get('/v1/cases', { query: { leaseId: id, status: 'open' } });
    expect(left.map(({ kind }) => kind)).not.toContain('vehicle_to_inspect');
    await booksBalance(id);
  });
});

describe.concurrent('a stolen vehicle', () => {
  const report = ({ client }: Customer, id: string, body: { code?: string; policeReference?: string } = {}) =>
    client.post('/v1/leases/{id}/report-theft', { path: { id }, body });
  const dueDates = async ({ client }: Customer, id: string) =>
    (await client.get('/v1/leases/{id}/schedule', { path: { id } })).data.map(({ dueOn }) => localDate(dueOn));

  it('is reported by who proves that he is the customer, and waits for as long as its plan says', async () => {
    const customer = await newCustomer(platform);
    const { id, plan } = await leaseIn('active', customer, staff, { terms: { theftPauseDays: 20 } });
    expect(plan.theftPauseDays).toBe(20);
    const before = await dueDates(customer, id);
    const { db } = platform.deps;
    await db
      .update(sessions)
      .set({ createdAt: new Date(Date.now() - 16 * 60_000) })
      .where(eq(sessions.userId, customer.id));
    const refusal = { status: 403, code: 'second_factor_required' };
    await expect(report(customer, id)).rejects.toMatchObject(refusal);
    await expect(report(customer, id, { code: '000000' })).rejects.toMatchObject(refusal);
    await customer.client.post('/v1/auth/otp', { body: { phone: customer.phone } });
    const inbox = new SimulatorClient(platform.simulators);
    const code = await eventually('a code', async () => {
      const { data } = await inbox.get('/sms', { query: { to: customer.phone } });
      return /\b(\d{6})\b/.exec(data.find(({ body }) => body.includes('login code'))?.body ?? '')?.[1];
    });
    const stolen = await report(customer, id, { code, policeReference: 'SD 12/28/11' });
    expect(stolen).toMatchObject({ status: 'stolen', pausedUntil: addDays(localDateAt(Date.now(), 'UG'), 20) });
    expect(await dueDates(customer, id)).toEqual(before.map((day) => addDays(day, 20)));
    await expect(report(customer, id, { code })).rejects.toMatchObject({ status: 409, code: 'invalid_state' });

    await hoursLater(platform, id, 15 * DAY);
    expect((await customer.client.get('/v1/payments', { query: { leaseId: id } })).data).toHaveLength(1);
    await hoursLater(platform, id, 6 * DAY);
    const { data: open } = await staff.agent.get('/v1/cases', { query: { leaseId: id } });
    expect(open.map(({ kind }) => kind)).toContain('theft_unresolved');
    await hoursLater(platform, id, 7 * DAY);
    await leaseThat(customer.client, id, 'collected again', ({ instalmentsPaid }) => instalmentsPaid === 1);
    expect((await lease(customer, id)).status).toBe('stolen');
    const { data: texts } = await inbox.get('/sms', { query: { to: customer.phone } });
    expect(texts.filter(({ body }) => body.includes('was reported stolen'))).toHaveLength(1);
  });

  it('is reported by staff, and goes on as its books say when it is found', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    const before = await dueDates(customer, id);
    const path = { id };
    await staff.agent.post('/v1/leases/{id}/report-theft', { path });
    await hoursLater(platform, id, 4 * DAY);
    await expect(customer.client.post('/v1/leases/{id}/recover-theft', { path })).rejects.toMatchObject({
      status: 403,
    });
    const found = await staff.agent.post('/v1/leases/{id}/recover-theft', { path });
    expect(found).toMatchObject({ status: 'active', pausedUntil: null });
    expect(await dueDates(customer, id)).toEqual(before.map((day) => addDays(day, 4)));
    await hoursLater(platform, id, 8 * DAY);
    await leaseThat(customer.client, id, 'collected again', ({ instalmentsPaid }) => instalmentsPaid === 1);
    const { data } = await customer.client.get('/v1/leases/{id}/timeline', { path });
    expect(data.map(({ type }) => type)).toEqual(expect.arrayContaining(['lease.stolen', 'lease.active']));
  });
});
