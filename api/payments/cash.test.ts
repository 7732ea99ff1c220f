import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { attempts, idempotencyKeys } from '#db/schema/index';
import { addDays, localDateAt } from '#domain/calendar';
import { MarketplaceClient } from '#dev/client';
import { call } from '#test/api-world';
import { cast, hoursLater, leaseIn, newChoice, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
let staff: Cast;
const tokens: Record<string, string> = {};
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
  for (const role of ['agent', 'admin']) {
    const body = { email: `${role}@example.com`, password: 'rent-to-own' };
    tokens[role] = (await new MarketplaceClient(platform.url).post('/v1/auth/login', { body })).accessToken;
  }
});
afterAll(() => platform.close());

const post = (path: string, body: object, role = 'agent', key = randomUUID()) =>
  call(platform.url, 'POST', path, { token: tokens[role], body, key });
const cash = (leaseId: string, receiptNumber: string, amount = 5_000, more: object = {}) =>
  post('/v1/payments/cash', { leaseId, receiptNumber, amount: { amount, currency: 'UGX' }, ...more });
const payment = z.object({ id: z.string() });
const activeLease = async () => leaseIn('active', await newCustomer(platform), staff);
/** Of a receipt that no other test has, nor another try of the same one. */
const ownNumber = () => String((numbers += 1));
let numbers = 10;
const wide = (text: string) => text.replaceAll(/./g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0));
const refused = (status: number, path: string) => ({ status, body: { errors: [{ path }] } });

describe.concurrent('a receipt', () => {
  it('is one payment however its number is written', async () => {
    const lease = await activeLease();
    const no = ownNumber();
    const first = await cash(lease.id, `KLA-${no}`);
    expect(first.status, JSON.stringify(first.body)).toBe(201);
    for (const written of [`kla-${no}`, `KLA${no}`, ` Kla / ${no} `, wide(`KLA${no}`)])
      expect(await cash(lease.id, written), written).toMatchObject({ status: 200, body: first.body });
    expect(await cash(lease.id, `kla${no}`, 6_000)).toMatchObject({ status: 409, body: { code: 'receipt_conflict' } });
    expect(await cash(lease.id, '--/--')).toMatchObject(refused(400, 'receiptNumber'));
    const amount = { amount: 1_000, currency: 'UGX' };
    const back = await post(`/v1/leases/${lease.id}/return-credit`, { amount, receiptNumber: '--/--' });
    expect(back, 'cash that goes back').toMatchObject(refused(400, 'receiptNumber'));
    const rows = await platform.database.db.select().from(attempts);
    expect(rows.filter(({ receiptNormal }) => receiptNormal === `KLA${no}`)).toMatchObject([
      { receiptNumber: `KLA-${no}` },
    ]);
  });

  it('that is said ten times at once is created once', async () => {
    const lease = await activeLease();
    const no = ownNumber();
    const written = Array.from({ length: 10 }, (_, i) => (i % 2 ? `R ${no}` : `r-${no}`));
    const answers = await Promise.all(written.map((receipt) => cash(lease.id, receipt)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => b - a)).toEqual([201, ...Array(9).fill(200)]);
    expect(new Set(answers.map(({ body }) => payment.parse(body).id)).size).toBe(1);
    const { data } = await staff.agent.get('/v1/payments', { query: { leaseId: lease.id, kind: 'cash' } });
    expect(data).toHaveLength(1);
  });

  it('of cash that was taken back has its first answer, where it is said again by the same request', async () => {
    const lease = await activeLease();
    const receiptNumber = `BACK-${ownNumber()}`;
    const said = { leaseId: lease.id, receiptNumber, amount: { amount: 5_000, currency: 'UGX' } };
    const key = randomUUID();
    const { id } = payment.parse((await post('/v1/payments/cash', said, 'agent', key)).body);
    await post(`/v1/payments/${id}/reverse`, { reason: 'counted twice' }, 'admin');
    // Whoever took it died before he kept the answer.
    const died = { status: null, response: null, lockedUntil: new Date(0) };
    await platform.database.db.update(idempotencyKeys).set(died).where(eq(idempotencyKeys.key, key));
    const again = await post('/v1/payments/cash', said, 'agent', key);
    expect(again).toMatchObject({ status: 201, body: { id, status: 'reversed' } });
    expect(await cash(lease.id, receiptNumber), 'the receipt is free again').toMatchObject({ status: 201 });
  });

  it('tells the day on which the cash was taken', async () => {
    const lease = await activeLease();
    const today = localDateAt(Date.parse(lease.asOf), 'UG');
    const receipt = `TODAY-${ownNumber()}`;
    const taken = await cash(lease.id, receipt, 5_000, { paidOn: today });
    expect(taken, JSON.stringify(taken.body)).toMatchObject({ status: 201, body: { valueOn: today } });
    const again = await cash(lease.id, receipt, 5_000, { paidOn: today });
    expect(again).toMatchObject({ status: 200, body: taken.body as object });
    expect(await cash(lease.id, receipt, 5_000)).toMatchObject({ status: 200, body: taken.body as object });
    const otherDay = await cash(lease.id, receipt, 5_000, { paidOn: addDays(today, -1) });
    expect(otherDay).toMatchObject({ status: 409, body: { code: 'receipt_conflict' } });
    for (const day of [addDays(today, 2), addDays(today, -2), addDays(today, -40)])
      expect(await cash(lease.id, `D-${day}`, 5_000, { paidOn: day }), day).toMatchObject(refused(422, 'paidOn'));
    expect(await cash(lease.id, 'D-0', 5_000, { paidOn: '2026-02-30' })).toMatchObject(refused(400, 'paidOn'));
  });
});

