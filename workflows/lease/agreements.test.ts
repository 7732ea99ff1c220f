import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notifications } from '#db/schema/index';
import { eventually } from '#dev/client';
import { leaseThat, reallyCharged, type Customer } from '#dev/journey';
import { addDays, localDate, localDateAt, localHourAt } from '#domain/calendar';
import { cast, hoursLater, isOver, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
});
afterAll(() => platform.close());

const DAY = 24;
const lines = async ({ client }: Customer, id: string) =>
  (await client.get('/v1/leases/{id}/schedule', { path: { id } })).data;
const lease = ({ client }: Customer, id: string) => client.get('/v1/leases/{id}', { path: { id } });
const payments = async ({ client }: Customer, id: string) =>
  (await client.get('/v1/payments', { query: { leaseId: id, limit: 100 } })).data;
const place = () => ({ api: platform.url, simulators: platform.simulators });

/** The lease's payment method becomes one that never has funds. */
async function goBroke(customer: Customer, id: string): Promise<void> {
  const { phone } = await newCustomer(platform, { digits: '010', verified: false });
  const { id: paymentMethodId } = await customer.client.post('/v1/payment-methods', {
    body: { provider: 'mtn', phone },
  });
  await customer.client.post('/v1/leases/{id}/payment-method', { path: { id }, body: { paymentMethodId } });
}

async function booksBalance(): Promise<void> {
  const { currencies } = await staff.admin.get('/v1/ledger/trial-balance');
  for (const { currency, debits, credits } of currencies) expect(debits, currency).toBe(credits);
}

describe.concurrent('a pause', () => {
  it('moves every unpaid line, collects nothing meanwhile, and ends by itself', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    const before = await lines(customer, id);
    const paused = await customer.client.post('/v1/leases/{id}/pause', {
      path: { id },
      body: { kind: 'holiday', days: 10 },
    });
    expect(paused.status).toBe('paused');
    const moved = await lines(customer, id);
    expect(moved.map(({ dueOn }) => dueOn)).toEqual(before.map(({ dueOn }) => addDays(localDate(dueOn), 10)));
    await hoursLater(platform, id, 9 * DAY);
    expect(await payments(customer, id)).toHaveLength(1);
    await hoursLater(platform, id, 2 * DAY);
    await leaseThat(customer.client, id, 'active', ({ status }) => status === 'active');
    await hoursLater(platform, id, 7 * DAY);
    await leaseThat(customer.client, id, 'paid once', ({ instalmentsPaid }) => instalmentsPaid === 1);
  });

  it('is one of two commands at the same moment, and the lease is collected after it', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    const pause = () =>
      customer.client.post('/v1/leases/{id}/pause', { path: { id }, body: { kind: 'holiday', days: 7 } });
    const plan = { instalments: 20, reason: 'agreed' };
    const restructure = () => staff.agent.post('/v1/leases/{id}/restructure', { path: { id }, body: plan });
    const before = await lines(customer, id);
    const taps = await Promise.allSettled([pause(), pause(), restructure()]);
    const refused = taps.flatMap((tap) => (tap.status === 'rejected' ? [String(tap.reason)] : []));
    expect(refused.length).toBeGreaterThanOrEqual(1);
    for (const reason of refused) expect(reason).toContain('409');
    expect((await lease(customer, id)).status).toBe('paused');
    expect(await lines(customer, id)).toHaveLength(taps[2].status === 'fulfilled' ? 20 : before.length);
    await hoursLater(platform, id, 16 * DAY);
    expect((await payments(customer, id)).length).toBeGreaterThan(1);
  });

  it('that ends early gives its days back', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    const before = await lines(customer, id);
    await customer.client.post('/v1/leases/{id}/pause', { path: { id }, body: { kind: 'repair', days: 10 } });
    await hoursLater(platform, id, 4 * DAY);
    const resumed = await customer.client.post('/v1/leases/{id}/resume', { path: { id } });
    expect(resumed.status).toBe('active');
    const after = await lines(customer, id);
    expect(after.map(({ dueOn }) => dueOn)).toEqual(before.map(({ dueOn }) => addDays(localDate(dueOn), 4)));
  });

  it('is an agent’s to grant once the lease is in arrears, and has limits', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    const pause = (days: number) => ({ kind: 'illness', days }) as const;
    await expect(
      customer.client.post('/v1/leases/{id}/pause', { path: { id }, body: pause(15) }),
    ).rejects.toMatchObject({ status: 409, code: 'pause_refused' });
    await goBroke(customer, id);
    await hoursLater(platform, id, 12 * DAY);
    await leaseThat(customer.client, id, 'in arrears', ({ status }) => status === 'in_arrears');
    await expect(customer.client.post('/v1/leases/{id}/pause', { path: { id }, body: pause(7) })).rejects.toMatchObject(
      { code: 'pause_refused' },
    );
    const granted = await staff.agent.post('/v1/leases/{id}/pause', { path: { id }, body: pause(15) });
    expect(granted.status).toBe('paused');
    await expect(staff.agent.post('/v1/leases/{id}/pause', { path: { id }, body: pause(1) })).rejects.toMatchObject({
      status: 409,
    });
  });
});

