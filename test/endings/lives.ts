import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { expect } from 'vitest';
import { inboundPath } from '#use-cases/payments/inbound/inbound-secret';
import { attempts } from '#db/schema/index';
import { proveIdentity } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { addDays, localDateAt } from '#domain/calendar';
import { clockOf } from '#platform/temporal/fast-forward';
import { kycWorkflowId } from '#workflows/kyc/messages';
import { call } from '../api-world.ts';
import { newChoice, newCustomer, type Wish } from '../people.ts';
import { absent, DAY, eventually, ugx, type Stage } from './stage.ts';

/** Lives of leases, and of what belongs to them, as people and the days lead them. */
export const livesOf = (stage: Stage): Readonly<Record<string, () => Promise<void>>> => {
  const { platform, staff, customer, cash, leaseIn, leaseThat, leaseLater, later, handleOf, run } = stage;
  return {
    async 'a lease that is lived and paid off'() {
      const one = await customer();
      const { id } = await leaseIn('active', one, { price: ugx(400_000) });
      const command = (name: string, body: object, who = one.client) =>
        who.send('POST', `/v1/leases/${id}/${name}`, { body });
      await command('pause', { kind: 'holiday', days: 2 });
      await command('resume', {});
      const on = addDays(localDateAt(Date.now(), 'UG'), 10);
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
      const { id } = await leaseIn('active', one, { terms: { lateFee: { amount: 2_000, cap: 5_000 } } });
      const quote = await one.client.post('/v1/leases/{id}/settlement-quote', { path: { id } });
      const { phone } = await newCustomer(platform, { digits: '010', verified: false });
      const empty = await one.client.post('/v1/payment-methods', { body: { provider: 'mtn', phone } });
      await one.client.post('/v1/leases/{id}/payment-method', { path: { id }, body: { paymentMethodId: empty.id } });
      // Its prompt is declined: the settlement stops.
      const settled = { quoteId: quote.id, paymentMethodId: empty.id };
      await one.client.post('/v1/leases/{id}/settle', { path: { id }, body: settled });
      await leaseLater(id, 8 * DAY);
      const today = localDateAt((await clockOf(platform.temporal, `lease-${id}`)).getTime(), 'UG');
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
      const { id } = await leaseIn('awaiting_handover', one);
      await one.client.post('/v1/leases/{id}/withdraw', { path: { id } });
      await leaseLater(id, DAY);
      await handleOf(id).result();
    },
    async 'cash that no provider gives back'() {
      const one = await customer({ digits: '010' });
      const { id } = await leaseIn('awaiting_deposit', one);
      await cash(id, 3_000);
      await one.client.post('/v1/leases/{id}/withdraw', { path: { id } });
      await leaseLater(id, DAY);
      await handleOf(id).result();
    },
    async 'a vehicle that nobody hands over'() {
      const one = await customer();
      const { id } = await leaseIn('awaiting_handover', one);
      await leaseLater(id, 7 * DAY);
    },
    async 'a payment that nobody knows of'() {
      const one = await customer({ digits: '023' });
      const { id } = await leaseIn('awaiting_deposit', one);
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
      await inReview(stage, number);
      await later(kyc, 715 * DAY);
    },
    async 'what customers pay by themselves'() {
      const one = await customer();
      const { reference } = await leaseIn('active', one);
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
      const sent = {
        method: 'POST',
        body: JSON.stringify({ ...notice, paidAt: new Date(Date.now() - 9 * DAY * 3_600_000).toISOString() }),
      };
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
          const { id } = await leaseIn('awaiting_deposit', one, { market: 'KE' } satisfies Wish);
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
};

/** A submission that an agent must look at, since another has the number: nobody does for long, then somebody. */
async function inReview({ customer, staff, later }: Stage, number: string): Promise<void> {
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
