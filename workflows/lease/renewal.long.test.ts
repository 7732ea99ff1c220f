import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Payment } from '#dev/api-types';
import { ApiError, eventually } from '#dev/client';
import { leaseThat, reallyCharged, type Customer } from '#dev/journey';
import { cast, hoursLater, isOver, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { refuseWrites } from '#test/refusing';
import { riskDetected } from './messages.ts';

/** Leases whose runs are short, so that they continue as new while people keep sending commands. */
const EVENTS = 100;
/** What ten commands at once, the most that the server lets in, and the payments that they start may still add. */
const IN_FLIGHT = 300;

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform({ LEASE_RUN_EVENTS: String(EVENTS) });
  staff = await cast(platform);
});
afterAll(() => platform.close());

const place = () => ({ api: platform.url, simulators: platform.simulators });
const ugx = (amount: number) => ({ amount, currency: 'UGX' }) as const;
const paymentsOf = async ({ client }: Customer, id: string) => {
  const all: Payment[] = [];
  for (let after: { cursor?: string } = {}; ;) {
    const { data, nextCursor } = await client.get('/v1/payments', { query: { leaseId: id, limit: 100, ...after } });
    all.push(...data);
    if (nextCursor === null) return all;
    after = { cursor: nextCursor };
  }
};

/** How long the history of each run became, oldest first. */
async function runsOf(leaseId: string): Promise<number[]> {
  const { raw } = await platform.temporal.workflow.getHandle(`lease-${leaseId}`).describe();
  const lengths: number[] = [];
  for (let runId = raw.workflowExecutionInfo?.firstRunId; runId;) {
    const { events } = await platform.temporal.workflow.getHandle(`lease-${leaseId}`, runId).fetchHistory();
    lengths.push(events?.length ?? 0);
    runId = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  }
  return lengths;
}

/** Another phone of the customer. */
async function phoneOf({ client }: Customer, digits: string): Promise<{ phone: string; paymentMethodId: string }> {
  const { phone } = await newCustomer(platform, { digits, verified: false });
  const { id } = await client.post('/v1/payment-methods', { body: { provider: 'mtn', phone } });
  return { phone, paymentMethodId: id };
}

/** What the API may say to a command that comes at a bad moment: not now, or not in this state. */
const isAnswer = (error: unknown) => error instanceof ApiError && [409, 422, 429].includes(error.status);

/** Sends commands one after the other until it is enough. @returns what was answered with success. */
async function keepSending<T>(enough: () => boolean, send: (turn: number) => Promise<T>): Promise<T[]> {
  const accepted: T[] = [];
  for (let turn = 0; !enough(); turn += 1) {
    try {
      accepted.push(await send(turn));
    } catch (error) {
      if (!isAnswer(error)) throw error;
      await sleep(200);
    }
  }
  return accepted;
}

/** Resolves when the lease has gone on in so many more runs. */
async function renewed(leaseId: string, times: number): Promise<void> {
  const seen = new Set<string>();
  await eventually(
    `${times} new runs`,
    async () => {
      seen.add((await platform.temporal.workflow.getHandle(`lease-${leaseId}`).describe()).runId);
      return seen.size > times ? true : undefined;
    },
    100_000,
  );
}

async function allIsKnown(customer: Customer, id: string, accepted: readonly string[]) {
  const payments = await eventually(
    'every payment known',
    async () => {
      const all = await paymentsOf(customer, id);
      return all.some(({ status }) => status === 'pending') ? undefined : all;
    },
    60_000,
  );
  const known = new Map(payments.map((payment) => [payment.id, payment]));
  for (const one of accepted) expect(known.get(one)?.status, one).toMatch(/^(succeeded|failed)$/);
  return payments;
}

const sum = (payments: readonly { status: string; kind: string; amount: { amount: number } }[]) =>
  payments
    .filter(({ status }) => status === 'succeeded')
    .reduce((total, { kind, amount }) => total + (kind === 'refund' ? -1 : 1) * amount.amount, 0);

function expectShort(runs: readonly number[]): void {
  for (const length of runs) expect(length).toBeLessThanOrEqual(2 * EVENTS + IN_FLIGHT);
}

