import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { and, eq } from 'drizzle-orm';
import { Metrics } from '#platform/metrics/metrics';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inboundPath } from '#use-cases/payments/inbound/inbound-secret';
import { attempts, cases, users } from '#db/schema/index';
import { ApiError, eventually as eventuallyWithin, MarketplaceClient, type Input } from '#dev/client';
import { leaseThat as leaseThatWithin, proveIdentity, type Customer } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { addDays, localDateAt } from '#domain/calendar';
import { workflowQueue } from '#domain/task-queues';
import { clockOf, fastForward } from '#platform/temporal/fast-forward';
import { kycWorkflowId } from '#workflows/kyc/messages';
import { activitiesByCapability } from '#workers/create-workers';
import { call } from './api-world.ts';
import { logIn } from './log-in.ts';
import { Ordeal } from './ordeal.ts';
import { leaseIn as leaseInWithin, newChoice, newCustomer, type Cast, type Wish } from './people.ts';
import { startTestPlatform, type TestPlatform } from './platform.ts';

/**
 * No workflow is left that cannot end: whatever activity of whatever workflow fails for ever, by its data or because
 * Postgres is away for ten minutes, its caller is answered or a case is open, and it goes on when it can.
 */
const HOUR = 3_600_000;
/** Milliseconds in which anything comes to be, on a machine that has other things to do as well. */
const PATIENCE = 240_000;
const DAY = 24;
/** Of histories from before: nothing calls them any more. */
const retired = new Set(['statementsToReconcile', 'releaseVehicle']);

const ordeal = new Ordeal();
const metrics = new Metrics('test');
/** How often a caller was told of a fault of ours, and tried again with the same key. */
let refusals = 0;

const eventually = <T>(what: string, look: () => Promise<T | undefined>) => eventuallyWithin(what, look, PATIENCE);
const leaseThat = (...[client, id, what, wanted]: Parameters<typeof leaseThatWithin>) =>
  leaseThatWithin(client, id, what, wanted, PATIENCE);
const leaseIn = (status: Parameters<typeof leaseInWithin>[0], customer: Customer, all: Cast, wish: Wish = {}) =>
  leaseInWithin(status, customer, all, { ...wish, patienceMs: PATIENCE });

/** A person who sends what was broken again, by the same key. */
class Patient extends MarketplaceClient {
  protected override request<A>(method: string, path: string, input?: Input): Promise<A> {
    if (method !== 'POST') return super.request(method, path, input);
    const again = { key: randomUUID(), ...input };
    return eventually(`${method} ${path}`, async () => {
      try {
        return await super.request<A>(method, path, again);
      } catch (error) {
        if (!(error instanceof ApiError && (error.status >= 500 || error.code === 'request_in_progress'))) throw error;
        if (error.status === 500) refusals += 1;
        return undefined;
      }
    });
  }
}

let platform: TestPlatform;
let staff: Cast;
let clocks: Promise<void>;
let over = false;
/** Epoch milliseconds that a workflow's clock is to reach. */
const targets = new Map<string, number>();

beforeAll(async () => {
  platform = await startTestPlatform({ LOG_LEVEL: 'silent' }, undefined, { within: ordeal.within, metrics });
  const { db } = platform.deps;
  ordeal.told = async (workflowId, activity) =>
    (await failing(workflowId, activity)).find(({ status }) => status === 'open')?.detail['kind'] as string | undefined;
  const enter = async (role: keyof Cast) => {
    const [user] = await db
      .select()
      .from(users)
      .where(eq(users.email, `${role}@example.com`));
    if (user === undefined) throw new Error(`no ${role}`);
    return new Patient(platform.url, (await logIn(platform.deps, user)).token);
  };
  staff = { admin: await enter('admin'), agent: await enter('agent') };
  clocks = moveClocks();
});
afterAll(async () => {
  over = true;
  await clocks;
  await platform.close();
});

async function failing(workflowId: string, activity: string) {
  const rows = await platform.deps.db.select().from(cases).where(eq(cases.kind, 'activity_failing'));
  return rows.filter(({ detail }) => detail['workflowId'] === workflowId && detail['activity'] === activity);
}

