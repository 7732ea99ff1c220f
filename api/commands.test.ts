import { randomUUID } from 'node:crypto';
import { eq, inArray } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts, leases, users } from '#db/schema/index';
import { eventually, MarketplaceClient } from '#dev/client';
import { SimulatorClient } from '#dev/simulator-client';
import { kycNotice } from '#domain/kyc/notice';
import { call } from '#test/api-world';
import { storeDocuments } from '#test/documents';
import { logIn } from '#test/log-in';
import { cast, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { kycWorkflowId } from '#workflows/kyc/messages';
import { leaseWorkflowId } from '#workflows/lease/messages';

let platform: TestPlatform;
let staff: Cast;
let token: string;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
  const body = { email: 'admin@example.com', password: 'rent-to-own' };
  token = (await new MarketplaceClient(platform.url).post('/v1/auth/login', { body })).accessToken;
});
afterAll(() => platform.close());

const post = (path: string, body: unknown, key: string) =>
  call(platform.url, 'POST', path, { token, body, key, headers: {} });
const sum = (amount: number) => ({ amount, currency: 'UGX' }) as const;
const activeLease = async () => leaseIn('active', await newCustomer(platform), staff);
const paidOf = async (id: string) => (await staff.admin.get('/v1/leases/{id}', { path: { id } })).paid.amount;

