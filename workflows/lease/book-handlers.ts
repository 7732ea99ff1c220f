import { patched } from '@temporalio/workflow';
import { money } from '#domain/money';
import { afterQuietHours } from '#domain/quiet-hours';
import { answering } from '../kit/retry.ts';
import { payments } from './activities.ts';
import { bookKnown } from './outcomes.ts';
import { text } from './texting.ts';
import { obeys, ofCommand, takes } from './command.ts';
import type { LeaseRun } from './run.ts';

/** A text may take so long on its way, milliseconds: it is tried for less. */
const TEXT_ARRIVES_MS = 3_600_000;

/** The deposit is owed again, and the customer has done nothing: he reads why before a prompt asks him for it. */
function tellBeforePrompt(lease: LeaseRun, key: string): void {
  const { state } = lease;
  const { market, currency } = state.terms;
  const deposit = money(state.standing.depositDue, currency);
  text(lease, key, { template: 'deposit_owed_again', deposit, reference: state.reference });
  const isRead = afterQuietHours(Date.now(), state.quiet, market) + TEXT_ARRIVES_MS;
  state.notBefore = Math.max(state.notBefore, isRead);
  // Money that comes meanwhile lets prompts go; not before he has read it.
  if (patched('read-before-any-prompt')) state.readUntil = isRead;
}

/** What only staff may do to payments of a lease. */
export const bookStories = {
  reversePayment: (lease: LeaseRun) =>
    obeys(
      lease,
      'reversePayment',
      (order) => payments(answering).reversePayment(order),
      ({ attemptId, commandId }, before, { depositTakenBackBy }) => {
        // By the books: the lease may not have heard yet of a payment that was booked again, and taken back again.
        if (depositTakenBackBy !== undefined) tellBeforePrompt(lease, `deposit-owed-again:${depositTakenBackBy}`);
        else if (lease.state.standing.depositDue > before.depositDue && patched('deposits-taken-back-are-told'))
          tellBeforePrompt(lease, `deposit-owed-again:${attemptId}:${commandId}`);
      },
    ),
  decideCashDay: (lease: LeaseRun) =>
    obeys(lease, 'decideCashDay', (order) => payments(answering).decideCashDay(order)),
  decideUnknown: (lease: LeaseRun) =>
    takes(lease, 'decideUnknown', async (asked) => {
      await bookKnown(lease, await payments(answering).decideUnknown(ofCommand(lease, asked)));
      return lease.state.standing;
    }),
};
