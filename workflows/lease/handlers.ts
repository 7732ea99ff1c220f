import { condition, patched, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import { localDateAt } from '#domain/calendar';
import type { Actor } from '#domain/identity/roles';
import {
  isPlain,
  leaseCommands,
  mayBeGiven,
  type Asked,
  type LeaseCommand,
  type PlainCommand,
} from '#domain/leases/commands';
import { noHabits } from '#domain/leases/habits';
import { owedOf } from '#domain/leases/position';
import { hasEnded } from '#domain/leases/status';
import { money } from '#domain/money';
import type { ReceivedMoney } from '#domain/leases/orders';
import type { Command } from '#domain/leases/wire';
import { searchAttributes } from '#platform/temporal/search-attributes';
import { renewing } from '../kit/messages.ts';
import { answering } from '../kit/retry.ts';
import { refusal } from '../kit/refusal.ts';
import { credit, leases, payments } from './activities.ts';
import { holdEnds } from './hold-ends.ts';
import { bookStories } from './book-handlers.ts';
import { collectSettlement } from './collect-settlement.ts';
import { sendAndBook } from './collecting.ts';
import { takeFact } from './facts.ts';
import { paid } from './outcomes.ts';
import { text } from './texting.ts';
import { obeys, obeysPlainly, ofCommand, takes, type Follows } from './command.ts';
import * as messages from './messages.ts';
import type { LeaseRun } from './run.ts';

/**
 * Wires what people ask and machines tell to a run, in the order of the table of commands. Validators refuse at once,
 * without a trace in the history.
 */
export function answer(lease: LeaseRun): void {
  for (const name of leaseCommands) {
    if (isPlain(name)) obeysPlainly(lease, name, follows);
    else stories[name](lease);
  }
  answerMachines(lease);
}

/** What follows of plain commands, beside their activity. */
const follows: Follows = {
  sign: (lease, { actor }) => lease.notesDeed(actor),
  changeCollection(lease, { actor, quietHours }, _before, { isOtherPayer = true }) {
    lease.state.quiet = quietHours;
    // Whoever asks for quiet is not rung by that.
    if (isOtherPayer) startAnew(lease, actor);
  },
  pause(lease, { commandId, days, isOwed = false }) {
    const { standing, reference } = lease.state;
    const until = standing.pausedUntil;
    if (until === null) return;
    text(
      lease,
      `paused:${commandId}`,
      isOwed ? { template: 'days_given', days, until, reference } : { template: 'paused', until },
    );
  },
  promise(lease, { on, amount, commandId }) {
    const promised = money(amount, lease.state.terms.currency);
    text(lease, `promised:${commandId}`, { template: 'promised', amount: promised, on });
  },
  restructure: tellOfPlan,
  changeDueDay: tellOfPlan,
  changeFrequency: tellOfPlan,
  usePaidAhead: tellOfPlan,
  reAge: tellOfPlan,
  reAmortise: tellOfPlan,
  undoRestructure: tellOfPlan,
  reportTheft(lease, { commandId }) {
    const { standing, reference } = lease.state;
    const until = standing.pausedUntil === null ? {} : { until: standing.pausedUntil };
    text(lease, `theft:${commandId}`, { template: 'theft_reported', reference, ...until });
  },
  returnVehicle: (lease) => tellOfEnd(lease, 'returned'),
  repossess: (lease) => tellOfEnd(lease, 'repossessed'),
  totalLoss: (lease) => tellOfEnd(lease, 'total_loss'),
  transfer: begunByAnother,
  reportDeath(lease) {
    lease.state.settling = null;
  },
  refuteDeath(lease, { commandId }) {
    const { reference } = lease.state;
    text(lease, `death-refuted:${commandId}`, { template: 'death_refuted', reference });
  },
  decideHardship(lease, { decision, commandId }) {
    const { standing, reference } = lease.state;
    const until = standing.pausedUntil;
    const key = `hardship:${commandId}`;
    if (decision === 'declined') text(lease, key, { template: 'hardship_declined', reference });
    else if (until !== null) text(lease, key, { template: 'hardship_granted', until, reference });
  },
};

/** What is asked for next, and when; who is late is reminded instead. What was tried in vain belongs to the days of before. */
function tellOfPlan(lease: LeaseRun, { commandId }: Command): void {
  lease.state.failures = 0;
  lease.state.notBefore = 0;
  const { nextDue } = lease.state.standing;
  if (nextDue === null || nextDue.on < localDateAt(Date.now(), lease.state.terms.market)) return;
  const instalment = money(nextDue.amount, lease.state.terms.currency);
  text(lease, `restructured:${commandId}`, { template: 'restructured', instalment, firstDueOn: nextDue.on });
}

/** It has another customer: what was learnt of the one before, and agreed on with him, is over. */
function begunByAnother(lease: LeaseRun, { customerId, commandId }: Asked<'transfer'> & Command): void {
  const { state } = lease;
  state.quiet = null;
  state.habits = noHabits;
  state.method = 0;
  state.failures = 0;
  state.notBefore = 0;
  // Nobody has asked the new one for the rest of it; a run of before asks in vain, since the books know whose phone it is.
  if (state.settling != null && patched('a-transfer-ends-a-settlement')) state.settling = null;
  upsertSearchAttributes([{ key: searchAttributes.customer, value: customerId }]);
  const { nextDue } = state.standing;
  if (nextDue === null) return;
  const instalment = money(nextDue.amount, state.terms.currency);
  const facts = { instalment, firstDueOn: nextDue.on, reference: state.reference };
  text(lease, `taken-over:${commandId}`, { template: 'taken_over', ...facts });
}

function tellOfEnd(lease: LeaseRun, template: 'returned' | 'repossessed' | 'total_loss'): void {
  const { standing, terms, reference } = lease.state;
  text(lease, template, { template, owed: money(owedOf(standing), terms.currency), reference });
}

/** The commands that are more than one activity of the lease. */
const stories: Readonly<Record<Exclude<LeaseCommand, PlainCommand>, (lease: LeaseRun) => void>> = {
  acceptOffer: (lease) =>
    obeys(lease, 'acceptOffer', (order) => {
      const until = new Date(Date.now() + lease.state.terms.signHours * 3_600_000).toISOString();
      lease.state.undo.push('releaseVehicle');
      return leases(answering).holdVehicle({ ...order, until });
    }),
  extendHold: (lease) =>
    obeys(
      lease,
      'extendHold',
      (order) => {
        const until = Math.max(holdEnds(lease), Date.now()) + order.hours * 3_600_000;
        return leases(answering).extendHold({ ...order, until: new Date(until).toISOString() });
      },
      ({ hours, commandId }) => text(lease, `hold-extended:${commandId}`, { template: 'hold_extended', hours }),
    ),
  withdraw,
  decideCredit: (lease) =>
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
    ),
  pay: (lease) =>
    takes(lease, 'pay', async ({ actor, ...payment }) => {
      const order = { leaseId: lease.id, kind: 'pay', ...payment } as const;
      const requested = await payments(answering).requestPayment({ ...order, actor, ...lease.now });
      lease.inBackground(async () => {
        const asked = Date.now();
        if ((await sendAndBook(lease, order)) === 'succeeded') paid(lease, asked);
      });
      return requested;
    }),
  settle: (lease) =>
    takes(lease, 'settle', async ({ actor, ...settlement }) => {
      const order = { leaseId: lease.id, kind: 'settlement', ...settlement } as const;
      const requested = await payments(answering).requestPayment({ ...order, actor, ...lease.now });
      lease.state.settling = null;
      lease.inBackground(() => collectSettlement(lease, order));
      return requested;
    }),
  quoteSettlement: (lease) =>
    takes(lease, 'quoteSettlement', (asked) => leases(answering).quoteSettlement(ofCommand(lease, asked))),
  // It is booked beside the lease, which hears of it as `moneyBooked`; those of before were commands.
  receiveMoney: (lease) =>
    obeys(
      lease,
      'receiveMoney',
      (order) => payments(answering).receiveMoney(order),
      ({ money }) => paid(lease, isOfNow(money, lease) ? Date.now() : null),
    ),
  // Not plain: histories of before have no answer of the activity.
  changePaymentMethod: (lease) =>
    takes(lease, 'changePaymentMethod', async (asked) => {
      await leases(answering).changePaymentMethod(ofCommand(lease, asked));
      startAnew(lease, asked.actor);
      return lease.state.standing;
    }),
  ...bookStories,
};

