import type { UpdateDefinition } from '@temporalio/common';
import { condition, currentUpdateInfo, setHandler, uuid4 } from '@temporalio/workflow';
import { localDateAt } from '#domain/calendar';
import { hasEnded, isRunning, takesPayments, type LeaseStatus } from '#domain/leases/status';
import { money } from '#domain/money';
import type { ReceivedMoney } from '#domain/payments/payment';
import { holdBackUntil } from '../kit/hold-back.ts';
import { answering } from '../kit/retry.ts';
import { refusal } from '../kit/refusal.ts';
import { credit, leases, payments } from './activities.ts';
import { bookKnown, paid, settle, settleEarly, takeFact, text } from './collecting.ts';
import * as messages from './messages.ts';
import { AGAIN, renewing } from './messages.ts';
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

/** A person's command: refused unless `allowed`, carried out to its end once it has begun. */
function command<Result, Input>(
  lease: LeaseRun,
  definition: UpdateDefinition<Result, [Input]>,
  allowed: () => boolean,
  work: (input: Input) => Promise<Result>,
): void {
  const refuse = () => refusal('invalid_state', `this is not possible while the lease is ${lease.status}`);
  setHandler<Result, [Input], UpdateDefinition<Result, [Input]>>(
    definition,
    async (input, asked?: string) => {
      await holdBackUntil(() => allowed() || !lease.inTransition, 'the next status of the lease');
      if (!allowed()) throw refuse();
      return lease.carryOut(() => work(input), asked);
    },
    {
      validator: () => {
        lease.refuseWhileRenewing();
        if (!allowed() && !lease.inTransition) throw refuse();
      },
    },
  );
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

/** What only staff may do to the money of a lease. */
function answerBooks(lease: LeaseRun): void {
  const collected = () => lease.status === 'active' || lease.status === 'in_arrears';

  command(lease, messages.restructure, collected, async ({ actor, instalments, reason }) => {
    const plan = { leaseId: lease.id, instalments, reason, actor, commandId: commandId(), ...lease.now };
    lease.stands(await leases(answering).restructureLease(plan));
    lease.state.failures = 0;
    lease.state.notBefore = 0;
    const { nextDue } = lease.state.standing;
    if (nextDue !== null) {
      const instalment = money(nextDue.amount, lease.state.terms.currency);
      text(lease, `restructured:${plan.commandId}`, { template: 'restructured', instalment, firstDueOn: nextDue.on });
    }
    return lease.state.standing;
  });

  command(
    lease,
    messages.waiveFees,
    () => isRunning(lease.status),
    async ({ actor, amount, reason }) => {
      const waiver = { leaseId: lease.id, amount, reason, actor, commandId: commandId(), ...lease.now };
      lease.stands(await leases(answering).waiveFees(waiver));
      return lease.state.standing;
    },
  );

  command(
    lease,
    messages.writeOff,
    () => isRunning(lease.status),
    async ({ actor, reason }) => {
      lease.stands(await leases(answering).writeOffLease({ leaseId: lease.id, reason, actor, ...lease.now }));
      return lease.state.standing;
    },
  );

  command(
    lease,
    messages.reversePayment,
    () => takesPayments(lease.status) || hasEnded(lease.status),
    async ({ actor, ...reversal }) => {
      const wish = { leaseId: lease.id, ...reversal, actor, ...lease.now };
      lease.stands(await payments(answering).reversePayment(wish));
      return lease.state.standing;
    },
  );

  command(
    lease,
    messages.decideUnknown,
    // The books say which payments are unknown: a run that was reset does not know them all.
    () => true,
    async ({ actor, ...decision }) => {
      const decided = await payments(answering).decideUnknown({ leaseId: lease.id, ...decision, actor, ...lease.now });
      await bookKnown(lease, decided);
      return lease.state.standing;
    },
  );
}

/** False for money that became known later than it was paid, at an hour that nobody says. */
function isOfNow(money: ReceivedMoney, { state }: LeaseRun): boolean {
  if (money.kind === 'inbound') return !money.fromSuspense;
  return money.paidOn === undefined || money.paidOn === localDateAt(Date.now(), state.terms.market);
}

/** The id of the command that is being carried out: the caller's idempotency key, however often it was broken before. */
function commandId(): string {
  const [id = uuid4()] = currentUpdateInfo()?.id.split(AGAIN) ?? [];
  return id;
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