describe.concurrent('one key for two objects', () => {
  it('reverses both of two payments of one lease', async () => {
    const lease = await activeLease();
    const [one, two] = await Promise.all(
      [3_000, 4_000].map((amount) =>
        staff.agent.post('/v1/payments/cash', {
          body: { leaseId: lease.id, amount: sum(amount), receiptNumber: randomUUID() },
        }),
      ),
    );
    const key = randomUUID();
    const before = await paidOf(lease.id);
    for (const { id } of [one, two].filter((payment) => payment !== undefined)) {
      const answer = await post(`/v1/payments/${id}/reverse`, { reason: 'booked by mistake' }, key);
      expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200, body: { id, status: 'reversed' } });
    }
    expect(before - (await paidOf(lease.id))).toBe(7_000);
  });

  it('takes a part of each of two payments back, once, and another part by another key', async () => {
    const customer = await newCustomer(platform);
    const { id: leaseId } = await leaseIn('active', customer, staff);
    const pays = async () => {
      const body = { amount: sum(10_000) };
      const { id } = await customer.client.post('/v1/leases/{id}/pay', { path: { id: leaseId }, body });
      return eventually('paid', async () => {
        const { data } = await staff.admin.get('/v1/payments', { query: { leaseId, status: 'succeeded' } });
        return data.find((payment) => payment.id === id)?.id;
      });
    };
    const both = [await pays(), await pays()];
    const before = await paidOf(leaseId);
    const takes = (id: string, amount: number, key: string) =>
      post(`/v1/payments/${id}/reverse`, { reason: 'charge-back', amount: sum(amount) }, key);
    const key = randomUUID();
    for (const id of [...both, ...both])
      expect(await takes(id, 3_000, key)).toMatchObject({
        status: 200,
        body: { id, status: 'succeeded', amount: sum(10_000), takenBack: sum(3_000) },
      });
    expect(before - (await paidOf(leaseId))).toBe(6_000);
    const [one = ''] = both;
    expect(await takes(one, 2_000, randomUUID())).toMatchObject({ status: 200, body: { takenBack: sum(5_000) } });
    expect(await takes(one, 6_000, randomUUID())).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'amount.amount', message: 'must be from 1 to 5000, what is left of it' }] },
    });
    expect(before - (await paidOf(leaseId))).toBe(8_000);

    // The second part of it was a slip: the books name it.
    const { data } = await staff.admin.get('/v1/ledger/transfers', { query: { leaseId } });
    const isSlip = ({ kind, cause, entries }: (typeof data)[number]) =>
      kind === 'reversal' && cause['paymentId'] === one && entries.some(({ amount }) => Math.abs(amount) === 2_000);
    const transferId = data.find(isSlip)?.id ?? '';
    const path = { id: one };
    const body = { reason: 'another payment’s', transferId };
    const colleague = { role: 'admin', name: 'Okello', phoneHash: randomUUID() } as const;
    const [user] = await platform.database.db
      .insert(users)
      .values({ ...colleague, id: randomUUID() })
      .returning();
    if (user === undefined) throw new Error('there is no second admin');
    const other = new MarketplaceClient(platform.url, (await logIn(platform.deps, user)).token);
    const again = await other.post('/v1/payments/{id}/book-again', { path, body });
    expect(again).toMatchObject({ status: 'succeeded', takenBack: sum(3_000) });
    expect(before - (await paidOf(leaseId))).toBe(6_000);
  });

  it('resolves both of two items in suspense for one lease', async () => {
    const lease = await activeLease();
    const world = new SimulatorClient(platform.simulators);
    const before = await paidOf(lease.id);
    const accounts = [`NOBODY-${randomUUID()}`, `NOBODY-${randomUUID()}`];
    for (const account of accounts)
      await world.post('/pay-bill', { body: { provider: 'mtn', payer: '+256772999100', account, ...sum(1_500) } });
    const items = await eventually('both in suspense', async () => {
      const { data } = await staff.agent.get('/v1/suspense', { query: { limit: 100 } });
      const ours = data.filter(({ account }) => accounts.includes(account));
      return ours.length === 2 ? ours : undefined;
    });
    const key = randomUUID();
    for (const { id } of items)
      expect(await post(`/v1/suspense/${id}/resolve`, { leaseId: lease.id }, key)).toMatchObject({ status: 200 });
    expect((await paidOf(lease.id)) - before).toBe(3_000);
  });

  it('decides both of two unknown payments of one lease', async () => {
    const lease = await activeLease();
    const { db } = platform.database;
    const [paid] = await db.select().from(attempts).where(eq(attempts.leaseId, lease.id)).limit(1);
    if (paid === undefined) throw new Error('nothing is paid');
    const unknown = { status: 'unknown', callbackHash: null, providerReference: null, transferId: null } as const;
    const ids = [randomUUID(), randomUUID()];
    await db.insert(attempts).values(ids.map((id) => ({ ...paid, ...unknown, id, due: `pay-${id}` })));
    const key = randomUUID();
    const decision = { outcome: 'failed', reason: 'on no statement' };
    for (const id of ids)
      expect(await post(`/v1/payments/${id}/decide`, decision, key)).toMatchObject({ status: 200, body: { id } });
    const decided = await db.select({ status: attempts.status }).from(attempts).where(inArray(attempts.id, ids));
    expect(decided).toEqual([{ status: 'failed' }, { status: 'failed' }]);
  });

  it('pays once, however the id of the lease is written', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    const key = randomUUID();
    // He himself: staff ring nobody at night.
    const pays = (written: string) =>
      call(platform.url, 'POST', `/v1/leases/${written}/pay`, {
        token: customer.token,
        body: { amount: sum(1_000) },
        key,
      });
    const [first, again] = [await pays(id), await pays(id.toUpperCase())];
    expect([first.status, again.status, again.body]).toEqual([202, 202, first.body]);
  });
});