it('an earlier day counts at once, and somebody else confirms or rejects it', async () => {
  const lease = await activeLease();
  await hoursLater(platform, lease.id, 5 * 24);
  const claimedOn = localDateAt(Date.parse(lease.asOf), 'UG');
  const today = addDays(claimedOn, 5);
  const receipt = `LATE-${ownNumber()}`;
  const taken = await cash(lease.id, receipt, 5_000, { paidOn: claimedOn });
  expect(taken).toMatchObject({ status: 201, body: { valueOn: claimedOn, claimedOn } });
  expect(await cash(lease.id, receipt, 5_000, { paidOn: claimedOn })).toMatchObject({ status: 200 });
  expect(await cash(lease.id, receipt, 5_000, { paidOn: today })).toMatchObject({ status: 409 });
  const { id: paymentId } = payment.parse(taken.body);
  const { data } = await staff.agent.get('/v1/cases', { query: { paymentId } });
  expect(data).toMatchObject([{ kind: 'backdated_cash', status: 'open' }]);
  const close = (body: object, role: string) =>
    post(`/v1/cases/${data[0]?.id}/close`, { resolution: 'the counterfoil says so', ...body }, role);
  expect(await close({}, 'admin')).toMatchObject(refused(422, 'decision'));
  for (const decision of ['confirmed', 'rejected'])
    expect(await close({ decision }, 'agent')).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  expect(await close({ decision: 'rejected', paidOn: claimedOn }, 'admin')).toMatchObject(refused(400, 'paidOn'));
  expect(await close({ decision: 'confirmed' }, 'admin')).toMatchObject({ status: 200, body: { status: 'closed' } });
  const { body } = await call(platform.url, 'GET', `/v1/payments/${paymentId}`, { token: tokens['admin'] });
  expect(body).toMatchObject({ valueOn: claimedOn, claimedOn });
  expect(await close({ decision: 'rejected' }, 'admin')).toMatchObject({ status: 409 });

  await cash(lease.id, `LATE-${ownNumber()}`, 5_000, { paidOn: claimedOn });
  const open = await staff.agent.get('/v1/cases', { query: { leaseId: lease.id, status: 'open' } });
  const no = { decision: 'rejected', resolution: 'no counterfoil' };
  const rejected = await post(`/v1/cases/${open.data[0]?.id}/close`, no, 'admin');
  expect(rejected).toMatchObject({ status: 200, body: { status: 'closed', resolution: 'no counterfoil' } });
  const { data: payments } = await staff.agent.get('/v1/payments', { query: { leaseId: lease.id, kind: 'cash' } });
  expect(payments.map(({ valueOn }) => valueOn)).toEqual([today, claimedOn]);
});

