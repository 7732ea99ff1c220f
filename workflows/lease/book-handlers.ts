import { patched } from '@temporalio/workflow';
import { money } from '#domain/money';
import { afterQuietHours } from '#domain/payments/quiet-hours';
import { answering } from '../kit/retry.ts';
import { leases, payments } from './activities.ts';
import { bookKnown, text, textByDay } from './collecting.ts';
import { command, ofCommand, takes } from './command.ts';
import * as messages from './messages.ts';
import type { LeaseRun } from './run.ts';

/** A text may take so long on its way, milliseconds: it is tried for less. */
const TEXT_ARRIVES_MS = 3_600_000;

/** The deposit is owed again, and the customer has done nothing: he reads why before a prompt asks him for it. */
function tellBeforePrompt(lease: LeaseRun, key: string): void {
  const { state } = lease;
  const { market, currency } = state.terms;
  const deposit = money(state.standing.depositDue, currency);
  textByDay(lease, key, { template: 'deposit_owed_again', deposit, reference: state.reference });
  const isRead = afterQuietHours(Date.now(), state.quiet, market) + TEXT_ARRIVES_MS;
  state.notBefore = Math.max(state.notBefore, isRead);
}

/** What only staff may do to the money of a lease. */
export function answerBooks(lease: LeaseRun): void {
  command(lease, messages.restructure, takes(lease, 'restructure'), async ({ actor, instalments, reason }) => {
    const plan = { ...ofCommand(lease, actor), instalments, reason };
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

  command(lease, messages.waiveFees, takes(lease, 'waiveFees'), async ({ actor, amount, reason }) => {
    lease.stands(await leases(answering).waiveFees({ ...ofCommand(lease, actor), amount, reason }));
    return lease.state.standing;
  });

  command(lease, messages.writeOff, takes(lease, 'writeOff'), async ({ actor, reason }) => {
    lease.stands(await leases(answering).writeOffLease({ ...ofCommand(lease, actor), reason }));
    return lease.state.standing;
  });

  command(lease, messages.reversePayment, takes(lease, 'reversePayment'), async ({ actor, ...reversal }) => {
    const wish = { leaseId: lease.id, ...reversal, actor, ...lease.now };
    const before = lease.state.standing;
    lease.stands(await payments(answering).reversePayment(wish));
    if (lease.state.standing.depositDue > before.depositDue && patched('deposits-taken-back-are-told'))
      tellBeforePrompt(lease, `deposit-owed-again:${reversal.attemptId}`);
    return lease.state.standing;
  });

  command(lease, messages.decideCashDay, takes(lease, 'decideCashDay'), async ({ actor, ...day }) => {
    lease.stands(await payments(answering).decideCashDay({ leaseId: lease.id, ...day, actor, ...lease.now }));
    return lease.state.standing;
  });

  command(lease, messages.decideUnknown, takes(lease, 'decideUnknown'), async ({ actor, ...decision }) => {
    const decided = await payments(answering).decideUnknown({ leaseId: lease.id, ...decision, actor, ...lease.now });
    await bookKnown(lease, decided);
    return lease.state.standing;
  });
}