describe.concurrent('a promise', () => {
  it('is confirmed each time, also for a day that one was given for before', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    const { client } = customer;
    const on = addDays(localDateAt(Date.now(), 'UG'), 10);
    const promises = (amount: number) =>
      client.post('/v1/leases/{id}/promise', { path: { id }, body: { on, amount: { amount, currency: 'UGX' } } });
    await promises(50_000);
    await client.post('/v1/leases/{id}/pause', { path: { id }, body: { kind: 'repair', days: 2 } });
    await client.post('/v1/leases/{id}/resume', { path: { id }, body: {} });
    await promises(60_000);
    const isOne = and(eq(notifications.leaseId, id), eq(notifications.template, 'promised'));
    await eventually('both confirmations', async () =>
      (await platform.database.db.$count(notifications, isOne)) === 2 ? true : undefined,
    );
  });

  it('stops prompts until its day, and is kept or broken', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    await goBroke(customer, id);
    await hoursLater(platform, id, 8 * DAY);
    const on = addDays(localDateAt(Date.now(), 'UG'), 8 + 3);
    const promise = { on, amount: { amount: 20_000, currency: 'UGX' } } as const;
    await customer.client.post('/v1/leases/{id}/promise', { path: { id }, body: promise });
    const tries = (await payments(customer, id)).length;
    await hoursLater(platform, id, 2 * DAY);
    expect(await payments(customer, id)).toHaveLength(tries);
    await expect(
      customer.client.post('/v1/leases/{id}/promise', { path: { id }, body: promise }),
    ).rejects.toMatchObject({ code: 'promise_refused' });
    await hoursLater(platform, id, 3 * DAY);
    const { data } = await customer.client.get('/v1/leases/{id}/timeline', { path: { id } });
    expect(data.map(({ type }) => type)).toContain('lease.promise_broken');
    expect((await payments(customer, id)).length).toBeGreaterThan(tries);
  });
});

describe.concurrent('a restructuring', () => {
  it('keeps the total price, spreads what is owed, and is paid to the end', async () => {
    const customer = await newCustomer(platform);
    const before = await leaseIn('active', customer, staff);
    const { id } = before;
    const plan = { instalments: 5, reason: 'harvest failed' };
    await expect(
      customer.client.post('/v1/leases/{id}/restructure', { path: { id }, body: plan }),
    ).rejects.toMatchObject({ status: 403 });
    const seen = await staff.agent.post('/v1/leases/{id}/restructure-preview', { path: { id }, body: plan });
    const unchanged = await lines(customer, id);
    await staff.agent.post('/v1/leases/{id}/restructure', { path: { id }, body: plan });
    expect(await lines(customer, id)).toEqual(seen.lines);
    await staff.agent.post('/v1/leases/{id}/undo-restructure', { path: { id }, body: { reason: 'a mistake' } });
    expect(await lines(customer, id)).toEqual(unchanged);
    const friday = { path: { id }, body: { weekday: 'friday' } } as const;
    const moved = await customer.client.post('/v1/leases/{id}/due-day', friday);
    expect(new Date(moved.nextDue?.on ?? '').getUTCDay()).toBe(5);
    const after = await staff.admin.post('/v1/leases/{id}/restructure', { path: { id }, body: plan });
    expect(after).toMatchObject({
      totalPrice: before.totalPrice,
      outstanding: before.outstanding,
      instalmentsTotal: 5,
    });
    const schedule = await lines(customer, id);
    expect(schedule.reduce((sum, { amount }) => sum + amount.amount, 0)).toBe(before.outstanding.amount);
    await hoursLater(platform, id, 6 * 7 * DAY);
    const done = await leaseThat(customer.client, id, 'completed', ({ status }) => status === 'completed');
    expect(await reallyCharged(place(), customer.phone)).toBe(done.totalPrice.amount);
    await booksBalance();
  });
});

