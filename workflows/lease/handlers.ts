import { condition, setHandler } from '@temporalio/workflow';
import { localDateAt } from '#domain/calendar';
import { hasEnded, isRunning, takesPayments, type LeaseStatus } from '#domain/leases/status';
import { money } from '#domain/money';
import type { ReceivedMoney } from '#domain/payments/payment';
import { answering } from '../kit/retry.ts';
import { refusal } from '../kit/refusal.ts';
import { credit, leases, payments } from './activities.ts';
import { paid, settle, settleEarly, takeFact, text } from './collecting.ts';
import { answerBooks } from './book-handlers.ts';
import { command, commandId } from './command.ts';
import * as messages from './messages.ts';
import { renewing } from './messages.ts';
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
  const is = (status: LeaseStatus) => () => lease.status === status;

  command(lease, messages.acceptOffer, is('offered'), async ({ actor }) => {
    const until = new Date(Date.now() + lease.state.terms.signHours * 3_600_000).toISOString();
    lease.state.undo.push('releaseVehicle');
    lease.stands(await leases(answering).holdVehicle({ leaseId: lease.id, until, actor, ...lease.now }));
    return lease.state.standing;
  });

  command(lease, messages.sign, is('reserved'), async ({ actor, name }) => {
    lease.stands(await leases(answering).signAgreement({ leaseId: lease.id, name, actor, ...lease.now }));
    lease.isAsked(actor);
    return lease.state.standing;
  });

  // Not a `command`: the story finishes what is being carried out first, and then ends.
  const withdrawable = () => !hasEnded(lease.status) && !isRunning(lease.status);
  setHandler(
    messages.withdraw,
    async ({ reason }) => {
      lease.withdrawal = reason;
      await condition(() => !withdrawable() || lease.closing);
      if (hasEnded(lease.status)) return lease.state.standing;
      lease.withdrawal = null;
      if (lease.closing) throw renewing();
      throw refusal('invalid_state', 'the vehicle was handed over meanwhile');
    },
    {
      validator: (_request) => {
        lease.refuseWhileRenewing();
        // The story that would end it goes on in the next run.
        if (lease.closing) throw renewing();
        if (!withdrawable()) throw refusal('invalid_state', `this is not possible while the lease is ${lease.status}`);
      },
    },
  );
}

function answerMoney(lease: LeaseRun): void {
  command(
    lease,
    messages.pay,
    () => takesPayments(lease.status),
    async ({ actor, ...payment }) => {
      const order = { leaseId: lease.id, kind: 'pay', ...payment } as const;
      const requested = await payments(answering).requestPayment({ ...order, actor, ...lease.now });
      lease.inBackground(async () => {
        const asked = Date.now();
        if ((await settle(lease, order)) === 'succeeded') paid(lease, asked);
      });
      return requested;
    },
  );

  command(
    lease,
    messages.settle,
    () => isRunning(lease.status),
    async ({ actor, ...settlement }) => {
      const order = { leaseId: lease.id, kind: 'settlement', ...settlement } as const;
      const requested = await payments(answering).requestPayment({ ...order, actor, ...lease.now });
      lease.inBackground(() => settleEarly(lease, order));
      return requested;
    },
  );

  command(
    lease,
    messages.receiveMoney,
    () => takesPayments(lease.status),
    async ({ actor, money }) => {
      lease.stands(await payments(answering).receiveMoney({ leaseId: lease.id, money, actor, ...lease.now }));
      paid(lease, isOfNow(money, lease) ? Date.now() : null);
      return lease.state.standing;
    },
  );

  command(
    lease,
    messages.changeCollection,
    () => !hasEnded(lease.status),
    async ({ actor, paymentMethodIds, quietHours }) => {
      const wish = { leaseId: lease.id, paymentMethodIds, quietHours, actor, ...lease.now };
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
    () => !hasEnded(lease.status),
    async ({ actor, paymentMethodId }) => {
      await leases(answering).changePaymentMethod({ leaseId: lease.id, paymentMethodId, actor, ...lease.now });
      lease.state.notBefore = 0;
      lease.state.method = 0;
      lease.isAsked(actor);
      return lease.state.standing;
    },
  );
}

/** What a customer or an agent agrees on while the lease runs. */
function answerAgreements(lease: LeaseRun): void {
  const running = () => isRunning(lease.status);
  const collected = () => lease.status === 'active' || lease.status === 'in_arrears';
  const { currency } = lease.state.terms;

  command(lease, messages.pause, collected, async ({ actor, kind, days }) => {
    const request = { leaseId: lease.id, kind, days, actor, commandId: commandId(), ...lease.now };
    lease.stands(await leases(answering).pauseLease(request));
    const until = lease.state.standing.pausedUntil;
    if (until !== null) text(lease, `paused:${until}`, { template: 'paused', until });
    return lease.state.standing;
  });

  command(
    lease,
    messages.resume,
    () => lease.status === 'paused',
    async ({ actor }) => {
      lease.stands(await leases(answering).resumeLease({ leaseId: lease.id, actor, ...lease.now }));
      return lease.state.standing;
    },
  );

  command(lease, messages.promise, collected, async ({ actor, on, amount }) => {
    const promise = { leaseId: lease.id, on, amount, actor, commandId: commandId(), ...lease.now };
    lease.stands(await leases(answering).promisePayment(promise));
    text(lease, `promised:${on}`, { template: 'promised', amount: money(amount, currency), on });
    return lease.state.standing;
  });

  command(lease, messages.quoteSettlement, running, ({ actor }) =>
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
    () => lease.status === 'assessing' && lease.creditDecision === null,
    async ({ actor, ...decision }) => {
      const conditions = decision.conditions ?? null;
      const decided = await credit(answering).recordCreditDecision({ ...decision, conditions, actor, ...lease.now });
      lease.creditDecision = decided;
      return decided.assessmentId;
    },
  );

  command(
    lease,
    messages.handOver,
    () => lease.status === 'awaiting_handover',
    async ({ actor, odometerKm }) => {
      lease.stands(await leases(answering).handOver({ leaseId: lease.id, odometerKm, actor, ...lease.now }));
      return lease.state.standing;
    },
  );
}

function answerMachines(lease: LeaseRun): void {
  setHandler(messages.moneyArrived, ({ attemptId }) => {
    if (lease.isNews(`money:${attemptId}`)) takeFact(lease, { money: attemptId });
  });
  setHandler(messages.kycDecided, (decided) => lease.isIdentified(decided));
  setHandler(messages.riskDetected, (risk) => {
    if (lease.isNews(`risk:${risk.riskEventId}`)) takeFact(lease, { risk });
  });
  setHandler(messages.booksChanged, () => takeFact(lease, { books: 'changed' }));
  setHandler(messages.currentStanding, () => lease.state.standing);
}
