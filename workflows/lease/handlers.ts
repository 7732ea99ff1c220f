import { condition, patched, setHandler } from '@temporalio/workflow';
import { localDateAt } from '#domain/calendar';
import { mayBeGiven } from '#domain/leases/admission';
import { hasEnded } from '#domain/leases/status';
import { money } from '#domain/money';
import type { ReceivedMoney } from '#domain/payments/payment';
import { renewing } from '../kit/messages.ts';
import { answering } from '../kit/retry.ts';
import { refusal } from '../kit/refusal.ts';
import { credit, leases, payments } from './activities.ts';
import { paid, sendAndBook, collectSettlement, takeFact, text } from './collecting.ts';
import { answerBooks } from './book-handlers.ts';
import { command, ofCommand, takes } from './command.ts';
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
  command(lease, messages.acceptOffer, takes(lease, 'acceptOffer'), async ({ actor }) => {
    const until = new Date(Date.now() + lease.state.terms.signHours * 3_600_000).toISOString();
    lease.state.undo.push('releaseVehicle');
    lease.stands(await leases(answering).holdVehicle({ ...ofCommand(lease, actor), until }));
    return lease.state.standing;
  });

  command(lease, messages.sign, takes(lease, 'sign'), async ({ actor, name }) => {
    lease.stands(await leases(answering).signAgreement({ ...ofCommand(lease, actor), name }));
    lease.isAsked(actor);
    return lease.state.standing;
  });

  // Not a `command`: the story finishes what is being carried out first, and then ends.
  const withdrawable = takes(lease, 'withdraw');
  setHandler(
    messages.withdraw,
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
  command(lease, messages.pay, takes(lease, 'pay'), async ({ actor, ...payment }) => {
    const order = { leaseId: lease.id, kind: 'pay', ...payment } as const;
    const requested = await payments(answering).requestPayment({ ...order, actor, ...lease.now });
    lease.inBackground(async () => {
      const asked = Date.now();
      if ((await sendAndBook(lease, order)) === 'succeeded') paid(lease, asked);
    });
    return requested;
  });

  command(lease, messages.settle, takes(lease, 'settle'), async ({ actor, ...settlement }) => {
    const order = { leaseId: lease.id, kind: 'settlement', ...settlement } as const;
    const requested = await payments(answering).requestPayment({ ...order, actor, ...lease.now });
    lease.inBackground(() => collectSettlement(lease, order));
    return requested;
  });

  command(lease, messages.receiveMoney, takes(lease, 'receiveMoney'), async ({ actor, money }) => {
    lease.stands(await payments(answering).receiveMoney({ leaseId: lease.id, money, actor, ...lease.now }));
    paid(lease, isOfNow(money, lease) ? Date.now() : null);
    return lease.state.standing;
  });

  command(
    lease,
    messages.changeCollection,
    takes(lease, 'changeCollection'),
    async ({ actor, paymentMethodIds, quietHours }) => {
      const wish = { ...ofCommand(lease, actor), paymentMethodIds, quietHours };
      lease.stands(await leases(answering).changeCollection(wish));
      lease.state.quiet = quietHours;
      lease.state.method = 0;
      lease.state.notBefore = 0;
      lease.isAsked(actor);
      return lease.state.standing;
    },
  );

  command(
    lease,
    messages.changePaymentMethod,
    takes(lease, 'changePaymentMethod'),
    async ({ actor, paymentMethodId }) => {
      await leases(answering).changePaymentMethod({ ...ofCommand(lease, actor), paymentMethodId });
      lease.state.notBefore = 0;
      lease.state.method = 0;
      lease.isAsked(actor);
      return lease.state.standing;
    },
  );
}

/** What a customer or an agent agrees on while the lease runs. */
function answerAgreements(lease: LeaseRun): void {
  const { currency } = lease.state.terms;

  command(lease, messages.pause, takes(lease, 'pause'), async ({ actor, kind, days }) => {
    lease.stands(await leases(answering).pauseLease({ ...ofCommand(lease, actor), kind, days }));
    const until = lease.state.standing.pausedUntil;
    if (until !== null) text(lease, `paused:${until}`, { template: 'paused', until });
    return lease.state.standing;
  });

  command(lease, messages.resume, takes(lease, 'resume'), async ({ actor }) => {
    lease.stands(await leases(answering).resumeLease(ofCommand(lease, actor)));
    return lease.state.standing;
  });

  command(lease, messages.promise, takes(lease, 'promise'), async ({ actor, on, amount }) => {
    lease.stands(await leases(answering).promisePayment({ ...ofCommand(lease, actor), on, amount }));
    text(lease, `promised:${on}`, { template: 'promised', amount: money(amount, currency), on });
    return lease.state.standing;
  });

  command(lease, messages.quoteSettlement, takes(lease, 'quoteSettlement'), ({ actor }) =>
    leases(answering).quoteSettlement({ leaseId: lease.id, actor, ...lease.now }),
  );
}

/** False for money that became known later than it was paid, at an hour that nobody says. */
function isOfNow(money: ReceivedMoney, { state }: LeaseRun): boolean {
  if (money.kind === 'inbound') return !money.fromSuspense;
  return money.paidOn === undefined || money.paidOn === localDateAt(Date.now(), state.terms.market);
}

function answerStaff(lease: LeaseRun): void {
  command(
    lease,
    messages.decideCredit,
    () => mayBeGiven('decideCredit', lease.status) && lease.creditDecision === null,
    async ({ actor, ...decision }) => {
      const conditions = decision.conditions ?? null;
      const decided = await credit(answering).recordCreditDecision({ ...decision, conditions, actor, ...lease.now });
      lease.creditDecision = decided;
      return decided.assessmentId;
    },
  );

  command(lease, messages.handOver, takes(lease, 'handOver'), async ({ actor, odometerKm }) => {
    lease.stands(await leases(answering).handOver({ ...ofCommand(lease, actor), odometerKm }));
    return lease.state.standing;
  });
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
