import { randomUUID } from 'node:crypto';
import { transact } from '#use-cases/context';
import { tellOutcome } from '#use-cases/payments/outcomes/tell-outcome';
import { recordOutcome } from '#use-cases/payments/outcomes/record-outcome';
import { eventually } from '#dev/client';
import { leaseThat } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { system } from '#domain/identity/roles';
import { money } from '#domain/money';
import { moneyArrived } from '#workflows/lease/messages';
import type { History } from './histories.ts';
import { isChargedLate } from './late-charge.ts';
import { isOver, leaseIn, newCustomer, type Cast } from './people.ts';
import type { TestPlatform } from './platform.ts';
import { alone, DAY, handsOn, hoursUntil } from './life.ts';

/** The same of applications, and of what goes back when they end. */
export function applicationLives(
  platform: () => TestPlatform,
  staff: () => Cast,
): Record<string, () => Promise<History>> {
  const { handleOf, later, is, paymentOf, paysBy, addSilent, paysSome, hasPassed } = handsOn(platform);

  return {
    /** Signed at night, asked again at once by another phone; the refund is refused, and made the next night. */
    withdrawnAtNight: alone(async () => {
      const customer = await newCustomer(platform(), { provider: 'mpesa' });
      const { client, name, paymentMethodId } = customer;
      const { id } = await leaseIn('reserved', customer, staff(), { market: 'KE' });
      await paysBy(customer, id, 'mpesa', '010');
      await later(id, hoursUntil(22, 'KE'));
      await client.post('/v1/leases/{id}/sign', { path: { id }, body: { name } });
      await paymentOf(customer, id, 'deposit', 'failed');
      await client.post('/v1/leases/{id}/payment-method', { path: { id }, body: { paymentMethodId } });
      await is(customer, id, 'awaiting_handover');
      const world = new SimulatorClient(platform().simulators);
      await world.post('/faults', { body: { down: true, providers: ['mpesa'] } });
      try {
        await client.post('/v1/leases/{id}/withdraw', { path: { id } });
        await paymentOf(customer, id, 'refund', 'failed');
      } finally {
        await world.post('/faults');
      }
      // The breaker goes by the wall, and lets something through again after five seconds.
      await new Promise((resolve) => setTimeout(resolve, 5_500));
      await later(id, DAY);
      await paymentOf(customer, id, 'refund', 'succeeded');
      // The lease is over, but its text waits for the morning: money arrives meanwhile that counted as failed.
      await isChargedLate(platform(), customer, id, 'mpesa', money(1_000, 'KES'));
      await leaseThat(client, id, 'in credit', ({ credit }) => credit.amount > 0);
      await isOver(platform(), id);
      return handleOf(id).fetchHistory();
    }),

    /** A deposit above what the provider takes at once: its parts follow each other. */
    async depositInParts() {
      const customer = await newCustomer(platform());
      const { id } = await leaseIn('awaiting_deposit', customer, staff(), { price: money(60_000_000, 'UGX') });
      await is(customer, id, 'awaiting_handover');
      return hasPassed(id, 'parts-of-a-deposit-follow');
    },

    /** The customer types a wrong PIN, as no simulated one does, and is told so, at the latest in the morning. */
    async wrongPin() {
      const customer = await newCustomer(platform(), { digits: '023' });
      const { id } = await leaseIn('awaiting_deposit', customer, staff());
      const { id: paymentId } = await paymentOf(customer, id, 'deposit', 'pending');
      const { deps } = platform();
      const said = { state: 'failed', reason: 'wrong_pin', detail: '2001' } as const;
      const outcome = await transact(deps.db, system('test'), new Date(), (context) =>
        recordOutcome(context, paymentId, said),
      );
      await tellOutcome(deps, id, outcome);
      return hasPassed(id, 'wrong-pins-are-told');
    },

    /** A small part of a deposit is in doubt, and the rest does not come. */
    async lapsedBesideDoubt() {
      const customer = await newCustomer(platform(), { digits: '010' });
      const { id } = await leaseIn('awaiting_deposit', customer, staff());
      await paysSome(customer, id, await addSilent(customer), 1_000);
      await paymentOf(customer, id, 'deposit', 'unknown');
      await later(id, 80);
      await is(customer, id, 'lapsed');
      return hasPassed(id, 'deposits-lapse-beside-doubts');
    },

    /** Two payments of a deposit are in doubt; of the one that is asked about first nobody hears, the other has paid it, and is told again. */
    async depositsInDoubt() {
      const customer = await newCustomer(platform(), { digits: '023' });
      const { id, deposit } = await leaseIn('awaiting_deposit', customer, staff());
      await paymentOf(customer, id, 'deposit', 'unknown');
      const paymentId = await paysSome(customer, id, await addSilent(customer), deposit.amount);
      await eventually('another doubt', async () => {
        const { status } = await customer.client.get('/v1/payments/{id}', { path: { id: paymentId } });
        return status === 'unknown' ? true : undefined;
      });
      const said = { state: 'succeeded', receipt: paymentId, amount: money(deposit.amount, 'UGX') } as const;
      await transact(platform().deps.db, system('test'), new Date(), (context) =>
        recordOutcome(context, paymentId, said),
      );
      await later(id, 7);
      await is(customer, id, 'awaiting_handover');
      for (let times = 0; times < 2; times += 1) await handleOf(id).signal(moneyArrived, { attemptId: paymentId });
      return hasPassed(id, 'money-told-again-is-looked-at');
    },

    /**
     * The provider refuses the refund of a deposit on five days: what is left is a case, which says so. It is one that no
     * other life pays by: who is refused so often is not asked for a while.
     */
    refundRefused: alone(async () => {
      const customer = await newCustomer(platform(), { provider: 'airtel' });
      const { id } = await leaseIn('awaiting_handover', customer, staff());
      const world = new SimulatorClient(platform().simulators);
      await world.post('/faults', { body: { down: true, providers: ['airtel'] } });
      try {
        await customer.client.post('/v1/leases/{id}/withdraw', { path: { id } });
        await paymentOf(customer, id, 'refund', 'failed');
        await later(id, 6 * DAY);
        await handleOf(id).result();
      } finally {
        await world.post('/faults');
      }
      return handleOf(id).fetchHistory();
    }),

    /** The provider takes the deposit back while its refund waits for the provider to be there again. */
    refundStopped: alone(async () => {
      const customer = await newCustomer(platform(), { provider: 'mpesa' });
      const { id } = await leaseIn('awaiting_handover', customer, staff(), { market: 'KE' });
      const payment = await paymentOf(customer, id, 'deposit', 'succeeded');
      const world = new SimulatorClient(platform().simulators);
      await world.post('/faults', { body: { down: true, providers: ['mpesa'] } });
      try {
        await customer.client.post('/v1/leases/{id}/withdraw', { path: { id } });
        await paymentOf(customer, id, 'refund', 'pending');
        await staff().admin.post('/v1/payments/{id}/reverse', {
          path: { id: payment.id },
          body: { reason: 'charge-back' },
        });
        await handleOf(id).result();
      } finally {
        await world.post('/faults');
      }
      return handleOf(id).fetchHistory();
    }),

    /** The provider takes the deposit back before the handover. */
    async depositTakenBack() {
      const customer = await newCustomer(platform());
      const { id } = await leaseIn('awaiting_handover', customer, staff());
      const payment = await paymentOf(customer, id, 'deposit', 'succeeded');
      await staff().admin.post('/v1/payments/{id}/reverse', {
        path: { id: payment.id },
        body: { reason: 'charge-back' },
      });
      await later(id, 14);
      await is(customer, id, 'awaiting_handover');
      return handleOf(id).fetchHistory();
    },

    /** The deposit is taken back, and cash of a part of it comes before the customer has read that. */
    async depositTakenBackAndPart() {
      const customer = await newCustomer(platform());
      const { id } = await leaseIn('awaiting_handover', customer, staff());
      const payment = await paymentOf(customer, id, 'deposit', 'succeeded');
      const body = { reason: 'charge-back' };
      await staff().admin.post('/v1/payments/{id}/reverse', { path: { id: payment.id }, body });
      const cash = { leaseId: id, amount: money(1_000, 'UGX'), receiptNumber: randomUUID() };
      await staff().agent.post('/v1/payments/cash', { body: cash });
      await later(id, 14);
      await is(customer, id, 'awaiting_handover');
      return handleOf(id).fetchHistory();
    },

    /** The workflow died while the deposit was under way, and was started again from the books. */
    async restarted() {
      const customer = await newCustomer(platform(), { digits: '001' });
      const { id } = await leaseIn('awaiting_deposit', customer, staff());
      await handleOf(id).terminate('died in a test');
      await staff().admin.post('/v1/leases/{id}/restart', { path: { id } });
      await is(customer, id, 'awaiting_handover');
      return handleOf(id).fetchHistory();
    },
  };
}
