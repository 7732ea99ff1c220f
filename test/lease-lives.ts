import { randomUUID } from 'node:crypto';
import { transact } from '#use-cases/context';
import { tellOutcome } from '#use-cases/payments/tell-outcome';
import { recordOutcome } from '#use-cases/payments/record-outcome';
import { eventually } from '#dev/client';
import { leaseThat, type Customer } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { addDays, localDateAt, localHourAt } from '#domain/calendar';
import { system } from '#domain/identity/roles';
import { money } from '#domain/money';
import type { Standing } from '#domain/leases/standing';
import { booksChanged, moneyArrived, updateOf } from '#workflows/lease/messages';
import type { LeaseState } from '#workflows/lease/state';
import { createFleet, startFleet } from './fleet.ts';
import type { History } from './histories.ts';
import { isChargedLate } from './late-charge.ts';
import { confirmedPayments } from './lease-books.ts';
import { hoursLater, isOver, leaseIn, newCustomer, type Cast } from './people.ts';
import type { TestPlatform } from './platform.ts';
import { refuseWrites } from './refusing.ts';

const HOUR = 3_600_000;
const DAY = 24;

let serial = 0;
let turn: Promise<unknown> = Promise.resolve();

/** From now to half past an hour of the lease's next day or night in the market. */
const hoursUntil = (hour: number, market: 'UG' | 'KE') => ((hour - localHourAt(Date.now(), market) + 24) % 24) + 0.5;

