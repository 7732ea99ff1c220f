import { eq } from 'drizzle-orm';
import { Client } from '@temporalio/client';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inbound, leases } from '#db/schema/index';
import { eventually } from '#dev/client';
import { leaseThat, proveIdentity, reallyCharged } from '#dev/journey';
import { commandLease } from '#steering/command-lease';
import { cast, hoursLater, isOver, leaseIn, newChoice, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { booksChanged } from './messages.ts';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
});
afterAll(() => platform.close());

const DAY = 24;

describe.concurrent('every wait has a deadline', () => {
  it.each([
    ['verifying', 30 * DAY],
    ['offered', 72],
    ['reserved', 48],
  ] as const)('%s lapses after %i hours, not before, and gives the vehicle back', async (status, hours) => {
    const customer = await newCustomer(platform, { verified: status !== 'verifying' });
    const { id, vehicleId } = await leaseIn(status, customer, staff);
    await hoursLater(platform, id, hours - 1);
    expect((await customer.client.get('/v1/leases/{id}', { path: { id } })).status).toBe(status);
    await hoursLater(platform, id, 2);
    await leaseThat(customer.client, id, 'lapsed', (lease) => lease.status === 'lapsed');
    expect((await customer.client.get('/v1/vehicles/{id}', { path: { id: vehicleId } })).status).toBe('available');
    await expect(customer.client.post('/v1/leases/{id}/accept-offer', { path: { id } })).rejects.toMatchObject({
      status: 409,
    });
  });

  it.each([
    ['reserved', 48],
    ['awaiting_deposit', 72],
  ] as const)('%s lapses later by what an agent has given, and not before', async (status, hours) => {
    const customer = await newCustomer(platform, { digits: '010' });
    const { id, vehicleId } = await leaseIn(status, customer, staff);
    const waits = await newCustomer(platform);
    await waits.client.post('/v1/vehicles/{id}/waiting', { path: { id: vehicleId }, body: {} });
    const give = (count: number) =>
      staff.agent.post('/v1/leases/{id}/extend-hold', {
        path: { id },
        body: { hours: count, reason: 'is travelling' },
      });
    await expect(give(25)).rejects.toMatchObject({ status: 409, code: 'extension_refused' });
    expect((await give(24)).holdExtendedUntil).not.toBeNull();
    for (const [who, told] of [
      [waits, 'turn_delayed'],
      [customer, 'hold_extended'],
    ] as const)
      await eventually('what each is told', async () => {
        const { data } = await who.client.get('/v1/notifications');
        return data.find(({ kind }) => kind === told);
      });
    await hoursLater(platform, id, hours + 22);
    expect((await customer.client.get('/v1/leases/{id}', { path: { id } })).status).toBe(status);
    await hoursLater(platform, id, 4);
    await leaseThat(customer.client, id, 'lapsed', (lease) => lease.status === 'lapsed');
    // Released to whoever waits, with a deadline of his own.
    const { places } = await waits.client.get('/v1/vehicles/{id}/waiting', { path: { id: vehicleId } });
    expect(places).toMatchObject([{ status: 'called', until: expect.any(String) }]);
  });

  it('awaiting_deposit lapses when nobody pays, and gives the vehicle back', async () => {
    const customer = await newCustomer(platform, { digits: '010' });
    const { id, vehicleId } = await leaseIn('awaiting_deposit', customer, staff);
    await hoursLater(platform, id, 73);
    await leaseThat(customer.client, id, 'lapsed', (lease) => lease.status === 'lapsed');
    expect((await customer.client.get('/v1/vehicles/{id}', { path: { id: vehicleId } })).status).toBe('available');
    const { data } = await customer.client.get('/v1/payments', { query: { leaseId: id, limit: 100 } });
    expect(data.every(({ status, reason }) => status === 'failed' && reason === 'no_funds')).toBe(true);
    expect(data.map(({ attempt }) => attempt).toSorted((a, b) => a - b)).toEqual(data.map((_, i) => i + 1));
  });

  it('awaiting_deposit is over in the moment in which the deposit is paid, and the vehicle may be handed over', async () => {
    const customer = await newCustomer(platform, { digits: '010' });
    const { id, vehicleId, deposit: amount } = await leaseIn('awaiting_deposit', customer, staff);
    await staff.agent.post('/v1/payments/cash', { body: { leaseId: id, amount, receiptNumber: id } });
    expect((await customer.client.get('/v1/leases/{id}', { path: { id } })).status).toBe('awaiting_handover');
    const { odometerKm: read } = await staff.agent.get('/v1/vehicles/{id}', { path: { id: vehicleId } });
    const odometerKm = read ?? 0;
    const lease = await staff.agent.post('/v1/leases/{id}/handover', { path: { id }, body: { odometerKm } });
    expect(lease.status).toBe('active');
  });

  it('awaiting_deposit refuses nothing for good while nobody says whether it has heard what the books let it do', async () => {
    const customer = await newCustomer(platform, { digits: '010' });
    const { id } = await leaseIn('awaiting_deposit', customer, staff);
    const { db } = platform.deps;
    // As the transaction that books the deposit leaves it, while the worker is too busy to answer.
    await db.update(leases).set({ status: 'awaiting_handover' }).where(eq(leases.id, id));
    const silent = new Client({
      ...platform.temporal.options,
      interceptors: { workflow: [{ query: () => Promise.reject(new Error('nobody answers')) }] },
    });
    const actor = { role: 'agent', id: uuidv7() } as const;
    const order = commandLease({ db, temporal: silent }, id, 'handOver', { actor, odometerKm: 90_000 });
    await expect(order).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 });
    await db.update(leases).set({ status: 'awaiting_deposit' }).where(eq(leases.id, id));
  });

  it('awaiting_deposit does not lapse while the deposit is unknown', async () => {
    const customer = await newCustomer(platform, { digits: '023' });
    const { id } = await leaseIn('awaiting_deposit', customer, staff);
    await hoursLater(platform, id, 80);
    const { data } = await customer.client.get('/v1/payments', { query: { leaseId: id } });
    expect(data.map(({ status }) => status)).toEqual(['unknown']);
    expect((await customer.client.get('/v1/leases/{id}', { path: { id } })).status).toBe('awaiting_deposit');
  });

  it('awaiting_deposit lapses while less than the deposit is unknown', async () => {
    const customer = await newCustomer(platform, { digits: '010' });
    const { id, vehicleId } = await leaseIn('awaiting_deposit', customer, staff);
    const { phone } = await newCustomer(platform, { digits: '023', verified: false });
    const method = await customer.client.post('/v1/payment-methods', { body: { provider: 'mtn', phone } });
    const some = { amount: { amount: 1_000, currency: 'UGX' }, paymentMethodId: method.id } as const;
    const payment = await customer.client.post('/v1/leases/{id}/pay', { path: { id }, body: some });
    await eventually('a payment in doubt', async () => {
      const { status } = await customer.client.get('/v1/payments/{id}', { path: { id: payment.id } });
      return status === 'unknown' || undefined;
    });
    await hoursLater(platform, id, 80);
    await leaseThat(customer.client, id, 'lapsed', (lease) => lease.status === 'lapsed');
    expect((await customer.client.get('/v1/vehicles/{id}', { path: { id: vehicleId } })).status).toBe('available');
  });

  it('awaiting_deposit does not lapse while the deposit is in suspense, and does as soon as it is not', async () => {
    const customer = await newCustomer(platform, { digits: '010' });
    const { id, reference, deposit } = await leaseIn('awaiting_deposit', customer, staff);
    const { db, sql } = platform.database;
    // What comes later than the signature's own look is nobody's to place by itself.
    await eventually('the signature to be heard', async () => {
      const [last] = await sql<{ heard: boolean }[]>`
        select o.position <= r.position as heard from events.outbox o, events.readers r
        where r.name = 'payments' and r.subject is null and o.lease_id = ${id} and o.type = 'lease.signed'`;
      return last?.heard === true ? true : undefined;
    });
    const [inboundId, paidAt] = [uuidv7(), new Date()];
    const money = { provider: 'mtn', receipt: inboundId, market: 'UG', payerMasked: 'x', currency: 'UGX' } as const;
    await db
      .insert(inbound)
      .values({ id: inboundId, ...money, amount: deposit.amount, account: reference, paidAt, status: 'suspense' });
    const status = async () => (await customer.client.get('/v1/leases/{id}', { path: { id } })).status;
    const looks = async () => {
      const { events } = await platform.temporal.workflow.getHandle(`lease-${id}`).fetchHistory();
      return events?.filter(
        ({ activityTaskScheduledEventAttributes: of }) => of?.activityType?.name === 'endApplication',
      ).length;
    };
    await hoursLater(platform, id, 80);
    expect(await status()).toBe('awaiting_deposit');
    expect(await looks()).toBeGreaterThan(4);
    expect(await looks()).toBeLessThan(12);
    await db.update(inbound).set({ account: 'ANOTHER' }).where(eq(inbound.id, inboundId));
    await platform.temporal.workflow.getHandle(`lease-${id}`).signal(booksChanged);
    await leaseThat(customer.client, id, 'lapsed', (lease) => lease.status === 'lapsed');
  });

  it('awaiting_handover lapses at last, gives the vehicle back and refunds the deposit', async () => {
    const customer = await newCustomer(platform);
    const { id, vehicleId, deposit } = await leaseIn('awaiting_handover', customer, staff);
    const place = { api: platform.url, simulators: platform.simulators };
    expect(await reallyCharged(place, customer.phone)).toBe(deposit.amount);
    await hoursLater(platform, id, 31 * DAY);
    await leaseThat(customer.client, id, 'refunded', (lease) => lease.status === 'lapsed' && lease.credit.amount === 0);
    expect((await customer.client.get('/v1/vehicles/{id}', { path: { id: vehicleId } })).status).toBe('available');
    expect(await reallyCharged(place, customer.phone)).toBe(0);
  });
});

