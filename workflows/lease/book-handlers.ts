import { patched } from '@temporalio/workflow';
import { hasEnded, isRunning, takesPayments } from '#domain/leases/status';
import { money } from '#domain/money';
import { afterQuietHours } from '#domain/payments/quiet-hours';
import { answering } from '../kit/retry.ts';
import { leases, payments } from './activities.ts';
import { bookKnown, text, textByDay } from './collecting.ts';
import { command, commandId } from './command.ts';
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
      const before = lease.state.standing;
      lease.stands(await payments(answering).reversePayment(wish));
      if (lease.state.standing.depositDue > before.depositDue && patched('deposits-taken-back-are-told'))
        tellBeforePrompt(lease, `deposit-owed-again:${reversal.attemptId}`);
      return lease.state.standing;
    },
  );

  command(
    lease,
    messages.decideCashDay,
    () => !hasEnded(lease.status),
    async ({ actor, ...day }) => {
      lease.stands(await payments(answering).decideCashDay({ leaseId: lease.id, ...day, actor, ...lease.now }));
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
