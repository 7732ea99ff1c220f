import { randomUUID } from 'node:crypto';
import { eventually } from '#dev/client';
import { leaseThat } from '#dev/journey';
import { addDays, localDateAt } from '#domain/calendar';
import { money } from '#domain/money';
import type { Standing } from '#domain/leases/standing';
import { booksChanged, moneyArrived, updateOf } from '#workflows/lease/messages';
import type { History } from './histories.ts';
import { confirmedPayments } from './lease-books.ts';
import { isOver, leaseIn, newCustomer, type Cast } from './people.ts';
import type { TestPlatform } from './platform.ts';
import { refuseWrites } from './refusing.ts';
import { DAY, handsOn, HOUR, hoursUntil } from './life.ts';
import { answersLate } from './late-charge.ts';
import { isMadeOver } from './another-customer.ts';

/** Lives of running leases that together come through what `patched` guards, each as short as it can be. */
export function leaseLives(platform: () => TestPlatform, staff: () => Cast): Record<string, () => Promise<History>> {
  const { handleOf, runIdOf, later, is, paymentOf, paysBy, addSilent, paysSome, goingOn, hasPassed } =
    handsOn(platform);

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
      // All that he took on that day is far ahead as well: that is another case.
      const query = { paymentId: claim.id, kind: 'backdated_cash' };
      const { data } = await staff().agent.get('/v1/cases', { query });
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
      await answersLate(platform(), id, paymentId, { state: 'failed', reason: 'expired', detail: 'EXPIRED' });
      await later(id, 9);
      return handleOf(id).fetchHistory();
    },

    /** He declines on the day of an instalment and pays a part of it in cash; of another part the provider answers late. */
    async paidInParts() {
      const customer = await newCustomer(platform());
      const { id } = await leaseIn('active', customer, staff());
      await paysBy(customer, id, 'mtn', '012');
      await later(id, 7 * DAY + 10 - ((Date.now() / HOUR + 3) % 24));
      const cash = { leaseId: id, amount: { amount: 20_000, currency: 'UGX' }, receiptNumber: randomUUID() } as const;
      await staff().agent.post('/v1/payments/cash', { body: cash });
      await hasPassed(id, 'parts-ring-nobody');
      const paymentId = await paysSome(customer, id, await addSilent(customer), 10_000);
      await paymentOf(customer, id, 'instalment', 'unknown');
      await answersLate(platform(), id, paymentId);
      return hasPassed(id, 'late-answers-begin-anew');
    },

    /** He declines an instalment, and has paid it all the same. */
    async failedAndPaid() {
      const customer = await newCustomer(platform());
      const { id } = await leaseIn('active', customer, staff());
      await paysBy(customer, id, 'mtn', '012');
      await later(id, 7 * DAY + 10 - ((Date.now() / HOUR + 3) % 24));
      const { id: paymentId } = await paymentOf(customer, id, 'instalment', 'failed');
      await answersLate(platform(), id, paymentId);
      return hasPassed(id, 'failed-and-paid-begins-anew');
    },

    /** Of what he pays ahead the provider answers late. */
    async paidAheadLate() {
      const customer = await newCustomer(platform());
      const { id } = await leaseIn('active', customer, staff());
      const paymentId = await paysSome(customer, id, await addSilent(customer), 10_000);
      await paymentOf(customer, id, 'instalment', 'unknown');
      await answersLate(platform(), id, paymentId);
      return hasPassed(id, 'known-charges-ring-nobody');
    },

    /** He declines the late fee that a new plan has left, for a week of mornings, until its first line is due. */
    async feesDeclined() {
      const customer = await newCustomer(platform());
      const terms = { graceDays: 1, lateFee: { amount: 1_000, cap: 2_000 } };
      const { id } = await leaseIn('active', customer, staff(), { terms });
      await paysBy(customer, id, 'mtn', '012');
      await later(id, 9 * DAY + 10 - ((Date.now() / HOUR + 3) % 24));
      const body = { instalments: 60, reason: 'was ill' };
      await staff().agent.post('/v1/leases/{id}/restructure', { path: { id }, body });
      await later(id, 7 * DAY);
      return hasPassed(id, 'lines-are-asked-for-on-their-day');
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

    /** A settlement goes on in the morning, and the lease is made over at night before. */
    async madeOverWhileSettled() {
      const [customer, heir] = [await newCustomer(platform()), await newCustomer(platform())];
      const { id } = await leaseIn('active', customer, staff(), { price: money(14_000_000, 'UGX') });
      const quote = await customer.client.post('/v1/leases/{id}/settlement-quote', { path: { id } });
      const settles = { quoteId: quote.id, paymentMethodId: await addSilent(customer) };
      await customer.client.post('/v1/leases/{id}/settle', { path: { id }, body: settles });
      const { id: doubted } = await paymentOf(customer, id, 'settlement', 'unknown');
      await later(id, hoursUntil(22, 'UG') + DAY);
      const decision = { outcome: 'succeeded', reason: 'on the statement' } as const;
      await staff().admin.post('/v1/payments/{id}/decide', { path: { id: doubted }, body: decision });
      await isMadeOver(id, customer, heir, staff());
      return hasPassed(id, 'a-transfer-ends-a-settlement');
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
  };
}