/** Nobody waits ten minutes: the clock of a workflow in which something fails, or that is to get somewhere, goes on. */
async function moveClocks(): Promise<void> {
  const moving = new Set<string>();
  const move = async (id: string) => {
    const now = (await clockOf(platform.temporal, id)).getTime();
    const target = targets.get(id) ?? now + HOUR / 30;
    const ended = now < target && (await fastForward(platform.temporal, id, target - now, 10_000)).outcome === 'ended';
    if (ended || now >= target) targets.delete(id);
  };
  while (!over) {
    for (const id of ordeal.takeRelieved())
      if (!targets.has(id))
        targets.set(id, (await clockOf(platform.temporal, id).catch(() => new Date())).getTime() + HOUR / 12);
    for (const id of [...ordeal.suffering, ...targets.keys()]) {
      if (moving.has(id)) continue;
      moving.add(id);
      void move(id)
        .catch(() => {})
        .finally(() => moving.delete(id));
    }
    await sleep(50);
  }
}

async function later(workflowId: string, hours: number): Promise<void> {
  targets.set(workflowId, (await clockOf(platform.temporal, workflowId)).getTime() + hours * HOUR);
  await eventually(`${workflowId} to be later`, () => Promise.resolve(targets.has(workflowId) ? undefined : true));
}
const leaseLater = (id: string, hours: number) => later(`lease-${id}`, hours);

async function customer(options: Parameters<typeof newCustomer>[1] = {}): Promise<Customer> {
  const one = await newCustomer(platform, options);
  return { ...one, client: new Patient(platform.url, one.token) };
}
const ugx = (amount: number) => ({ amount, currency: 'UGX' }) as const;
const cash = (leaseId: string, amount: number, day: { paidOn?: string } = {}) =>
  staff.agent.post('/v1/payments/cash', {
    body: { leaseId, receiptNumber: `C${randomUUID().slice(0, 8)}`, amount: ugx(amount), ...day },
  });
const handleOf = (leaseId: string) => platform.temporal.workflow.getHandle(`lease-${leaseId}`);

