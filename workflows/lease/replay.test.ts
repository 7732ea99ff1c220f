import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { eventually } from '#dev/client';
import { leaseThat, proveIdentity } from '#dev/journey';
import { localHourAt } from '#domain/calendar';
import { dataConverter } from '#platform/temporal/connection';
import { isRecording, itReplays, recordingKeys, type History } from '#test/histories';
import { applicationLives } from '#test/application-lives';
import { leaseLives } from '#test/lease-lives';
import { cast, hoursLater, isOver, leaseIn, newChoice, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { riskDetected } from './messages.ts';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform({ ENCRYPTION_KEYS: recordingKeys, LOG_LEVEL: 'silent' });
  const { books, ...people } = await cast(platform);
  // Each history that is kept has its beginning. What is only looked at need not tell it as often as there are ends.
  staff = isRecording || books === undefined ? people : { ...people, books };
});
afterAll(() => platform.close());

async function historyOf(leaseId: string): Promise<History> {
  return platform.temporal.workflow.getHandle(`lease-${leaseId}`).fetchHistory();
}

type Reached = Parameters<typeof leaseIn>[0];
const reach =
  (status: Reached, digits = '100') =>
  async (): Promise<History> => {
    const customer = await newCustomer(platform, { digits, verified: status !== 'verifying' });
    return historyOf((await leaseIn(status, customer, staff, { wholeStory: true })).id);
  };

/** An application that waits for an agent: the instalment is more than the stated income. */
async function referral() {
  const { client, ...customer } = await newCustomer(platform, { verified: false });
  await client.patch('/v1/me', { body: { monthlyIncome: { amount: 1_000, currency: 'UGX' } } });
  await proveIdentity({ client, ...customer }, `CM88${String(Date.now()).slice(-8)}AB`, 'UG');
  const application = { ...(await newChoice(staff.admin)), paymentMethodId: customer.paymentMethodId };
  const { id: leaseId } = await client.post('/v1/leases', { body: application });
  const assessmentId = await eventually('a referred assessment', async () => {
    const { data } = await staff.agent.get('/v1/credit/assessments', { query: { leaseId } });
    return data[0]?.id;
  });
  return { leaseId, assessmentId };
}

/** A lease of a customer without money, so many days after the handover. */
async function late(days: number): Promise<History> {
  const customer = await newCustomer(platform);
  const { id } = await leaseIn('active', customer, staff);
  const broke = await newCustomer(platform, { digits: '010', verified: false });
  const empty = await customer.client.post('/v1/payment-methods', { body: { provider: 'mtn', phone: broke.phone } });
  await customer.client.post('/v1/leases/{id}/payment-method', { path: { id }, body: { paymentMethodId: empty.id } });
  await hoursLater(platform, id, days * 24);
  await leaseThat(customer.client, id, 'in arrears', ({ status }) => status === 'in_arrears');
  return historyOf(id);
}

