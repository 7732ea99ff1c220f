import { patched } from '@temporalio/workflow';
import { money } from '#domain/money';
import { afterQuietHours } from '#domain/payments/quiet-hours';
import { answering } from '../kit/retry.ts';
import { leases, payments } from './activities.ts';
import { bookKnown, text, textByDay } from './collecting.ts';
import { obeys, ofCommand, takes } from './command.ts';
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
  obeys(
    lease,
    'restructure',
    (plan) => leases(answering).restructureLease(plan),
    ({ commandId }) => {
      lease.state.failures = 0;
      lease.state.notBefore = 0;
      const { nextDue } = lease.state.standing;
      if (nextDue === null) return;
      const instalment = money(nextDue.amount, lease.state.terms.currency);
      text(lease, `restructured:${commandId}`, { template: 'restructured', instalment, firstDueOn: nextDue.on });
    },
  );
  obeys(lease, 'waiveFees', (order) => leases(answering).waiveFees(order));
  obeys(lease, 'writeOff', (order) => leases(answering).writeOffLease(order));
  obeys(
    lease,
    'reversePayment',
    (order) => payments(answering).reversePayment(order),
    ({ attemptId }, before) => {
      if (lease.state.standing.depositDue > before.depositDue && patched('deposits-taken-back-are-told'))
        tellBeforePrompt(lease, `deposit-owed-again:${attemptId}`);
    },
  );
  obeys(lease, 'decideCashDay', (order) => payments(answering).decideCashDay(order));
  takes(lease, 'decideUnknown', async (asked) => {
    await bookKnown(lease, await payments(answering).decideUnknown(ofCommand(lease, asked)));
    return lease.state.standing;
  });
}