const lives: Record<string, () => Promise<void>> = {
  async 'a lease that is lived and paid off'() {
    const one = await customer();
    const { id } = await leaseIn('active', one, staff, { price: ugx(400_000) });
    const command = (name: string, body: object, who = one.client) =>
      who.send('POST', `/v1/leases/${id}/${name}`, { body });
    await command('pause', { kind: 'holiday', days: 2 });
    await command('resume', {});
    const on = addDays(localDateAt(Date.now(), 'UG'), 3);
    await command('promise', { on, amount: ugx(1_000) });
    await command('collection', { paymentMethodIds: [one.paymentMethodId], quietHours: null });
    await command('payment-method', { paymentMethodId: one.paymentMethodId });
    await command('restructure', { instalments: 20, reason: 'a longer one' }, staff.agent);
    await command('pay', { amount: ugx(1_000) });
    const paid = await cash(id, 2_000);
    await staff.admin.post('/v1/payments/{id}/reverse', {
      path: { id: paid.id },
      body: { reason: 'it was another lease' },
    });
    const risk = { riskEventId: randomUUID(), type: 'speeding', severity: 'low', vehicleId: randomUUID() };
    await handleOf(id).signal('riskDetected', { ...risk, occurredAt: new Date().toISOString(), details: {} });
    await handleOf(id).signal('booksChanged');
    const { outstanding } = await one.client.get('/v1/leases/{id}', { path: { id } });
    await cash(id, outstanding.amount);
    await leaseThat(one.client, id, 'completed', ({ status }) => status === 'completed');
  },
  async 'arrears, their fees and a write-off'() {
    const one = await customer();
    const { id } = await leaseIn('active', one, staff, { terms: { lateFee: { amount: 2_000, cap: 5_000 } } });
    await one.client.post('/v1/leases/{id}/settlement-quote', { path: { id } });
    const { phone } = await newCustomer(platform, { digits: '010', verified: false });
    const empty = await one.client.post('/v1/payment-methods', { body: { provider: 'mtn', phone } });
    await one.client.post('/v1/leases/{id}/payment-method', { path: { id }, body: { paymentMethodId: empty.id } });
    await leaseLater(id, 8 * DAY);
    const today = localDateAt((await clockOf(platform.temporal, `lease-${id}`)).getTime(), 'UG');
    const early = await cash(id, 1_000, { paidOn: addDays(today, -5) });
    const claim = await eventually(
      'the claim of a day',
      async () => (await staff.admin.get('/v1/cases', { query: { paymentId: early.id } })).data[0],
    );
    const yes = { decision: 'confirmed', resolution: 'the counterfoil says so' } as const;
    await staff.admin.post('/v1/cases/{id}/close', { path: { id: claim.id }, body: yes });
    const on = addDays(today, 2);
    await one.client.post('/v1/leases/{id}/promise', { path: { id }, body: { on, amount: ugx(50_000) } });
    await leaseLater(id, 13 * DAY);
    await leaseThat(one.client, id, 'in arrears', ({ status }) => status === 'in_arrears');
    await staff.agent.post('/v1/leases/{id}/waive-fees', {
      path: { id },
      body: { amount: ugx(1_000), reason: 'hospital' },
    });
    await staff.agent.post('/v1/leases/{id}/pause', { path: { id }, body: { kind: 'illness', days: 2 } });
    await leaseLater(id, 4 * DAY);
    await staff.admin.post('/v1/leases/{id}/write-off', { path: { id }, body: { reason: 'gone' } });
  },
  async 'a withdrawal, and what is given back'() {
    const one = await customer();
    const { id } = await leaseIn('awaiting_handover', one, staff);
    await one.client.post('/v1/leases/{id}/withdraw', { path: { id } });
    await leaseLater(id, DAY);
    await handleOf(id).result();
  },
  async 'cash that no provider gives back'() {
    const one = await customer({ digits: '010' });
    const { id } = await leaseIn('awaiting_deposit', one, staff);
    await cash(id, 3_000);
    await one.client.post('/v1/leases/{id}/withdraw', { path: { id } });
    await leaseLater(id, DAY);
    await handleOf(id).result();
  },
  async 'a vehicle that nobody hands over'() {
    const one = await customer();
    const { id } = await leaseIn('awaiting_handover', one, staff);
    await leaseLater(id, 7 * DAY);
  },
  async 'a payment that nobody knows of'() {
    const one = await customer({ digits: '023' });
    const { id } = await leaseIn('awaiting_deposit', one, staff);
    const unknown = () =>
      eventually('an unknown payment', async () =>
        (await one.client.get('/v1/payments', { query: { leaseId: id } })).data.find(
          ({ status }) => status === 'unknown',
        ),
      );
    const { id: paymentId } = await unknown();
    await leaseLater(id, 7);
    const decision = { outcome: 'failed', reason: 'it was looked up' } as const;
    await staff.admin.post('/v1/payments/{id}/decide', { path: { id: paymentId }, body: decision });
  },
  async 'an identity that is checked, and renewed; a credit that an agent decides'() {
    const one = await customer({ verified: false });
    await one.client.patch('/v1/me', { body: { monthlyIncome: ugx(1_000) } });
    const number = `CM77${String(Date.now()).slice(-8)}AB`;
    await proveIdentity(one, number, 'UG');
    const application = { ...(await newChoice(staff.admin)), paymentMethodId: one.paymentMethodId };
    const { id } = await one.client.post('/v1/leases', { body: application });
    const assessment = await eventually('a referred assessment', async () => {
      const { data } = await staff.agent.get('/v1/credit/assessments', { query: { leaseId: id } });
      return data[0]?.id;
    });
    const yes = { decision: 'approved', reason: 'a good reference' } as const;
    await staff.agent.post('/v1/credit/assessments/{id}/decision', { path: { id: assessment }, body: yes });
    const kyc = kycWorkflowId(one.id);
    await inReview(number);
    await later(kyc, 715 * DAY);
  },
  async 'what customers pay by themselves'() {
    const one = await customer();
    const { reference } = await leaseIn('active', one, staff);
    const world = new SimulatorClient(platform.simulators);
    const pay = (account: string) =>
      world.post('/pay-bill', { body: { provider: 'mtn', payer: one.phone, account, ...ugx(2_000) } });
    const receipts = [(await pay(reference)).id, (await pay('NOBODY')).id];
    const forged = `F${Date.now()}`;
    const body = { type: 'PAYBILL', status: 'SUCCESSFUL', financialTransactionId: forged, externalId: reference };
    const notice = {
      ...body,
      amount: '500',
      currency: 'UGX',
      payer: { partyIdType: 'MSISDN', partyId: '256772000100' },
    };
    const url = platform.url + inboundPath(platform.encryption, 'mtn');
    const sent = { method: 'POST', body: JSON.stringify({ ...notice, paidAt: new Date().toISOString() }) };
    expect((await fetch(url, sent)).status).toBe(200);
    const prefix = `${platform.config.TASK_QUEUE_PREFIX}inbound-mtn-UG-`;
    const ended = [...receipts, forged].map(async (receipt) => {
      const handle = platform.temporal.workflow.getHandle(prefix + receipt);
      await eventually('the announcement', () => handle.describe().catch(absent));
      if (receipt === forged) await later(handle.workflowId, 1);
      const outcome: unknown = await handle.result();
      return outcome;
    });
    expect(await Promise.all(ended)).toEqual(['posted', 'suspense', 'refuted']);
  },
  async 'the statements of providers'() {
    await call(platform.simulators, 'POST', '/faults', { body: { loseCallbacks: 1, providers: ['mpesa'] } });
    const doubts = await Promise.all(
      ['022', '023'].map(async (digits) => {
        const one = await customer({ digits, provider: 'mpesa' });
        const { id } = await leaseIn('awaiting_deposit', one, staff, { market: 'KE' } satisfies Wish);
        const { db } = platform.deps;
        const unknown = and(eq(attempts.leaseId, id), eq(attempts.status, 'unknown'));
        return eventually('a doubt', async () => (await db.select().from(attempts).where(unknown))[0]?.id);
      }),
    );
    await platform.deps.db
      .update(attempts)
      .set({ providerRequestId: null, createdAt: new Date(Date.now() - 61 * 60_000) })
      .where(eq(attempts.id, doubts[1] ?? ''));
    const wish = { provider: 'mpesa', date: localDateAt(Date.now(), 'KE') } as const;
    await staff.admin.post('/v1/reconciliations', { body: wish });
    await run('dailyReconciliation');
  },
  upkeep: () => run('upkeep'),
  'dead leases': () => run('deadLeases'),
};