/** A lease in each state that it can be in when a new version is deployed. */
const states: Record<string, () => Promise<History>> = {
  verifying: reach('verifying'),
  offered: reach('offered'),
  reserved: reach('reserved'),
  awaitingDeposit: reach('awaiting_deposit', '010'),
  awaitingHandover: reach('awaiting_handover'),
  active: reach('active'),
  async referred() {
    return historyOf((await referral()).leaseId);
  },
  async declined() {
    const { leaseId, assessmentId } = await referral();
    const no = { decision: 'declined', reason: 'income too low' } as const;
    await staff.agent.post('/v1/credit/assessments/{id}/decision', { path: { id: assessmentId }, body: no });
    await isOver(platform, leaseId);
    return historyOf(leaseId);
  },
  async paused() {
    const { client, ...customer } = await newCustomer(platform);
    const { id } = await leaseIn('active', { client, ...customer }, staff);
    await client.post('/v1/leases/{id}/pause', { path: { id }, body: { kind: 'holiday', days: 5 } });
    await hoursLater(platform, id, 48);
    return historyOf(id);
  },
  async settledEarly() {
    const { client, ...customer } = await newCustomer(platform);
    const { id } = await leaseIn('active', { client, ...customer }, staff);
    const quote = await client.post('/v1/leases/{id}/settlement-quote', { path: { id } });
    await client.post('/v1/leases/{id}/settle', { path: { id }, body: { quoteId: quote.id } });
    await leaseThat(client, id, 'settled', ({ status }) => status === 'settled_early');
    await isOver(platform, id);
    return historyOf(id);
  },
  async writtenOff() {
    const { client, ...customer } = await newCustomer(platform);
    const { id } = await leaseIn('active', { client, ...customer }, staff);
    await staff.admin.post('/v1/leases/{id}/write-off', { path: { id }, body: { reason: 'gone' } });
    await client.post('/v1/leases/{id}/pay', { path: { id }, body: { amount: { amount: 5_000, currency: 'UGX' } } });
    await leaseThat(client, id, 'recovering', ({ paid, deposit }) => paid.amount > deposit.amount);
    return historyOf(id);
  },
  async stolenAndReturned() {
    const { client, ...customer } = await newCustomer(platform);
    const { id } = await leaseIn('active', { client, ...customer }, staff);
    const path = { id };
    await client.post('/v1/leases/{id}/report-theft', { path });
    await hoursLater(platform, id, 31 * 24);
    await staff.agent.post('/v1/leases/{id}/recover-theft', { path });
    await client.post('/v1/leases/{id}/report-theft', { path });
    await hoursLater(platform, id, 24);
    await staff.agent.post('/v1/leases/{id}/recover-theft', { path });
    await staff.agent.post('/v1/leases/{id}/return', { path });
    await isOver(platform, id);
    return historyOf(id);
  },
  /** An agent has given it more time to be signed, and some of that is over. */
  async heldLonger() {
    const { client, ...customer } = await newCustomer(platform);
    const { id } = await leaseIn('reserved', { client, ...customer }, staff, { wholeStory: true });
    const path = { id };
    await staff.agent.post('/v1/leases/{id}/extend-hold', { path, body: { hours: 24, reason: 'is travelling' } });
    await hoursLater(platform, id, 50);
    await client.post('/v1/leases/{id}/sign', { path, body: { name: customer.name } });
    await leaseThat(client, id, 'paid', ({ status }) => status === 'awaiting_handover');
    return historyOf(id);
  },
  async lapsed() {
    const { id } = await leaseIn('reserved', await newCustomer(platform), staff);
    await hoursLater(platform, id, 49);
    return historyOf(id);
  },
  /** What it tells its customer at night waits by itself. */
  async lapsedAtNight() {
    const { client, ...customer } = await newCustomer(platform);
    const offerHours = 24 + ((23 - localHourAt(Date.now(), 'UG') + 24) % 24);
    const { id } = await leaseIn('offered', { client, ...customer }, staff, { terms: { offerHours } });
    await hoursLater(platform, id, offerHours + 0.5);
    await leaseThat(client, id, 'lapsed', ({ status }) => status === 'lapsed');
    await isOver(platform, id);
    return historyOf(id);
  },
  async withdrawnAndRefunded() {
    const { client, ...customer } = await newCustomer(platform);
    const { id } = await leaseIn('awaiting_handover', { client, ...customer }, staff);
    await client.post('/v1/leases/{id}/withdraw', { path: { id } });
    await isOver(platform, id);
    return historyOf(id);
  },
  inArrears: () => late(12),
  /** Its customer is warned, the notice runs out, and the vehicle waits to be stopped. */
  vehicleStopped: () => late(21),
  async completed() {
    const { id } = await leaseIn('active', await newCustomer(platform), staff, 'monthly');
    await hoursLater(platform, id, 24 * 760);
    await isOver(platform, id);
    return historyOf(id);
  },
  /** Its customer is asked how he is, and offered a pause. */
  async crashed() {
    const { id, vehicleId } = await leaseIn('active', await newCustomer(platform), staff);
    const crash = { type: 'crash', severity: 'critical', vehicleId, occurredAt: new Date().toISOString(), details: {} };
    await platform.temporal.workflow
      .getHandle(`lease-${id}`)
      .signal(riskDetected, { riskEventId: randomUUID(), ...crash });
    return eventually('the text', async () => {
      const history = await historyOf(id);
      const events = history.events ?? [];
      const told = events.findIndex(
        (one) => one.workflowExecutionSignaledEventAttributes?.signalName === 'riskDetected',
      );
      return told >= 0 && events.slice(told).some((one) => one.markerRecordedEventAttributes) ? history : undefined;
    });
  },
  /** What is collected is in the books when the lease hears of it. */
  async paidByTheWeek() {
    const { id } = await leaseIn('active', await newCustomer(platform), staff, 'weekly');
    await hoursLater(platform, id, 24 * 16);
    return historyOf(id);
  },
  /** Thousands are due at the same hour: it is prompted in its part of the morning. */
  async promptedInItsTurn() {
    const { id } = await leaseIn('active', await newCustomer(platform), staff, 'weekly');
    await hoursLater(platform, id, 24 * 9);
    return historyOf(id);
  },
  ...leaseLives(
    () => platform,
    () => staff,
  ),
  ...applicationLives(
    () => platform,
    () => staff,
  ),
};

itReplays(join(import.meta.dirname, 'histories'), states, () => ({ dataConverter: dataConverter(platform.config) }));
