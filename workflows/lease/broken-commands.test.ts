import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { promises } from '#db/schema/index';
import { eventually } from '#dev/client';
import { leaseThat } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { commandKey } from '#steering/command-key';
import { commandLease } from '#steering/command-lease';
import { cast, hoursLater, leaseIn, newChoice, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { refuseWrites } from '#test/refusing';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform({ LOG_LEVEL: 'silent' });
  staff = await cast(platform);
});
afterAll(() => platform.close());

const DAY = 24;
const casesOf = async (leaseId: string) => (await staff.agent.get('/v1/cases', { query: { leaseId } })).data;

/** A local day some days after the lease's own today. */
const inDays = (days: number) => new Date(Date.now() + days * DAY * 3_600_000).toISOString().slice(0, 10);
/** Hours from the lease's own now to an hour of its next due day, in Kampala. */
const hoursUntil = ({ asOf, nextDue }: Awaited<ReturnType<typeof leaseIn>>, hour: number) =>
  (Date.parse(`${nextDue?.on}T00:00:00+03:00`) - Date.parse(asOf)) / 3_600_000 + hour;
/** Of the first line, which is due in seven days, and moved by a pause of one. */
const promise = { on: inDays(10), amount: { amount: 20_000, currency: 'UGX' } } as const;
const statuses = async (leaseId: string) =>
  (await platform.database.db.select().from(promises).where(eq(promises.leaseId, leaseId)))
    .map(({ status }) => status)
    .toSorted();

describe.concurrent('a promise', () => {
  it('gives way to a pause, and another one is taken after it', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    await customer.client.post('/v1/leases/{id}/promise', { path: { id }, body: promise });
    await customer.client.post('/v1/leases/{id}/pause', { path: { id }, body: { kind: 'holiday', days: 2 } });
    await customer.client.post('/v1/leases/{id}/resume', { path: { id } });
    await customer.client.post('/v1/leases/{id}/promise', { path: { id }, body: promise });
    expect(await statuses(id)).toEqual(['open', 'superseded']);
  });

  it('gives way to a restructure, and another one is taken after it', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    await customer.client.post('/v1/leases/{id}/promise', { path: { id }, body: promise });
    const plan = { instalments: 60, reason: 'a longer one' };
    await staff.agent.post('/v1/leases/{id}/restructure', { path: { id }, body: plan });
    await customer.client.post('/v1/leases/{id}/promise', { path: { id }, body: promise });
    expect(await statuses(id)).toEqual(['open', 'superseded']);
  });
});

describe('a command that the database refuses', () => {
  it('with a receipt that another payment has: 409 at once', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    const paymentsOf = async () =>
      (await customer.client.get('/v1/payments', { query: { leaseId: id, limit: 100 } })).data;
    const receipt = (await paymentsOf()).find(({ status }) => status === 'succeeded')?.providerReference;
    const { phone } = await newCustomer(platform, { digits: '023', verified: false });
    const method = await customer.client.post('/v1/payment-methods', { body: { provider: 'mtn', phone } });
    const pay = { amount: { amount: 4_000, currency: 'UGX' }, paymentMethodId: method.id } as const;
    const { id: paymentId } = await customer.client.post('/v1/leases/{id}/pay', { path: { id }, body: pay });
    await eventually('an unknown payment', async () =>
      (await paymentsOf()).find((one) => one.id === paymentId && one.status === 'unknown'),
    );
    const decision = { outcome: 'succeeded', providerReference: receipt ?? '', reason: 'it was read out' } as const;
    await expect(
      staff.admin.post('/v1/payments/{id}/decide', { path: { id: paymentId }, body: decision }),
    ).rejects.toMatchObject({ status: 409, code: 'receipt_conflict' });
    const mended = { ...decision, providerReference: `R${Date.now()}` } as const;
    await staff.admin.post('/v1/payments/{id}/decide', { path: { id: paymentId }, body: mended });
  });

  it.each(['22001', '23514', 'P0001'])(
    'for what comes back the same (%s): 500 at once, without its words',
    async (state) => {
      const customer = await newCustomer(platform);
      const { id } = await leaseIn('active', customer, staff);
      const refusing = await refuseWrites(platform.database, 'leases.pauses', {
        state,
        where: `new.lease_id = '${id}'`,
      });
      const key = `pause-${state}`;
      const pause = () =>
        customer.client.post('/v1/leases/{id}/pause', { path: { id }, body: { kind: 'holiday', days: 2 }, key });
      const first = pause();
      await expect(first).rejects.toMatchObject({ status: 500, code: 'internal' });
      await expect(first).rejects.not.toThrow(/pauses|says|insert/);
      await expect(pause(), 'it is broken still').rejects.toMatchObject({ status: 500 });
      await refusing.mend();
      // The same request, by its key: it can be done now, and is done once.
      expect(await pause()).toMatchObject({ status: 'paused' });
      expect(await pause()).toMatchObject({ status: 'paused' });
      expect(await casesOf(id), 'whoever asked was told').toEqual([]);
    },
  );
});