describe.concurrent('an early settlement', () => {
  it('costs what was quoted, saves the markup ahead, and makes an owner', async () => {
    const customer = await newCustomer(platform);
    const { id, deposit, outstanding } = await leaseIn('active', customer, staff);
    const offered = await customer.client.post('/v1/leases/{id}/settlement-quote', { path: { id } });
    expect(offered.amount.amount + offered.saved.amount).toBe(outstanding.amount);
    expect(offered.saved.amount).toBeGreaterThan(0);
    const payment = await customer.client.post('/v1/leases/{id}/settle', {
      path: { id },
      body: { quoteId: offered.id },
    });
    expect(payment).toMatchObject({ kind: 'settlement', amount: offered.amount });
    const done = await leaseThat(customer.client, id, 'settled', ({ status }) => status === 'settled_early');
    expect(done).toMatchObject({ ownedPercent: 100, outstanding: { amount: 0 } });
    expect(done.paid).toEqual(done.totalPrice);
    expect(await reallyCharged(place(), customer.phone)).toBe(deposit.amount + offered.amount.amount);
    await isOver(platform, id);
    await booksBalance();
  });

  it('is not possible with a quote of yesterday', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    const offered = await customer.client.post('/v1/leases/{id}/settlement-quote', { path: { id } });
    await hoursLater(platform, id, 25);
    await expect(
      customer.client.post('/v1/leases/{id}/settle', { path: { id }, body: { quoteId: offered.id } }),
    ).rejects.toMatchObject({ status: 409, code: 'quote_expired' });
  });

  it('over the provider’s maximum is several prompts', async () => {
    const customer = await newCustomer(platform, { provider: 'mpesa' });
    const price = { amount: 90_000_000, currency: 'KES' } as const;
    const { id, deposit } = await leaseIn('active', customer, staff, { market: 'KE', price });
    const offered = await customer.client.post('/v1/leases/{id}/settlement-quote', { path: { id } });
    expect(offered.amount.amount).toBeGreaterThan(25_000_000);
    await customer.client.post('/v1/leases/{id}/settle', { path: { id }, body: { quoteId: offered.id } });
    await leaseThat(customer.client, id, 'settled', ({ status }) => status === 'settled_early');
    expect(await reallyCharged(place(), customer.phone)).toBe(deposit.amount + offered.amount.amount);
    const prompts = (await payments(customer, id)).filter(({ kind }) => kind === 'settlement');
    expect(Math.max(...prompts.map(({ amount }) => amount.amount))).toBeLessThanOrEqual(25_000_000);
  });

  it('and so is a deposit, and each provider and market has its own maximum', async () => {
    const customer = await newCustomer(platform);
    const price = { amount: 60_000_000, currency: 'UGX' } as const;
    const { id, deposit } = await leaseIn('awaiting_deposit', customer, staff, { price });
    // Also at night each follows the one before at once: the customer has just signed.
    await leaseThat(customer.client, id, 'paid', ({ status }) => status === 'awaiting_handover');
    expect(deposit.amount).toBeGreaterThan(5_000_000);
    const prompts = (await payments(customer, id)).map(({ amount }) => amount.amount);
    expect(Math.max(...prompts)).toBe(5_000_000);
    expect(prompts.reduce((sum, one) => sum + one, 0)).toBe(deposit.amount);
  });
});