describe.concurrent('every wait for an agent has a deadline', () => {
  it('a vehicle that is not handed over in three business days is a case, once, and the lease goes on', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('awaiting_handover', customer, staff);
    const cases = async () => {
      const { data } = await staff.agent.get('/v1/cases', { query: { leaseId: id } });
      return data.map(({ kind }) => kind);
    };
    await hoursLater(platform, id, 2 * DAY);
    expect(await cases()).toEqual([]);
    await hoursLater(platform, id, 6 * DAY);
    expect(await cases()).toEqual(['handover_overdue']);
    const late = await staff.agent.post('/v1/leases/{id}/handover', { path: { id }, body: { odometerKm: 5 } });
    expect(late.status).toBe('active');
  });

  it('a referral that nobody decides in five business days lapses; a decision that comes later is 409', async () => {
    const { client, ...customer } = await newCustomer(platform, { verified: false });
    await client.patch('/v1/me', { body: { monthlyIncome: { amount: 1_000, currency: 'UGX' } } });
    await proveIdentity({ client, ...customer }, `CM77${String(Date.now()).slice(-8)}AB`, 'UG');
    const application = { ...(await newChoice(staff.admin)), paymentMethodId: customer.paymentMethodId };
    const { id } = await client.post('/v1/leases', { body: application });
    const assessment = await eventually('a referred assessment', async () => {
      const { data } = await staff.agent.get('/v1/credit/assessments', { query: { leaseId: id } });
      return data[0]?.id;
    });
    await hoursLater(platform, id, 4 * DAY);
    expect((await client.get('/v1/leases/{id}', { path: { id } })).status).toBe('assessing');
    await hoursLater(platform, id, 6 * DAY);
    await leaseThat(client, id, 'lapsed', ({ status }) => status === 'lapsed');
    const yes = { decision: 'approved', reason: 'a good reference' } as const;
    await expect(
      staff.agent.post('/v1/credit/assessments/{id}/decision', { path: { id: assessment }, body: yes }),
    ).rejects.toMatchObject({ status: 409 });
  });
});

