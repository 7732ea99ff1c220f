import { afterAll, beforeAll, expect, it } from 'vitest';
import { and, eq } from 'drizzle-orm';
import { notifications, users } from '#db/schema/index';
import { eventually } from '#dev/client';
import type { Customer } from '#dev/journey';
import { logIn } from '#test/log-in';
import { cast, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { currentStanding } from '#workflows/lease/messages';

/** A customer hears of what others change of what he has paid, or owes, so that he can object. */
let platform: TestPlatform;
let staff: Cast;
let otherAdmin: Cast['admin'];
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
  const person = { role: 'admin', name: 'Second', email: 'second@example.com', password: 'rent-to-own-2' } as const;
  const { id } = await staff.admin.post('/v1/users', { body: person });
  const [user] = await platform.deps.db.select().from(users).where(eq(users.id, id));
  if (user === undefined) throw new Error('there is no second admin');
  otherAdmin = staff.admin.as((await logIn(platform.deps, user)).token);
});
afterAll(() => platform.close());

const ugx = (amount: number) => ({ amount, currency: 'UGX' }) as const;
/** All that a customer was told of his account, once there are so many, newest last. */
const told = ({ client }: Customer, count: number) =>
  eventually(`${count} texts`, async () => {
    const { data } = await client.get('/v1/notifications', { query: { limit: 100 } });
    const its = data.filter(({ kind }) => kind === 'account_changed').map(({ body }) => body);
    return its.length < count ? undefined : its.toReversed();
  });
const cash = (leaseId: string, amount: number, receiptNumber: string, by = staff.agent) =>
  by.post('/v1/payments/cash', { body: { leaseId, amount: ugx(amount), receiptNumber } });
const casesOf = async (leaseId: string) => {
  const { data } = await staff.agent.get('/v1/cases', { query: { leaseId, status: 'open' } });
  return data.map(({ kind }) => kind);
};

it('cash with its receipt, and that it was taken back', async () => {
  const customer = await newCustomer(platform);
  const { id, reference } = await leaseIn('active', customer, staff);
  const taken = await cash(id, 5_000, 'KLA-17');
  await staff.admin.post('/v1/payments/{id}/reverse', { path: { id: taken.id }, body: { reason: 'counted twice' } });
  const [received, back] = await told(customer, 2);
  expect(received).toContain('5,000 UGX in cash (receipt KLA-17)');
  expect(received).toContain(reference);
  expect(back).toContain('5,000 UGX');
  expect(back).toContain('taken back');
  expect(await casesOf(id), 'whoever took the cash back knows of it').toEqual([]);
});

it('cash for his deposit, of which it says what is left: he owes his lines as well', async () => {
  const customer = await newCustomer(platform, { digits: '012' });
  const { id, deposit } = await leaseIn('awaiting_deposit', customer, staff);
  await cash(id, deposit.amount, 'KLA-21');
  const [received] = await told(customer, 1);
  expect(received).toContain(' 0 UGX of the deposit is left to pay.');
});

it('lines that a provider takes back, which are a case', async () => {
  const customer = await newCustomer(platform);
  const { id } = await leaseIn('active', customer, staff);
  const paid = await customer.client.post('/v1/leases/{id}/pay', { path: { id }, body: { amount: ugx(7_000) } });
  await eventually('paid', async () => {
    const { data } = await staff.agent.get('/v1/payments', { query: { leaseId: id } });
    return data.find((one) => one.id === paid.id && one.status === 'succeeded');
  });
  await staff.admin.post('/v1/payments/{id}/reverse', { path: { id: paid.id }, body: { reason: 'a chargeback' } });
  const [back] = await told(customer, 1);
  expect(back).toContain('7,000 UGX');
  expect(await casesOf(id)).toEqual(['owed_again']);
  await otherAdmin.post('/v1/payments/{id}/book-again', { path: { id: paid.id }, body: { reason: 'a slip' } });
  expect((await told(customer, 2))[1]).toContain('7,000 UGX was booked');
  expect(await casesOf(id)).toEqual([]);
});