describe('a lease to which commands keep coming goes on in new runs', () => {
  it('while it is active: nothing that was accepted is lost, and it ends in ownership', async () => {
    const customer = await newCustomer(platform);
    const { client, paymentMethodId } = customer;
    const { id } = await leaseIn('active', customer, staff, { terms: { instalments: 4 } });
    const declines = await phoneOf(customer, '012');
    let enough = false;
    const pays = (method: string) =>
      keepSending(
        () => enough,
        () =>
          client.post('/v1/leases/{id}/pay', { path: { id }, body: { amount: ugx(1_000), paymentMethodId: method } }),
      );
    const command = (name: string, body: (turn: number) => unknown) =>
      keepSending(
        () => enough,
        (turn) => client.send('POST', `/v1/leases/${id}/${name}`, { body: body(turn) }),
      );
    const on = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
    const sending = Promise.all([
      Promise.all([pays(paymentMethodId), pays(paymentMethodId), pays(declines.paymentMethodId)]),
      command('payment-method', () => ({ paymentMethodId })),
      command('collection', () => ({ paymentMethodIds: [paymentMethodId], quietHours: null })),
      command('promise', () => ({ on, amount: ugx(1_000) })),
      command('settlement-quote', () => ({})),
      keepSending(
        () => enough,
        (turn) =>
          turn % 2 === 0
            ? client.post('/v1/leases/{id}/pause', { path: { id }, body: { kind: 'repair', days: 1 } })
            : client.post('/v1/leases/{id}/resume', { path: { id } }),
      ),
    ]);
    await Promise.race([sending, renewed(id, 2)]).finally(() => (enough = true));
    const [paid] = await sending;
    const accepted = paid.flat().map((payment) => payment.id);
    expect(accepted.length).toBeGreaterThan(10);
    const payments = await allIsKnown(customer, id, accepted);
    const booked = await leaseThat(client, id, 'booked', ({ paid }) => paid.amount === sum(payments));
    expect(await reallyCharged(place(), customer.phone)).toBe(sum(payments));
    expect(await reallyCharged(place(), declines.phone)).toBe(0);
    if (booked.status === 'paused') await client.post('/v1/leases/{id}/resume', { path: { id } });
    await hoursLater(platform, id, 24 * 60);
    const ended = await leaseThat(client, id, 'owned', ({ status }) => status === 'completed');
    expect(ended.paid).toEqual(ended.totalPrice);
    expect(await reallyCharged(place(), customer.phone)).toBe(ended.totalPrice.amount);
    expectShort(await runsOf(id));
  });

  it('while it waits for the deposit, and then lives on to ownership', async () => {
    const customer = await newCustomer(platform, { digits: '010' });
    const { client } = customer;
    const { id, deposit } = await leaseIn('awaiting_deposit', customer, staff, { terms: { instalments: 4 } });
    const payer = await phoneOf(customer, '100');
    let enough = false;
    const sending = Promise.all([
      ...[customer, payer, payer].map(({ paymentMethodId }) =>
        keepSending(
          () => enough,
          () => client.post('/v1/leases/{id}/pay', { path: { id }, body: { amount: ugx(1_000), paymentMethodId } }),
        ),
      ),
      keepSending(
        () => enough,
        () =>
          client.post('/v1/leases/{id}/payment-method', {
            path: { id },
            body: { paymentMethodId: customer.paymentMethodId },
          }),
      ),
    ]);
    await Promise.race([sending, renewed(id, 1)]).finally(() => (enough = true));
    const [one, two, three] = await sending;
    const accepted = [one, two, three]
      .flatMap((some) => z.array(z.object({ id: z.string() })).parse(some))
      .map((payment) => payment.id);
    const payments = await allIsKnown(customer, id, accepted);
    expect(await reallyCharged(place(), payer.phone)).toBe(sum(payments));
    const booked = await leaseThat(client, id, 'booked', ({ paid }) => paid.amount === sum(payments));
    expect(booked.status).toBe('awaiting_deposit');
    const rest = { amount: ugx(deposit.amount - sum(payments)), paymentMethodId: payer.paymentMethodId } as const;
    await client.post('/v1/leases/{id}/pay', { path: { id }, body: rest });
    await leaseThat(client, id, 'paid', ({ status }) => status === 'awaiting_handover', 60_000);
    await client.post('/v1/leases/{id}/payment-method', {
      path: { id },
      body: { paymentMethodId: payer.paymentMethodId },
    });
    await staff.agent.post('/v1/leases/{id}/handover', { path: { id }, body: { odometerKm: 5 } });
    await hoursLater(platform, id, 24 * 40);
    const ended = await leaseThat(client, id, 'owned', ({ status }) => status === 'completed');
    expect(await reallyCharged(place(), payer.phone)).toBe(ended.totalPrice.amount);
    expectShort(await runsOf(id));
  });

  it('after a write-off, where every payment is a recovery', async () => {
    const customer = await newCustomer(platform);
    const { client } = customer;
    const { id } = await leaseIn('active', customer, staff);
    await staff.admin.post('/v1/leases/{id}/write-off', { path: { id }, body: { reason: 'gone' } });
    let enough = false;
    const sending = Promise.all(
      [1, 2, 3].map(() =>
        keepSending(
          () => enough,
          () => client.post('/v1/leases/{id}/pay', { path: { id }, body: { amount: ugx(1_000) } }),
        ),
      ),
    );
    await Promise.race([sending, renewed(id, 1)]).finally(() => (enough = true));
    const payments = await allIsKnown(
      customer,
      id,
      (await sending).flat().map((payment) => payment.id),
    );
    await leaseThat(client, id, 'booked', ({ paid }) => paid.amount === sum(payments));
    expect(await reallyCharged(place(), customer.phone)).toBe(sum(payments));
    expectShort(await runsOf(id));
  });
});