/** Lives of leases that together come through what `patched` guards, each as short as it can be. */
export function leaseLives(platform: () => TestPlatform, staff: () => Cast): Record<string, () => Promise<History>> {
  const handleOf = (leaseId: string, runId?: string) =>
    platform().temporal.workflow.getHandle(`lease-${leaseId}`, runId);
  const runIdOf = async (leaseId: string) => (await handleOf(leaseId).describe()).runId;
  const later = (leaseId: string, hours: number) => hoursLater(platform(), leaseId, hours);
  const is = ({ client }: Customer, leaseId: string, status: string) =>
    leaseThat(client, leaseId, status, (lease) => lease.status === status, 60_000);
  const paymentOf = ({ client }: Customer, leaseId: string, kind: string, wanted: string) =>
    eventually(`a ${kind} that is ${wanted}`, async () => {
      const { data } = await client.get('/v1/payments', { query: { leaseId } });
      return data.find((payment) => payment.kind === kind && payment.status === wanted);
    });
  /** A provider is struck for one life at a time: the faults of the next one take the place of those before. */
  const alone = (life: () => Promise<History>) => () => {
    const itsTurn = turn.then(life, life);
    turn = itsTurn;
    return itsTurn;
  };
  const paysBy = async ({ client }: Customer, leaseId: string, provider: 'mtn' | 'mpesa', digits: string) => {
    const { phone } = await newCustomer(platform(), { digits, provider, verified: false });
    const { id: paymentMethodId } = await client.post('/v1/payment-methods', { body: { provider, phone } });
    await client.post('/v1/leases/{id}/payment-method', { path: { id: leaseId }, body: { paymentMethodId } });
  };

  /** A number of which nobody hears whether it paid. @returns the payment method. */
  const addSilent = async ({ client }: Customer) => {
    const { phone } = await newCustomer(platform(), { digits: '023', verified: false });
    return (await client.post('/v1/payment-methods', { body: { provider: 'mtn', phone } })).id;
  };
  const paysSome = async ({ client }: Customer, leaseId: string, paymentMethodId: string, amount: number) => {
    const payment = { amount: { amount, currency: 'UGX' }, paymentMethodId } as const;
    return (await client.post('/v1/leases/{id}/pay', { path: { id: leaseId }, body: payment })).id;
  };

  /** A running lease of which nobody applied, whose workflow begins with what a run before it left. */
  async function goingOn(left: (state: LeaseState) => Partial<LeaseState>) {
    serial += 1;
    const payer = { provider: 'mtn', market: 'UG', phone: `+256772000${300 + serial}` } as const;
    const name = `L${randomUUID().slice(0, 4)}`;
    const [lease] = await createFleet(platform().deps.db, platform().config, [payer], undefined, name);
    if (lease === undefined) throw new Error('there is no lease');
    await startFleet(platform().temporal, platform().config, [
      { ...lease, state: { ...lease.state, ...left(lease.state) } },
    ]);
    return lease.state.application.leaseId;
  }

  /** @returns the history, once it has gone past a guard. */
  const hasPassed = (leaseId: string, guard: string) =>
    eventually(`a lease past ${guard}`, async () => {
      const history = await handleOf(leaseId).fetchHistory();
      const details = history.events?.map(({ markerRecordedEventAttributes: marker }) => marker?.details) ?? [];
      const payloads = details.flatMap((detail) => Object.values(detail ?? {}).flatMap((one) => one.payloads ?? []));
      return payloads.some(({ data }) => Buffer.from(data ?? []).includes(guard)) ? history : undefined;
    });

  return {
    /** A text waits for the morning and a command hangs as the run grows long: it cannot close, goes on, and is renewed. */
    async renewed() {
      const notBefore = Date.now() + 20 * HOUR;
      const texts = [{ key: 'refund', message: { template: 'owner' } as const, notBefore }];
      const id = await goingOn(() => ({ texts, eventsPerRun: 30 }));
      const runId = await runIdOf(id);
      const where = `new.lease_id = '${id}'`;
      const refusing = await refuseWrites(platform().database, 'leases.pauses', { state: '40001', where });
      const agent = { role: 'agent', id: randomUUID() } as const;
      const pausing = handleOf(id).executeUpdate(updateOf('pause'), {
        args: [{ actor: agent, kind: 'repair', days: 2 }],
      });
      for (let turn = 0; turn < 4; turn += 1) await handleOf(id).signal(booksChanged);
      await later(id, 0.5);
      await refusing.mend();
      await later(id, 1);
      await pausing;
      await later(id, 7);
      await handleOf(id).signal(booksChanged);
      await eventually('a new run', async () => ((await runIdOf(id)) === runId ? undefined : true));
      return handleOf(id, runId).fetchHistory();
    },

    /** The workflow believes in a pause that the books do not know: what it does about it changes nothing. */
    async backingOff() {
      const pausedUntil = addDays(localDateAt(Date.now(), 'UG'), -1);
      const wrong = { version: 1_000, status: 'paused', pausedUntil } satisfies Partial<Standing>;
      const id = await goingOn(({ standing }) => ({ standing: { ...standing, ...wrong } }));
      await later(id, 0.1);
      return handleOf(id).fetchHistory();
    },

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

    /** A pause and a promise, a payment in doubt that was none, arrears, a late fee, and a settlement. */
    async doubtedAndSettled() {
      const customer = await newCustomer(platform());
      const { client } = customer;
      const terms = { graceDays: 1, lateFee: { amount: 1_000, cap: 2_000 } };
      const price = { amount: 1_000_000, currency: 'UGX' } as const;
      const { id } = await leaseIn('active', customer, staff(), { terms, price });
      await client.post('/v1/leases/{id}/pause', { path: { id }, body: { kind: 'holiday', days: 2 } });
      await client.post('/v1/leases/{id}/resume', { path: { id } });
      await paysBy(customer, id, 'mtn', '023');
      // Prompted on the seventh day and in doubt until ten in the morning, past the grace and the first reminder.
      await later(id, 9 * DAY + 10 - ((Date.now() / HOUR + 3) % 24));
      const { id: paymentId } = await paymentOf(customer, id, 'instalment', 'unknown');
      await paysBy(customer, id, 'mtn', '010');
      const decision = { outcome: 'failed', reason: 'on no statement' } as const;
      await staff().admin.post('/v1/payments/{id}/decide', { path: { id: paymentId }, body: decision });
      await is(customer, id, 'in_arrears');
      const on = addDays(localDateAt(Date.now(), 'UG'), 10);
      await client.post('/v1/leases/{id}/promise', {
        path: { id },
        body: { on, amount: { amount: 20_000, currency: 'UGX' } },
      });
      await later(id, 2 * DAY);
      await paysBy(customer, id, 'mtn', '100');
      await leaseThat(client, id, 'out of arrears', ({ status }) => status === 'active');
      const quote = await client.post('/v1/leases/{id}/settlement-quote', { path: { id } });
      await client.post('/v1/leases/{id}/settle', { path: { id }, body: { quoteId: quote.id } });
      await is(customer, id, 'settled_early');
      await isOver(platform(), id);
      return handleOf(id).fetchHistory();
    },

    /** The books change, which may have ended the doubt, in the moment in which arrears are put off because of it. */
    async doubtEndsMeanwhile() {
      const customer = await newCustomer(platform());
      const { id } = await leaseIn('active', customer, staff(), { terms: { graceDays: 1 } });
      await paysBy(customer, id, 'mtn', '023');
      // Prompted on the seventh day; the arrears would begin with the ninth.
      await later(id, 8 * DAY + 10 - ((Date.now() / HOUR + 3) % 24));
      await paymentOf(customer, id, 'instalment', 'unknown');
      const steps = async () => {
        const { events = [] } = await handleOf(id).fetchHistory();
        const types = events?.map(({ activityTaskScheduledEventAttributes: of }) => of?.activityType?.name) ?? [];
        return types.filter((type) => type === 'changeStatus').length;
      };
      const before = await steps();
      const { travelling } = await platform().database.sql.begin(async (tx) => {
        await tx`select from leases.leases where id = ${id} for update`;
        const ahead = { travelling: later(id, 20) };
        await eventually('arrears that are looked at', async () => ((await steps()) > before ? true : undefined));
        await handleOf(id).signal(booksChanged);
        await eventually('the signal', async () => {
          const { events } = await handleOf(id).fetchHistory();
          return events?.some(({ workflowExecutionSignaledEventAttributes: of }) => of?.signalName === 'booksChanged');
        });
        return ahead;
      });
      await travelling;
      return handleOf(id).fetchHistory();
    },

    /** Money is told once more while the books are looked at, which may have been too early. */
    async moneyToldMeanwhile() {
      const id = await goingOn(() => ({}));
      const since = async () => (await handleOf(id).fetchHistory()).events ?? [];
      const { db, sql } = platform().database;
      const [row] = await sql`select payment_method_id from leases.leases where id = ${id}`;
      const attemptId = randomUUID();
      const payment = { leaseId: id, paymentMethodId: String(row?.['payment_method_id']), attemptId };
      await confirmedPayments(db, [payment], 5_000, new Date());
      await sql.begin(async (tx) => {
        await tx`select from leases.leases where id = ${id} for update`;
        await handleOf(id).signal(moneyArrived, { attemptId });
        await eventually('a look', async () =>
          (await since()).some(
            ({ activityTaskScheduledEventAttributes: of }) => of?.activityType?.name === 'postPayment',
          )
            ? true
            : undefined,
        );
        await handleOf(id).signal(moneyArrived, { attemptId });
        await hasPassed(id, 'money-told-meanwhile-is-looked-at');
      });
      return handleOf(id).fetchHistory();
    },

    /** His first payment method has no funds: the next one is prompted at once. */
    async nextMethod() {
      const customer = await newCustomer(platform());
      const { client } = customer;
      const { id } = await leaseIn('active', customer, staff());
      const { phone } = await newCustomer(platform(), { digits: '010', verified: false });
      const empty = await client.post('/v1/payment-methods', { body: { provider: 'mtn', phone } });
      const paymentMethodIds = [empty.id, customer.paymentMethodId];
      await client.post('/v1/leases/{id}/collection', { path: { id }, body: { paymentMethodIds, quietHours: null } });
      await later(id, 8 * DAY);
      await leaseThat(client, id, 'paid', ({ instalmentsPaid }) => instalmentsPaid === 1);
      return hasPassed(id, 'next-methods-come-at-once');
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

    /** All is paid, if an agent took cash on the day that he says: the lease ends once somebody else has confirmed it. */
    async heldByADay() {
      const customer = await newCustomer(platform());
      const terms = { graceDays: 1, lateFee: { amount: 1_000, cap: 2_000 } };
      const lease = await leaseIn('active', customer, staff(), {
        terms,
        price: { amount: 1_000_000, currency: 'UGX' },
      });
      const { id } = lease;
      await paysBy(customer, id, 'mtn', '010');
      await later(id, 12 * DAY);
      const due = await leaseThat(customer.client, id, 'late', ({ feesDue }) => feesDue.amount > 0);
      const takes = (amount: number, receiptNumber: string, paidOn?: string) => {
        const amountOf = { amount, currency: 'UGX' } as const;
        const cash = { leaseId: id, amount: amountOf, receiptNumber, ...(paidOn !== undefined && { paidOn }) };
        return staff().agent.post('/v1/payments/cash', { body: cash });
      };
      const { amount: instalment } = lease.instalment;
      await takes(due.outstanding.amount - instalment, `${id}-1`);
      const handedOver = localDateAt(Date.parse(lease.asOf), 'UG');
      const claim = await takes(instalment, `${id}-2`, addDays(handedOver, 7));
      await leaseThat(customer.client, id, 'paid', ({ outstanding }) => outstanding.amount === 0);
      await hasPassed(id, 'days-of-cash-hold-the-end');
      await is(customer, id, 'active');
      const { data } = await staff().agent.get('/v1/cases', { query: { paymentId: claim.id } });
      const said = { decision: 'confirmed', resolution: 'the counterfoil says so' } as const;
      await staff().admin.post('/v1/cases/{id}/close', { path: { id: data[0]?.id ?? '' }, body: said });
      await is(customer, id, 'completed');
      await isOver(platform(), id);
      return handleOf(id).fetchHistory();
    },

    /** An agent books the last money at night; the customer hears in the morning that the vehicle is his. */
    async ownerAtNight() {
      const customer = await newCustomer(platform());
      const price = { amount: 1_000_000, currency: 'UGX' } as const;
      const { id, outstanding: amount } = await leaseIn('active', customer, staff(), { price });
      await later(id, hoursUntil(23, 'UG'));
      await staff().agent.post('/v1/payments/cash', { body: { leaseId: id, amount, receiptNumber: id } });
      await is(customer, id, 'completed');
      await isOver(platform(), id);
      return handleOf(id).fetchHistory();
    },

    /** On the day of an instalment the customer's own payment expires, for which the prompt that he asks for waits. */
    async ownPaymentExpired() {
      const customer = await newCustomer(platform());
      const { id } = await leaseIn('active', customer, staff());
      await paysBy(customer, id, 'mtn', '010');
      const silent = await addSilent(customer);
      await later(id, 7 * DAY + 10 - ((Date.now() / HOUR + 3) % 24));
      const paymentId = await paysSome(customer, id, silent, 1_000_000);
      const { client, paymentMethodId } = customer;
      await client.post('/v1/leases/{id}/payment-method', { path: { id }, body: { paymentMethodId } });
      await eventually('a prompt that found nothing due', async () => {
        const { events } = await handleOf(id).fetchHistory();
        const sent = events?.findLast(
          ({ activityTaskScheduledEventAttributes: of }) => of?.activityId?.startsWith('collect-') === true,
        );
        const isOwn = sent?.activityTaskScheduledEventAttributes?.activityId === `collect-${paymentId}`;
        const isAnswer = ({ activityTaskCompletedEventAttributes: done }: NonNullable<typeof sent>) =>
          done !== null && done !== undefined && String(done.scheduledEventId) === String(sent?.eventId);
        return !isOwn && events?.some(isAnswer) === true ? true : undefined;
      });
      const { deps } = platform();
      const said = { state: 'failed', reason: 'expired', detail: 'EXPIRED' } as const;
      const outcome = await transact(deps.db, system('test'), new Date(), (context) =>
        recordOutcome(context, paymentId, said),
      );
      await tellOutcome(deps, id, outcome);
      await later(id, 9);
      return handleOf(id).fetchHistory();
    },

    /** A payment is in doubt once the lease is written off. */
    async writtenOffInDoubt() {
      const customer = await newCustomer(platform());
      const { id } = await leaseIn('active', customer, staff());
      await staff().admin.post('/v1/leases/{id}/write-off', { path: { id }, body: { reason: 'gone' } });
      await paysSome(customer, id, await addSilent(customer), 50_000);
      await paymentOf(customer, id, 'instalment', 'unknown');
      await later(id, DAY);
      return handleOf(id).fetchHistory();
    },

    /** A settlement in two prompts, each of which is in doubt until somebody decides that it was paid. */
    async settlementGoesOn() {
      const customer = await newCustomer(platform());
      const { id } = await leaseIn('active', customer, staff(), { price: money(8_000_000, 'UGX') });
      const { client } = customer;
      const quote = await client.post('/v1/leases/{id}/settlement-quote', { path: { id } });
      const body = { quoteId: quote.id, paymentMethodId: await addSilent(customer) };
      await client.post('/v1/leases/{id}/settle', { path: { id }, body });
      for (let prompt = 1; prompt <= 2; prompt += 1) {
        const doubted = await paymentOf(customer, id, 'settlement', 'unknown');
        const decision = { outcome: 'succeeded', reason: 'on the statement' } as const;
        await staff().admin.post('/v1/payments/{id}/decide', { path: { id: doubted.id }, body: decision });
      }
      await is(customer, id, 'settled_early');
      return handleOf(id).fetchHistory();
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

    /** Its workflow had died when cash settled it: it is started from the books, and its owner is told. */
    async settledBeside() {
      const customer = await newCustomer(platform());
      const { id } = await leaseIn('active', customer, staff(), { price: money(500_000, 'UGX') });
      const { amount } = await customer.client.post('/v1/leases/{id}/settlement-quote', { path: { id } });
      await handleOf(id).terminate('died in a test');
      const cash = { leaseId: id, amount, receiptNumber: randomUUID() };
      await staff().agent.post('/v1/payments/cash', { body: cash });
      return hasPassed(id, 'what-came-before-the-story-is-told');
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