it('pay-bill money that meets a defect of its lease is tried again, and not put into suspense', async () => {
  const customer = await newCustomer(platform);
  const { id, reference, paid } = await leaseIn('active', customer, staff);
  const where = `new.lease_id = '${id}' and new.kind = 'inbound'`;
  const refusing = await refuseWrites(platform.database, 'payments.attempts', { state: '23514', where });
  const world = new SimulatorClient(platform.simulators);
  const payBill = {
    provider: 'mtn',
    payer: customer.phone,
    account: reference,
    amount: 5_000,
    currency: 'UGX',
  } as const;
  const { id: receipt } = await world.post('/pay-bill', { body: payBill });
  const inbound = `${platform.config.TASK_QUEUE_PREFIX}inbound-mtn-UG-${receipt}`;
  await eventually('it to be tried again', async () => {
    const described = await platform.temporal.workflow
      .getHandle(inbound)
      .describe()
      .catch(() => null);
    const [giving] = described?.raw.pendingActivities ?? [];
    return giving?.activityType?.name === 'giveToLease' && (giving.attempt ?? 0) > 2 ? true : undefined;
  });
  await refusing.mend();
  await leaseThat(customer.client, id, 'paid', (lease) => lease.paid.amount === paid.amount + 5_000, 30_000);
  const { data } = await staff.agent.get('/v1/suspense', { query: { limit: 100 } });
  expect(data.filter(({ account }) => account === reference)).toEqual([]);
});

it('a command that was held while the status changed, and refused, is carried out with the same key when it can be', async () => {
  const customer = await newCustomer(platform);
  await customer.client.patch('/v1/me', { body: { monthlyIncome: { amount: 1_000, currency: 'UGX' } } });
  const where = `new.customer_id = '${customer.id}'`;
  const refusing = await refuseWrites(platform.database, 'credit.assessments', { state: '40001', where });
  const application = { ...(await newChoice(staff.admin)), paymentMethodId: customer.paymentMethodId };
  const { id } = await customer.client.post('/v1/leases', { body: application });
  const is = (status: string) => leaseThat(customer.client, id, status, (lease) => lease.status === status);
  await is('assessing');
  const key = commandKey(new Date(), `POST /v1/leases/${id}/accept-offer`, 'held');
  const actor = { role: 'customer', id: customer.id } as const;
  const accepts = () => commandLease(platform.deps, id, 'acceptOffer', { actor }, key);
  const first = accepts().catch((error: unknown) => error);
  const handle = platform.temporal.workflow.getHandle(`lease-${id}`);
  await eventually('it to be held', async () => {
    const { events } = await handle.fetchHistory();
    return events?.find(({ workflowExecutionUpdateAcceptedEventAttributes: held }) => (held ?? null) !== null);
  });
  await refusing.mend();
  const assessment = await eventually('a referral', async () => {
    const { data } = await staff.agent.get('/v1/credit/assessments', { query: { leaseId: id } });
    return data.find(({ status }) => status === 'referred')?.id;
  });
  await first;
  await expect(accepts(), 'nothing is offered').rejects.toMatchObject({ code: 'invalid_state' });
  const yes = { decision: 'approved', reason: 'a good reference' } as const;
  await staff.agent.post('/v1/credit/assessments/{id}/decision', { path: { id: assessment }, body: yes });
  await is('offered');
  expect(await accepts()).toMatchObject({ status: 'reserved' });
  expect(await accepts()).toMatchObject({ status: 'reserved' });
});

describe('a command that goes on and on', () => {
  it('holds collection back a minute at most, and is carried out when it can be', async () => {
    const customer = await newCustomer(platform);
    const active = await leaseIn('active', customer, staff);
    const { id } = active;
    await hoursLater(platform, id, hoursUntil(active, 7.9));
    const refusing = await refuseWrites(platform.database, 'leases.pauses', {
      state: '40001',
      where: `new.lease_id = '${id}'`,
    });
    const pausing = customer.client
      .post('/v1/leases/{id}/pause', { path: { id }, body: { kind: 'holiday', days: 2 } })
      .catch((error: unknown) => error);
    await eventually('a case', async () =>
      (await casesOf(id)).find(({ kind, status }) => kind === 'activity_failing' && status === 'open'),
    );
    await hoursLater(platform, id, 0.25);
    await leaseThat(customer.client, id, 'paid on the due day', ({ instalmentsPaid }) => instalmentsPaid === 1);
    await refusing.mend();
    await pausing;
    await leaseThat(customer.client, id, 'paused', ({ status }) => status === 'paused', 60_000);
    const [told] = await eventually('the case to be closed', async () => {
      const all = await casesOf(id);
      return all.every(({ status }) => status === 'closed') ? all : undefined;
    });
    expect(told?.detail).toMatchObject({ activity: 'pauseLease', kind: 'outage', code: '40001' });
  });
});