describe.concurrent('a sum that nobody can pay is refused, by name', () => {
  const sum = { amount: 1, currency: 'KES' };

  it('on a lease', async () => {
    const lease = await leaseIn('active', await newCustomer(platform, { provider: 'mpesa' }), staff, { market: 'KE' });
    const on = addDays(localDateAt(Date.parse(lease.asOf), 'KE'), 3);
    const tries: readonly [string, object][] = [
      ['/v1/payments/cash', { leaseId: lease.id, amount: sum, receiptNumber: 'CENT-1' }],
      [`/v1/leases/${lease.id}/pay`, { amount: sum }],
      [`/v1/leases/${lease.id}/promise`, { on, amount: sum }],
      [`/v1/leases/${lease.id}/waive-fees`, { amount: sum, reason: 'kindness' }],
      [`/v1/leases/${lease.id}/return-credit`, { amount: sum, receiptNumber: 'CENT-2' }],
      [`/v1/leases/${lease.id}/keeping-costs`, { amount: sum, reason: 'towed' }],
    ];
    for (const [path, body] of tries) expect(await post(path, body), path).toMatchObject(refused(422, 'amount.amount'));
    const whole = { amount: 100_00, currency: 'KES' };
    const insurance = { amount: sum, reference: 'Claim 7' };
    const named: readonly [string, string, object][] = [
      ['proceeds.amount', 'sell-vehicle', { proceeds: sum, reference: 'Auction 7' }],
      ['costs.amount', 'sell-vehicle', { proceeds: whole, costs: sum, reference: 'Auction 7' }],
      ['insurance.amount.amount', 'write-off', { reason: 'gone', insurance }],
      ['insurance.amount.amount', 'total-loss', { reason: 'gone', insurance }],
    ];
    for (const [field, verb, body] of named)
      expect(await post(`/v1/leases/${lease.id}/${verb}`, body, 'admin'), field).toMatchObject(refused(422, field));
    const other = { proceeds: { amount: 100, currency: 'UGX' }, reference: 'Auction 7' };
    expect(await post(`/v1/leases/${lease.id}/sell-vehicle`, other, 'admin')).toMatchObject(
      refused(422, 'proceeds.currency'),
    );
  });

  it('of a vehicle, a plan and a remittance', async () => {
    const { vehicleId } = await newChoice(staff.admin, { market: 'KE' });
    const price = { amount: 15_050, currency: 'KES' };
    const change = (body: object) =>
      call(platform.url, 'PATCH', `/v1/vehicles/${vehicleId}`, { token: tokens['admin'], body });
    expect(await change({ price })).toMatchObject(refused(422, 'price.amount'));
    const { data } = await staff.admin.get('/v1/plans', { query: { market: 'KE' } });
    const [sample] = data;
    if (sample === undefined) throw new Error('no plan');
    const { id, active: _active, ...plan } = sample;
    const fees = [
      ['lateFee.amount', { amount: 15_050, cap: 90_000 }],
      ['lateFee.cap', { amount: 15_000, cap: 90_050 }],
    ] as const;
    for (const [path, lateFee] of fees) {
      const made = await post('/v1/plans', { ...plan, name: `Fees ${path}`, lateFee }, 'admin');
      expect(made, JSON.stringify(made.body)).toMatchObject(refused(422, path));
      const changed = await call(platform.url, 'PATCH', `/v1/plans/${id}`, {
        token: tokens['admin'],
        body: { lateFee },
      });
      expect(changed).toMatchObject(refused(422, path));
    }
    const hand = await staff.agent.get('/v1/me');
    expect(await post(`/v1/agents/${hand.id}/remittances`, { amount: sum })).toMatchObject(
      refused(422, 'amount.amount'),
    );
    const lost = { amount: sum, reason: 'stolen' };
    expect(await post(`/v1/agents/${hand.id}/losses`, lost, 'admin')).toMatchObject(refused(422, 'amount.amount'));
  });
});