it('a deposit that is taken back, booked again and taken back again: before each prompt', async () => {
  const customer = await newCustomer(platform);
  const { id } = await leaseIn('awaiting_handover', customer, staff);
  const { data } = await staff.agent.get('/v1/payments', { query: { leaseId: id, kind: 'deposit' } });
  const path = { id: data[0]?.id ?? '' };
  const notices = async () => {
    const isTold = and(eq(notifications.leaseId, id), eq(notifications.template, 'deposit_owed_again'));
    return platform.deps.db.$count(notifications, isTold);
  };
  const reverse = () => staff.admin.post('/v1/payments/{id}/reverse', { path, body: { reason: 'a chargeback' } });
  await reverse();
  await eventually('a notice', async () => (await notices()) === 1 || undefined);
  await otherAdmin.post('/v1/payments/{id}/book-again', { path, body: { reason: 'a slip' } });
  await eventually('a lease that has heard of it', async () => {
    const standing = await platform.temporal.workflow.getHandle(`lease-${id}`).query(currentStanding);
    return standing?.depositDue === 0 || undefined;
  });
  await reverse();
  await eventually('another notice', async () => (await notices()) === 2 || undefined);
  // Before the lease hears of it.
  await otherAdmin.post('/v1/payments/{id}/book-again', { path, body: { reason: 'a slip' } });
  await reverse();
  await eventually('a third notice', async () => (await notices()) === 3 || undefined);
  await reverse();
  expect(await notices()).toBe(3);
});

it('what he paid from his phone for the wrong one of his leases, which an admin moves', async () => {
  const customer = await newCustomer(platform);
  const wrong = await leaseIn('active', customer, staff);
  const right = await leaseIn('active', customer, staff);
  const paidOf = async ({ id }: { readonly id: string }) =>
    (await staff.agent.get('/v1/leases/{id}', { path: { id } })).paid.amount;
  const before = [await paidOf(wrong), await paidOf(right)] as const;
  const path = { id: wrong.id };
  const paid = await customer.client.post('/v1/leases/{id}/pay', { path, body: { amount: ugx(7_000) } });
  await eventually('paid', async () => ((await paidOf(wrong)) > before[0] ? true : undefined));
  const move = { path: { id: paid.id }, body: { leaseId: right.id, reason: 'he has two' } };
  await expect(staff.agent.post('/v1/payments/{id}/move', move)).rejects.toMatchObject({ status: 403 });
  for (const _ of [1, 2])
    expect(await staff.admin.post('/v1/payments/{id}/move', move)).toMatchObject({ leaseId: right.id });
  expect([await paidOf(wrong), await paidOf(right)]).toEqual([before[0], before[1] + 7_000]);
  const texts = await told(customer, 2);
  for (const { reference } of [wrong, right]) expect(texts.filter((text) => text.includes(reference))).toHaveLength(1);
  const none = { ...move, body: { leaseId: paid.id, reason: 'a slip' } };
  await expect(staff.admin.post('/v1/payments/{id}/move', none)).rejects.toMatchObject({ status: 422 });
});

it('credit that was paid out in cash, and that it never was', async () => {
  const customer = await newCustomer(platform);
  const wish = { price: ugx(200_000), terms: { instalments: 2 } };
  const { id, outstanding } = await leaseIn('active', customer, staff, wish);
  await cash(id, outstanding.amount + 5_000, 'KLA-18');
  await cash((await leaseIn('active', await newCustomer(platform), staff)).id, 9_000, 'KLA-19', staff.admin);
  const isOpen = () =>
    eventually('a case', async () => (await casesOf(id)).find((kind) => kind === 'credit_to_return'));
  await isOpen();
  const out = { amount: ugx(5_000), receiptNumber: 'OUT-1' };
  await staff.admin.post('/v1/leases/{id}/return-credit', { path: { id }, body: out });
  expect((await told(customer, 2))[1]).toContain('5,000 UGX');
  const { data } = await staff.agent.get('/v1/payments', { query: { leaseId: id, kind: 'refund' } });
  const refund = { path: { id: data[0]?.id ?? '' }, body: { reason: 'he never had it' } };
  await expect(staff.admin.post('/v1/payments/{id}/reverse', refund)).rejects.toMatchObject({ status: 403 });
  expect(await otherAdmin.post('/v1/payments/{id}/reverse', refund)).toMatchObject({ status: 'reversed' });
  await isOpen();
  const texts = await told(customer, 3);
  expect(texts[1]).toContain('(receipt OUT-1). If you did not get it, call us at once');
  expect(texts[2]).toContain('is yours still');
  expect((await staff.agent.get('/v1/leases/{id}', { path: { id } })).credit.amount).toBe(5_000);
});