const runIdOf = async (leaseId: string) =>
  (await platform.temporal.workflow.getHandle(`lease-${leaseId}`).describe()).runId;
const goesOnAfter = (leaseId: string, runId: string) =>
  eventually('a new run', async () => ((await runIdOf(leaseId)) === runId ? undefined : true));

const risksOf = async ({ client }: Customer, id: string) =>
  (await client.get('/v1/leases/{id}/timeline', { path: { id } })).data
    .filter(({ type }) => type === 'telematics.risk.detected')
    .map(({ detail }) => detail['riskEventId']);

/** Something of a lease that the database refuses again and again. */
const hanging = (table: string, where: string) => refuseWrites(platform.database, table, { state: '40001', where });

/** It works again, and nobody waits for the next try: that is at most half a minute away, on the lease's own clock. */
async function mend(refusing: Awaited<ReturnType<typeof hanging>>, leaseId: string): Promise<void> {
  await refusing.mend();
  await hoursLater(platform, leaseId, 1 / 60);
}

describe('a run that cannot close, because a command hangs', () => {
  /** A lease past its boundary at five to eight of its due day, whose pause hangs. */
  async function hung() {
    const customer = await newCustomer(platform);
    const { client } = customer;
    const { id, nextDue, asOf } = await leaseIn('active', customer, staff);
    const due = Date.parse(`${nextDue?.on}T07:55:00+03:00`);
    await hoursLater(platform, id, (due - Date.parse(asOf)) / 3_600_000);
    const runId = await runIdOf(id);
    const refusing = await hanging('leases.pauses', `new.lease_id = '${id}'`);
    const pausing = client.post('/v1/leases/{id}/pause', { path: { id }, body: { kind: 'repair', days: 2 } });
    for (let quote = 0; quote < 10; quote += 1) await client.post('/v1/leases/{id}/settlement-quote', { path: { id } });
    return { customer, id, runId, refusing, pausing };
  }

  it('goes on as it is, and in a new run when it can', async () => {
    const { customer, id, runId, refusing, pausing } = await hung();
    await hoursLater(platform, id, 0.4);
    await leaseThat(customer.client, id, 'paid', ({ instalmentsPaid }) => instalmentsPaid === 1);
    expect(await runIdOf(id)).toBe(runId);
    // What people command meanwhile is taken, also beyond the length at which a run that can close takes nothing.
    const { client, paymentMethodId } = customer;
    for (let turn = 0; turn < 20; turn += 1)
      await client.post('/v1/leases/{id}/payment-method', { path: { id }, body: { paymentMethodId } });
    expect(await runIdOf(id)).toBe(runId);
    await mend(refusing, id);
    expect((await pausing).status).toBe('paused');
    await hoursLater(platform, id, 7);
    await customer.client.post('/v1/leases/{id}/settlement-quote', { path: { id } });
    await goesOnAfter(id, runId);
    await leaseThat(customer.client, id, 'paused', ({ status }) => status === 'paused');
  });

  it('keeps what a machine tells meanwhile for the next', async () => {
    const { customer, id, runId, refusing, pausing } = await hung();
    // A command is waited for a minute; from then on the run is closing.
    await hoursLater(platform, id, 0.1);
    const riskEventId = randomUUID();
    await platform.temporal.workflow.getHandle(`lease-${id}`).signal(riskDetected, {
      riskEventId,
      type: 'tow',
      severity: 'high',
      vehicleId: riskEventId,
      occurredAt: new Date().toISOString(),
      details: {},
    });
    expect(await runIdOf(id)).toBe(runId);
    expect(await risksOf(customer, id)).toEqual([]);
    await mend(refusing, id);
    await pausing;
    await goesOnAfter(id, runId);
    await eventually('the risk', async () => ((await risksOf(customer, id)).includes(riskEventId) ? true : undefined));
    await leaseThat(customer.client, id, 'paused', ({ status }) => status === 'paused');
  });

  it('a withdrawal meanwhile is taken by the next', async () => {
    const customer = await newCustomer(platform);
    const { client, paymentMethodId } = customer;
    const { id } = await leaseIn('awaiting_handover', customer, staff);
    const runId = await runIdOf(id);
    const refusing = await hanging('leases.leases', `new.id = '${id}' and new.quiet_hours is not null`);
    const wish = { paymentMethodIds: [paymentMethodId], quietHours: { from: 12, until: 13 } };
    const choosing = client.post('/v1/leases/{id}/collection', { path: { id }, body: wish });
    for (let turn = 0; turn < 10; turn += 1)
      await client.post('/v1/leases/{id}/payment-method', { path: { id }, body: { paymentMethodId } });
    await hoursLater(platform, id, 0.1);
    const withdrawing = client.post('/v1/leases/{id}/withdraw', { path: { id }, body: { reason: 'changed my mind' } });
    await mend(refusing, id);
    await choosing;
    expect((await withdrawing).status).toBe('withdrawn');
    expect(await runIdOf(id)).not.toBe(runId);
    await isOver(platform, id);
    expect(await reallyCharged(place(), customer.phone)).toBe(0);
  });
});
