import { condition, patched, setHandler } from '@temporalio/workflow';
import { localDateAt } from '#domain/calendar';
import type { Actor } from '#domain/identity/roles';
import { mayBeGiven } from '#domain/leases/commands';
import { hasEnded } from '#domain/leases/status';
import { money } from '#domain/money';
import type { ReceivedMoney } from '#domain/payments/payment';
import { renewing } from '../kit/messages.ts';
import { answering } from '../kit/retry.ts';
import { refusal } from '../kit/refusal.ts';
import { credit, leases, payments } from './activities.ts';
import { answerBooks } from './book-handlers.ts';
import { collectSettlement, paid, sendAndBook, takeFact, text } from './collecting.ts';
import { obeys, ofCommand, takes } from './command.ts';
import * as messages from './messages.ts';
import type { LeaseRun } from './run.ts';

/** Wires what people ask and machines tell to a run. Validators refuse at once, without a trace in the history. */
export function answer(lease: LeaseRun): void {
  answerApplicant(lease);
  answerMoney(lease);
  answerStaff(lease);
  answerAgreements(lease);
  answerBooks(lease);
  answerMachines(lease);
}

function answerApplicant(lease: LeaseRun): void {
  obeys(lease, 'acceptOffer', (order) => {
    const until = new Date(Date.now() + lease.state.terms.signHours * 3_600_000).toISOString();
    lease.state.undo.push('releaseVehicle');
    return leases(answering).holdVehicle({ ...order, until });
  });

  obeys(
    lease,
    'sign',
    (order) => leases(answering).signAgreement(order),
    ({ actor }) => lease.isAsked(actor),
  );

  // Not as the others: the story finishes what is being carried out first, and then ends.
  const withdrawable = () => mayBeGiven('withdraw', lease.status);
  setHandler(
    messages.updateOf('withdraw'),
    async ({ reason }) => {
      lease.withdrawal = reason;
      await condition(() => !withdrawable() || lease.renewal.closing);
      if (hasEnded(lease.status)) return lease.state.standing;
      lease.withdrawal = null;
      if (lease.renewal.closing) throw renewing();
      throw refusal('invalid_state', 'the vehicle was handed over meanwhile');
    },
    {
      validator: (_request) => {
        lease.renewal.refuseBeyond();
        // The story that would end it goes on in the next run.
        if (lease.renewal.closing) throw renewing();
        if (!withdrawable()) throw refusal('invalid_state', `this is not possible while the lease is ${lease.status}`);
      },
    },
  );
}

function answerMoney(lease: LeaseRun): void {
  takes(lease, 'pay', async ({ actor, ...payment }) => {
    const order = { leaseId: lease.id, kind: 'pay', ...payment } as const;
    const requested = await payments(answering).requestPayment({ ...order, actor, ...lease.now });
    lease.inBackground(async () => {
      const asked = Date.now();
      if ((await sendAndBook(lease, order)) === 'succeeded') paid(lease, asked);
    });
    return requested;
  });

  takes(lease, 'settle', async ({ actor, ...settlement }) => {
    const order = { leaseId: lease.id, kind: 'settlement', ...settlement } as const;
    const requested = await payments(answering).requestPayment({ ...order, actor, ...lease.now });
    lease.inBackground(() => collectSettlement(lease, order));
    return requested;
  });

  obeys(
    lease,
    'receiveMoney',
    (order) => payments(answering).receiveMoney(order),
    ({ money }) => paid(lease, isOfNow(money, lease) ? Date.now() : null),
  );

  obeys(
    lease,
    'changeCollection',
    (order) => leases(answering).changeCollection(order),
    ({ actor, quietHours }) => {
      lease.state.quiet = quietHours;
      startAnew(lease, actor);
    },
  );

  // Not `obeys`: histories of before have no answer of the activity.
  takes(lease, 'changePaymentMethod', async (asked) => {
    await leases(answering).changePaymentMethod(ofCommand(lease, asked));
    startAnew(lease, asked.actor);
    return lease.state.standing;
  });
}

/** Somebody has chosen how to pay: by the first method, and at once. */
function startAnew(lease: LeaseRun, actor: Actor): void {
  lease.state.method = 0;
  lease.state.notBefore = 0;
  lease.isAsked(actor);
}

/** What a customer or an agent agrees on while the lease runs. */
function answerAgreements(lease: LeaseRun): void {
  const { currency } = lease.state.terms;

  obeys(
    lease,
    'pause',
    (order) => leases(answering).pauseLease(order),
    () => {
      const until = lease.state.standing.pausedUntil;
      if (until !== null) text(lease, `paused:${until}`, { template: 'paused', until });
    },
  );
  obeys(lease, 'resume', (order) => leases(answering).resumeLease(order));
  obeys(
    lease,
    'promise',
    (order) => leases(answering).promisePayment(order),
    ({ on, amount }) => text(lease, `promised:${on}`, { template: 'promised', amount: money(amount, currency), on }),
  );
  takes(lease, 'quoteSettlement', (asked) => leases(answering).quoteSettlement(ofCommand(lease, asked)));
}

/** False for money that became known later than it was paid, at an hour that nobody says. */
function isOfNow(money: ReceivedMoney, { state }: LeaseRun): boolean {
  if (money.kind === 'inbound') return !money.fromSuspense;
  return money.paidOn === undefined || money.paidOn === localDateAt(Date.now(), state.terms.market);
}

function answerStaff(lease: LeaseRun): void {
  takes(
    lease,
    'decideCredit',
    async ({ actor, ...decision }) => {
      const conditions = decision.conditions ?? null;
      const decided = await credit(answering).recordCreditDecision({ ...decision, conditions, actor, ...lease.now });
      lease.creditDecision = decided;
      return decided.assessmentId;
    },
    () => lease.creditDecision === null,
  );
  obeys(lease, 'handOver', (order) => leases(answering).handOver(order));
}

function answerMachines(lease: LeaseRun): void {
  setHandler(messages.moneyArrived, ({ attemptId }) => {
    // It is told again where it was told in vain: only the books know whether it is in them.
    if (lease.isNews(`money:${attemptId}`) || patched('money-told-again-is-looked-at'))
      takeFact(lease, { money: attemptId });
  });
  setHandler(messages.moneyFailed, (failed) => {
    if (lease.state.unknown.some((one) => one.attemptId === failed.attemptId)) takeFact(lease, { failed });
  });
  setHandler(messages.kycDecided, (decided) => lease.isIdentified(decided));
  setHandler(messages.riskDetected, (risk) => {
    if (lease.isNews(`risk:${risk.riskEventId}`)) takeFact(lease, { risk });
  });
  setHandler(messages.booksChanged, () => takeFact(lease, { books: 'changed' }));
  setHandler(messages.currentStanding, () => lease.state.standing);
}