describe.concurrent('late fees', () => {
  it('are charged once an instalment, never over the cap, and paid first', async () => {
    const customer = await newCustomer(platform);
    const terms = { lateFee: { amount: 2_000, cap: 5_000 } };
    const { id } = await leaseIn('active', customer, staff, { terms });
    await goBroke(customer, id);
    await hoursLater(platform, id, 5 * 7 * DAY);
    const late = await lease(customer, id);
    expect(late['feesDue']).toEqual({ amount: 5_000, currency: 'UGX' });
    const amount = { amount: 6_000, currency: 'UGX' } as const;
    const pay = { amount, paymentMethodId: customer.paymentMethodId };
    await customer.client.post('/v1/leases/{id}/pay', { path: { id }, body: pay });
    const paid = await leaseThat(customer.client, id, 'paid', ({ paid: sum }) => sum.amount > late.paid.amount);
    expect(paid.paid.amount - late.paid.amount).toBe(1_000);
    await booksBalance();
  });

  it('are forgiven by an agent with a reason', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff, { terms: { lateFee: { amount: 2_000, cap: 2_000 } } });
    await goBroke(customer, id);
    await hoursLater(platform, id, 2 * 7 * DAY);
    const fee = (amount: number) => ({ amount: { amount, currency: 'UGX' }, reason: 'hospital' }) as const;
    await expect(
      staff.agent.post('/v1/leases/{id}/waive-fees', { path: { id }, body: fee(2_001) }),
    ).rejects.toMatchObject({ status: 422 });
    await staff.agent.post('/v1/leases/{id}/waive-fees', { path: { id }, body: fee(2_000) });
    expect((await lease(customer, id))['feesDue']).toEqual({ amount: 0, currency: 'UGX' });
    await booksBalance();
  });
});

describe.concurrent('a write-off', () => {
  it('gives up what is owed; what is paid later is recovery', async () => {
    const customer = await newCustomer(platform);
    const { id, outstanding } = await leaseIn('active', customer, staff);
    const because = { path: { id }, body: { reason: 'gone' } };
    await expect(staff.agent.post('/v1/leases/{id}/write-off', because)).rejects.toMatchObject({ status: 403 });
    const unsaid = staff.admin.send('POST', '/v1/leases/{id}/write-off', { path: { id }, body: {} });
    await expect(unsaid).rejects.toMatchObject({ status: 400, errors: [{ path: 'reason' }] });
    const gone = await staff.admin.post('/v1/leases/{id}/write-off', because);
    expect(gone).toMatchObject({ status: 'written_off', outstanding });
    const pay = { amount: { amount: 10_000, currency: 'UGX' } } as const;
    await customer.client.post('/v1/leases/{id}/pay', { path: { id }, body: pay });
    await leaseThat(customer.client, id, 'less owed', (now) => now.outstanding.amount === outstanding.amount - 10_000);
    const { accounts } = await staff.admin.get('/v1/ledger/trial-balance');
    const balance = (name: string) => accounts.find((one) => one.name === name)?.balance;
    expect(balance('write_off')).toBe(outstanding.amount);
    expect(balance('recovery')).toBe(-10_000);
    expect(balance(`lease:${id}:receivable`)).toBe(0);
    await booksBalance();
  });
});