/** Not as the others: the story finishes what is being carried out first, and then ends. */
function withdraw(lease: LeaseRun): void {
  const withdrawable = () => mayBeGiven('withdraw', lease.status);
  setHandler(
    messages.updateOf('withdraw'),
    async ({ reason, actor }, asked?: string) => {
      lease.withdrawal = { reason, by: actor };
      await condition(() => !withdrawable() || lease.renewal.closing);
      if (hasEnded(lease.status)) return lease.state.standing;
      lease.withdrawal = null;
      if (lease.renewal.closing) throw renewing(asked);
      throw refusal('invalid_state', 'the vehicle was handed over meanwhile', asked);
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

/** Somebody has chosen how to pay: by the first method, and at once. */
function startAnew(lease: LeaseRun, actor: Actor): void {
  lease.state.method = 0;
  lease.state.notBefore = 0;
  lease.notesDeed(actor);
}

/** False for money that became known later than it was paid, at an hour that nobody says. */
function isOfNow(money: ReceivedMoney, { state }: LeaseRun): boolean {
  if (money.kind === 'inbound') return !money.fromSuspense;
  return money.paidOn === undefined || money.paidOn === localDateAt(Date.now(), state.terms.market);
}

function answerMachines(lease: LeaseRun): void {
  setHandler(messages.moneyArrived, ({ attemptId }) => {
    // It is told again where it was told in vain: only the books know whether it is in them.
    if (lease.takesOnce(`money:${attemptId}`) || patched('money-told-again-is-looked-at'))
      takeFact(lease, { money: attemptId });
  });
  setHandler(messages.moneyBooked, ({ paymentId, standing, paidAt, sequence }) => {
    if (!lease.takesOnce(`booked:${paymentId}`)) return;
    lease.stands(standing);
    // Who reads the events once more tells it of money that it has heard of long ago, and knows no more by its id.
    if (lease.isNews(sequence)) paid(lease, paidAt);
  });
  setHandler(messages.moneyFailed, (failed) => {
    if (lease.state.unknown.some((one) => one.attemptId === failed.attemptId)) takeFact(lease, { failed });
  });
  setHandler(messages.kycDecided, (decided) => lease.takesIdentity(decided));
  setHandler(messages.riskDetected, (risk) => {
    if (lease.takesOnce(`risk:${risk.riskEventId}`)) takeFact(lease, { risk });
  });
  setHandler(messages.booksChanged, () => takeFact(lease, { books: 'changed' }));
  setHandler(messages.vehicleSwitched, () => {
    const { stop } = lease.state;
    if (stop != null) lease.state.stop = { ...stop, lookAt: Date.now() };
    takeFact(lease, { books: 'changed' });
  });
  setHandler(messages.currentStanding, () => lease.state.standing);
}