describe('a command', () => {
  const promise = (id: string, key: string) =>
    post(`/v1/leases/${id}/restructure`, { instalments: 30, reason: 'on request' }, key);

  it('that goes on is answered within ten seconds with where to look; the same key gives its result', async () => {
    const { id } = await activeLease();
    const key = randomUUID();
    const { db } = platform.database;
    let began = 0;
    const answer = await db.transaction(async (tx) => {
      await tx.select().from(leases).where(eq(leases.id, id)).for('update');
      began = performance.now();
      return promise(id, key);
    });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(answer.status, JSON.stringify(answer.body)).toBe(202);
    expect(answer.headers.get('location')).toBe(`/v1/leases/${id}`);
    expect(answer.body).toMatchObject({ status: 'under_way', lookAt: `/v1/leases/${id}` });

    const again = await promise(id, key);
    expect(again, JSON.stringify(again.body)).toMatchObject({ status: 200, body: { id, instalmentsTotal: 30 } });
    expect(again.headers.get('idempotent-replay')).toBeNull();
    expect((await promise(id, key)).headers.get('idempotent-replay')).toBe('true');
    const { data } = await staff.admin.get('/v1/leases/{id}/timeline', { path: { id } });
    expect(data.filter(({ type }) => type === 'lease.restructured')).toHaveLength(1);
  });

  it('that gives suspense to a lease whose row is held for long is 503 and changes nothing; it is done once', async () => {
    const { id, paid } = await activeLease();
    const account = `NOBODY-${randomUUID()}`;
    const world = new SimulatorClient(platform.simulators);
    await world.post('/pay-bill', { body: { provider: 'mtn', payer: '+256772999100', account, ...sum(1_500) } });
    const waiting = await eventually('it to be in suspense', async () => {
      const { data } = await staff.agent.get('/v1/suspense', { query: { limit: 100 } });
      return data.find((one) => one.account === account);
    });
    const key = randomUUID();
    const resolve = (by: string) => post(`/v1/suspense/${waiting.id}/resolve`, { leaseId: id }, by);
    const { db } = platform.database;
    await db.transaction(async (tx) => {
      await tx.select().from(leases).where(eq(leases.id, id)).for('update');
      expect(await resolve(key)).toMatchObject({ status: 503 });
    });
    expect(await resolve(key)).toMatchObject({ status: 200, body: { status: 'posted', leaseId: id } });
    expect(await resolve(key)).toMatchObject({ status: 200, body: { status: 'posted', leaseId: id } });
    expect(await resolve(randomUUID())).toMatchObject({ status: 409 });
    expect(await paidOf(id)).toBe(paid.amount + 1_500);
  });

  it('that nobody takes is 503 within ten seconds; the same key is carried out once somebody does', async () => {
    const { id } = await activeLease();
    const key = randomUUID();
    await platform.withoutWorkers(async () => {
      const began = performance.now();
      const answer = await promise(id, key);
      expect(performance.now() - began).toBeLessThan(10_000);
      expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    });
    expect(await promise(id, key)).toMatchObject({ status: 200, body: { instalmentsTotal: 30 } });
  });

  it('to a lease that an operator holds up is 409, and done when it goes on', async () => {
    const { id } = await activeLease();
    const key = randomUUID();
    const { workflowService, options } = platform.temporal;
    const lease = { namespace: options.namespace, workflowId: leaseWorkflowId(id), identity: 'operator' };
    await workflowService.pauseWorkflowExecution({ ...lease, reason: 'looking into it', requestId: randomUUID() });
    expect(await promise(id, key)).toMatchObject({ status: 409, body: { code: 'paused_by_operator' } });
    await workflowService.unpauseWorkflowExecution({ ...lease, reason: 'looked into it', requestId: randomUUID() });
    // On a busy server nobody takes it within ten seconds, and the answer says to send it again.
    const done = await eventually('it to be done', async () => {
      const answer = await promise(id, key);
      return answer.status === 503 ? undefined : answer;
    });
    expect(done).toMatchObject({ status: 200, body: { instalmentsTotal: 30 } });
  });

  it('that would start an identity check which an operator holds up is 409 too, and taken when it goes on', async () => {
    const { id, token } = await newCustomer(platform, { verified: false });
    const submit = async (documentNumber: string) => {
      const documents = await storeDocuments(platform.deps, id, ['idFront', 'idBack', 'selfie']);
      const consent = { granted: true, noticeVersion: kycNotice.noticeVersion };
      const body = { documentType: 'nationalId', documentNumber, country: 'UG', consent, documents };
      return call(platform.url, 'POST', '/v1/kyc/submissions', { token, body, key: randomUUID(), headers: {} });
    };
    // Nobody answers the first check: it goes on.
    expect(await submit('CM940001234400')).toMatchObject({ status: 202 });
    const { workflowService, options } = platform.temporal;
    const check = { namespace: options.namespace, workflowId: kycWorkflowId(id), identity: 'operator' };
    await workflowService.pauseWorkflowExecution({ ...check, reason: 'looking into it', requestId: randomUUID() });
    expect(await submit('CM940001235ABC')).toMatchObject({ status: 409, body: { code: 'paused_by_operator' } });
    await workflowService.unpauseWorkflowExecution({ ...check, reason: 'looked into it', requestId: randomUUID() });
    await eventually('it to be looked at', async () => {
      const { body } = await submit('CM940001236ABC');
      return JSON.stringify(body).includes('"conflict"') ? true : undefined;
    });
  });
});