describe.concurrent('several payment methods', () => {
  it('are charged in order, the next at once when the first has no funds', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    const { phone } = await newCustomer(platform, { digits: '010', verified: false });
    const empty = await customer.client.post('/v1/payment-methods', { body: { provider: 'mtn', phone } });
    const wish = { paymentMethodIds: [empty.id, customer.paymentMethodId], quietHours: { from: 7, until: 12 } };
    await customer.client.post('/v1/leases/{id}/collection', { path: { id }, body: wish });
    await hoursLater(platform, id, 7 * DAY + 14);
    await leaseThat(customer.client, id, 'paid once', ({ instalmentsPaid }) => instalmentsPaid === 1);
    const [second, first] = await payments(customer, id);
    expect([first?.status, second?.status]).toEqual(['failed', 'succeeded']);
    const own = await customer.client.get('/v1/payments/{id}', { path: { id: second?.id ?? '' } });
    expect(new Date(own.requestedAt).getUTCHours()).toBeGreaterThanOrEqual(9);
    const refused = await customer.client.get('/v1/payments/{id}', { path: { id: first?.id ?? '' } });
    expect(Date.parse(own.requestedAt) - Date.parse(refused.requestedAt)).toBeLessThan(30_000);
  });

  it('get at most three prompts a day between them, none at night', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    const { phone } = await newCustomer(platform, { digits: '010', verified: false });
    const second = await newCustomer(platform, { digits: '010', verified: false });
    const paymentMethodIds = await Promise.all(
      [phone, second.phone].map(
        async (one) =>
          (await customer.client.post('/v1/payment-methods', { body: { provider: 'mtn', phone: one } })).id,
      ),
    );
    await customer.client.post('/v1/leases/{id}/collection', {
      path: { id },
      body: { paymentMethodIds, quietHours: null },
    });
    await hoursLater(platform, id, 12 * DAY);
    const { data } = await customer.client.get('/v1/payments', { query: { leaseId: id, limit: 100 } });
    const prompts = data.filter(({ kind }) => kind === 'instalment').map(({ requestedAt }) => Date.parse(requestedAt));
    const aDay = new Map<string, number>();
    for (const at of prompts) aDay.set(localDateAt(at, 'UG'), (aDay.get(localDateAt(at, 'UG')) ?? 0) + 1);
    expect(prompts.length).toBeGreaterThan(5);
    expect(Math.max(...aDay.values())).toBeLessThanOrEqual(3);
    for (const at of prompts) expect([8, 13, 18]).toContain(localHourAt(at, 'UG'));
  });

  it('leave hours for prompts', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    const wish = { paymentMethodIds: [customer.paymentMethodId], quietHours: { from: 6, until: 20 } };
    await expect(
      customer.client.post('/v1/leases/{id}/collection', { path: { id }, body: wish }),
    ).rejects.toMatchObject({ status: 422 });
  });
});

describe.concurrent('an operator', () => {
  it('decides an unknown deposit, with a reason, once', async () => {
    const customer = await newCustomer(platform, { digits: '023' });
    const { id } = await leaseIn('awaiting_deposit', customer, staff);
    const unknown = await eventually('an unknown payment', async () =>
      (await payments(customer, id)).find(({ status }) => status === 'unknown'),
    );
    const decision = {
      outcome: 'succeeded',
      providerReference: 'SLIP-1',
      reason: 'seen on the paper statement',
    } as const;
    const decided = await staff.admin.post('/v1/payments/{id}/decide', { path: { id: unknown.id }, body: decision });
    expect(decided).toMatchObject({ status: 'succeeded', providerReference: 'SLIP-1' });
    await leaseThat(customer.client, id, 'paid', ({ status }) => status === 'awaiting_handover');
    await expect(
      staff.admin.post('/v1/payments/{id}/decide', {
        path: { id: unknown.id },
        body: { ...decision, outcome: 'failed' },
      }),
    ).rejects.toMatchObject({ status: 409 });
    await booksBalance();
  });

  it('reverses a payment by a counter-entry: it is owed again', async () => {
    const customer = await newCustomer(platform);
    const before = await leaseIn('active', customer, staff);
    const pay = { amount: { amount: 7_000, currency: 'UGX' } } as const;
    const { id: paymentId } = await customer.client.post('/v1/leases/{id}/pay', { path: { id: before.id }, body: pay });
    await leaseThat(customer.client, before.id, 'paid', ({ paid }) => paid.amount > before.paid.amount);
    const reversed = await staff.admin.post('/v1/payments/{id}/reverse', {
      path: { id: paymentId },
      body: { reason: 'charge-back' },
    });
    expect(reversed.status).toBe('reversed');
    const after = await lease(customer, before.id);
    expect(after).toMatchObject({ paid: before.paid, outstanding: before.outstanding });
    await booksBalance();
  });

  it('reverses a deposit before handover: it is collected again', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('awaiting_handover', customer, staff);
    const [deposit] = await payments(customer, id);
    await staff.admin.post('/v1/payments/{id}/reverse', {
      path: { id: deposit?.id ?? '' },
      body: { reason: 'charge-back' },
    });
    await hoursLater(platform, id, 24);
    await eventually('a second deposit', async () => {
      const all = await payments(customer, id);
      return all.filter(({ kind, status }) => kind === 'deposit' && status === 'succeeded').length === 1 || undefined;
    });
    await leaseThat(customer.client, id, 'waiting for handover again', ({ status }) => status === 'awaiting_handover');
    await booksBalance();
  });
});