const absent = (error: unknown) => {
  if (error instanceof WorkflowNotFoundError) return undefined;
  throw error;
};

/** A submission that an agent must look at, since another has the number: nobody does for long, then somebody. */
async function inReview(number: string): Promise<void> {
  const one = await customer({ verified: false });
  const looked = proveIdentity(one, number, 'UG');
  const submission = await eventually('a review', async () =>
    (await one.client.get('/v1/kyc/submissions')).data.find(({ status }) => status === 'in_review'),
  );
  await later(kycWorkflowId(one.id), 5 * DAY);
  const yes = { decision: 'approved', reason: 'it is the same person' } as const;
  await staff.agent.post('/v1/kyc/submissions/{id}/decision', { path: { id: submission.id }, body: yes });
  await looked;
}

async function run(workflowType: string): Promise<void> {
  const prefix = platform.config.TASK_QUEUE_PREFIX;
  await platform.temporal.workflow.execute(workflowType, {
    workflowId: `${prefix}${workflowType}`,
    taskQueue: workflowQueue(prefix),
  });
}

it(
  'every activity of every workflow fails for ever, somebody is told, and it goes on',
  { timeout: 600_000 },
  async () => {
    const ended = await Promise.allSettled(
      Object.entries(lives).map(([name, live]) =>
        live().catch((error: unknown) => {
          throw new Error(name, { cause: error });
        }),
      ),
    );
    const all = Object.values(activitiesByCapability({ ...platform.deps, metrics: null })).flatMap((room) =>
      Object.keys(room()),
    );
    const seen = all
      .filter((name) => !retired.has(name))
      .map((name) => [name, ordeal.met.get(name)?.told ?? []] as const);
    expect(ended.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(
      seen.filter(([, told]) => told.length < 2),
      'what no life reaches, or nobody was told of',
    ).toEqual([]);
    expect(refusals).toBeGreaterThan(10);
    const counted = await metrics.valuesOf('activity_failures_total');
    const kinds = (name: string) =>
      counted.filter(({ labels }) => labels['activity'] === name).map(({ labels }) => labels['kind']);
    for (const [name] of seen) expect(kinds(name).toSorted(), name).toEqual(['defect', 'outage']);
    const open = await platform.deps.db
      .select()
      .from(cases)
      .where(and(eq(cases.kind, 'activity_failing'), eq(cases.status, 'open')));
    // A text that was lost is a person's; everything else has come to its end.
    expect(open.map(({ detail }) => [detail['activity'], detail['givenUp']])).toEqual([['sendText', true]]);
  },
);