describe.concurrent('two who want the same vehicle', () => {
  it('the second to accept is told so, and may choose another', async () => {
    const [one, two] = [await newCustomer(platform), await newCustomer(platform)];
    const first = await leaseIn('offered', one, staff);
    const { id } = await leaseIn('offered', two, staff, { vehicleId: first.vehicleId });
    await one.client.post('/v1/leases/{id}/accept-offer', { path: { id: first.id } });
    await expect(two.client.post('/v1/leases/{id}/accept-offer', { path: { id } })).rejects.toMatchObject({
      status: 409,
      code: 'vehicle_unavailable',
    });
    expect((await two.client.get('/v1/leases/{id}', { path: { id } })).status).toBe('offered');
    await two.client.post('/v1/leases/{id}/withdraw', { path: { id } });
    expect((await leaseIn('reserved', two, staff)).status).toBe('reserved');
  });
});

describe.concurrent('withdrawing undoes what was done', () => {
  it.each(['verifying', 'offered', 'reserved', 'awaiting_handover'] as const)('in %s', async (status) => {
    const customer = await newCustomer(platform, { verified: status !== 'verifying' });
    const { id, vehicleId } = await leaseIn(status, customer, staff);
    const gone = await customer.client.post('/v1/leases/{id}/withdraw', {
      path: { id },
      body: { reason: 'changed my mind' },
    });
    expect(gone.status).toBe('withdrawn');
    expect((await customer.client.get('/v1/vehicles/{id}', { path: { id: vehicleId } })).status).toBe('available');
    await leaseThat(customer.client, id, 'refunded', (lease) => lease.credit.amount === 0);
    expect(await reallyCharged({ api: platform.url, simulators: platform.simulators }, customer.phone)).toBe(0);
  });

  it('with the deposit in flight: it is refunded when it arrives', async () => {
    const customer = await newCustomer(platform, { digits: '001' });
    const { id } = await leaseIn('awaiting_deposit', customer, staff);
    const gone = await customer.client.post('/v1/leases/{id}/withdraw', { path: { id } });
    expect(gone.status).toBe('withdrawn');
    const place = { api: platform.url, simulators: platform.simulators };
    await leaseThat(customer.client, id, 'settled', ({ credit }) => credit.amount === 0);
    await isOver(platform, id);
    expect(await reallyCharged(place, customer.phone)).toBe(0);
  });
});