describe('an agent’s cash has more than one pair of eyes', () => {
  const member = async (role: 'agent' | 'admin') => {
    const body = { email: `${randomUUID()}@example.com`, password: 'rent-to-own', name: 'Okello', role } as const;
    const { id } = await staff.admin.post('/v1/users', { body });
    const { email, password } = body;
    tokens[id] = (
      await new MarketplaceClient(platform.url).post('/v1/auth/login', { body: { email, password } })
    ).accessToken;
    return id;
  };
  const sum = (amount: number) => ({ amount, currency: 'UGX' });
  const floatAfter = (id: string) => staff.admin.get('/v1/agents/{id}/float', { path: { id } });
  const casesOf = async (agentId: string) => {
    const { data } = await staff.admin.get('/v1/cases', { query: { kind: 'float_without_agent', limit: 100 } });
    return data.filter(({ detail }) => detail['agentId'] === agentId);
  };
  const declare = async (agentId: string, amount: number, by: string) => {
    const { status, body } = await post(`/v1/agents/${agentId}/remittances`, { amount: sum(amount) }, by);
    expect(status, JSON.stringify(body)).toBe(201);
    expect(body).toMatchObject({ declaredBy: by === 'admin' ? (await staff.admin.get('/v1/me')).id : by });
    return `/v1/agents/${agentId}/remittances/${payment.parse(body).id}`;
  };

  it('whoever declares it for him does not confirm it, and what he holds when he is disabled is a case', async () => {
    const [agentId, second] = await Promise.all([member('agent'), member('admin')]);
    const lease = await activeLease();
    const taken = { leaseId: lease.id, receiptNumber: 'EYES-1', amount: sum(300_000) };
    expect((await post('/v1/payments/cash', taken, agentId)).status).toBe(201);
    const first = await declare(agentId, 200_000, 'admin');
    const samePerson = { status: 403, body: { code: 'same_person' } };
    expect(await post(`${first}/confirm`, {}, 'admin')).toMatchObject(samePerson);
    expect(await post(`${first}/reject`, { reason: 'mine' }, 'admin')).toMatchObject(samePerson);
    expect(await post(`${first}/confirm`, {}, second)).toMatchObject({ status: 200, body: { status: 'confirmed' } });
    const unfound = await declare(agentId, 50_000, 'admin');
    expect(await post(`${unfound}/reject`, {}, second)).toMatchObject({
      status: 200,
      body: { status: 'rejected', reason: null },
    });

    const disable = (disabled: boolean) =>
      call(platform.url, 'PATCH', `/v1/users/${agentId}`, { token: tokens['admin'], body: { disabled } });
    expect((await disable(true)).status).toBe(200);
    expect(await casesOf(agentId)).toMatchObject([{ status: 'open', detail: { balance: sum(100_000) } }]);
    await disable(false);
    expect(await casesOf(agentId)).toMatchObject([{ status: 'closed' }]);
    await disable(true);

    // 95,000 of the 100,000 are found.
    const houseLoss = async () =>
      (await staff.admin.get('/v1/ledger/accounts', { query: { name: 'cash:lost' } })).data.at(0)?.balance ?? 0;
    const lostBefore = await houseLoss();
    await post(`${await declare(agentId, 95_000, second)}/confirm`, {}, 'admin');
    const lost = (amount: number, by: string, key = randomUUID()) =>
      post(`/v1/agents/${agentId}/losses`, { amount: sum(amount), reason: 'stolen with his bag' }, by, key);
    expect(await lost(5_001, 'admin')).toMatchObject(refused(422, 'amount.amount'));
    expect((await lost(5_000, 'agent')).status).toBe(403);
    const key = randomUUID();
    expect((await lost(5_000, 'admin', key)).status).toBe(200);
    expect((await lost(5_000, 'admin', key)).status).toBe(200);
    expect((await floatAfter(agentId)).balances).toContainEqual(expect.objectContaining({ balance: sum(0) }));
    expect((await casesOf(agentId)).map(({ status }) => status)).toEqual(['closed', 'closed']);
    expect(await houseLoss()).toBe(lostBefore + 5_000);
  });

  it('an admin does not book what he has lost himself', async () => {
    const { id } = await staff.admin.get('/v1/me');
    const body = { amount: sum(1_000), reason: 'my own' };
    expect(await post(`/v1/agents/${id}/losses`, body, 'admin')).toMatchObject({
      status: 403,
      body: { code: 'same_person' },
    });
  });
});

it('a vehicle is not handed over with fewer kilometres than it had', async () => {
  const choice = await newChoice(staff.admin);
  await staff.admin.patch('/v1/vehicles/{id}', { path: { id: choice.vehicleId }, body: { odometerKm: 50_000 } });
  const lease = await leaseIn('awaiting_handover', await newCustomer(platform), staff, choice);
  const handover = (odometerKm: number) => post(`/v1/leases/${lease.id}/handover`, { odometerKm });
  expect(await handover(12)).toMatchObject(refused(422, 'odometerKm'));
  expect(await handover(50_000)).toMatchObject({ status: 200, body: { status: 'active' } });
});
