import { patched } from '@temporalio/workflow';
import { localDateAt } from '#domain/calendar';
import { nextQuestion } from '#domain/leases/agenda';
import { learn } from '#domain/leases/habits';
import type { AttemptOrder, Settled } from '#domain/payments/wire';
import { payments } from './activities.ts';
import type { LeaseRun } from './run.ts';
import { followDoubt, promptedBy } from './settling.ts';
import type { LeaseState, UnknownAttempt } from './state.ts';

/**
 * A payment that succeeded, whoever asked for it: the tries begin anew, and when it was is learnt. Where it was a part of what is
 * due, the rest is asked for when that was to be: its customer has read when.
 *
 * @param at when it was paid, whenever that became known, in epoch milliseconds; null where no hour is known.
 */
export function paid({ state }: LeaseRun, at: number | null): void {
  state.failures = 0;
  if (!(state.notBefore > Date.now() && isDue(state) && patched('parts-ring-nobody'))) state.notBefore = 0;
  state.method = 0;
  if (at !== null) state.habits = learn(state.habits, at, state.terms.market, true);
}

/** Whether anything of a lease is due today, by what it knows. */
export function isDue({ standing: { feesDue, depositDue, nextDue }, terms }: LeaseState): boolean {
  return feesDue + depositDue > 0 || (nextDue !== null && nextDue.on <= localDateAt(Date.now(), terms.market));
}

/** An unknown payment is known: it is asked about no more, and when it was paid is learnt. What is asked for next goes by `paid` and `endDoubt`. */
export async function bookKnown(lease: LeaseRun, outcome: Settled): Promise<void> {
  const { state } = lease;
  const doubted = state.unknown.find(({ attemptId }) => attemptId === outcome.attemptId);
  state.unknown = state.unknown.filter((one) => one !== doubted);
  if (!patched('known-charges-ring-nobody')) state.notBefore = 0;
  const isPaid = await book(lease, outcome);
  if (isPaid && doubted !== undefined) paid(lease, doubted.since);
  await followDoubt(lease, doubted?.settles, isPaid);
}

/**
 * Nobody could say what became of an attempt. The lease knows before anybody can see it, so that it can be
 * decided as soon as it is seen.
 *
 * @returns what became of it where that was known all the same.
 */
export async function doubt(
  lease: LeaseRun,
  attemptId: string,
  order?: AttemptOrder,
  settles = promptedBy(order),
): Promise<Settled | null> {
  const { state } = lease;
  const now = Date.now();
  if (!state.unknown.some((one) => one.attemptId === attemptId))
    state.unknown.push({ attemptId, since: now, askAt: nextQuestion(now, now), ...(settles ? { settles } : {}) });
  const ordered = order?.attemptId === attemptId ? { order } : {};
  const outcome = await payments().markUnknown({ leaseId: lease.id, attemptId, ...ordered, ...lease.now });
  if (outcome !== null) state.unknown = state.unknown.filter((one) => one.attemptId !== attemptId);
  return outcome;
}

/** Books a success that is not in the books yet; @returns false for a failure: there is nothing to book, and what waited for it waits no more. */
export async function book(lease: LeaseRun, outcome: Settled): Promise<boolean> {
  if (outcome.status === 'failed') {
    endDoubt(lease);
    return false;
  }
  const { attemptId, standing } = outcome;
  lease.stands(standing ?? (await payments().postPayment({ leaseId: lease.id, attemptId, ...lease.now })));
  return true;
}

/** Asks once more about an unknown attempt: books it, drops it, or puts the next question off. */
export async function askAboutUnknown(lease: LeaseRun, attemptId: string): Promise<void> {
  const { state } = lease;
  const outcome = await payments().askOutcome({ attemptId, polling: state.polling, ...lease.now });
  if (outcome === null) {
    state.unknown = state.unknown.map((one) =>
      one.attemptId === attemptId ? { ...one, askAt: nextQuestion(one.since, Date.now()) } : one,
    );
    return;
  }
  await bookKnown(lease, outcome);
}

/** The attempt in doubt that is asked about next. */
export function soonestDoubt({ state }: LeaseRun): UnknownAttempt | undefined {
  return state.unknown.toSorted((a, b) => a.askAt - b.askAt)[0];
}

/**
 * Waits as `waitFor` does; what becomes or is unknown meanwhile is asked about when it is time to.
 *
 * @returns false when the deadline came first.
 */
export async function waitAndAsk(
  lease: LeaseRun,
  happened: () => boolean,
  deadline: number,
  waitingFor: string,
): Promise<boolean> {
  for (;;) {
    const unknown = soonestDoubt(lease);
    const isAnother = () => soonestDoubt(lease) !== unknown && patched('doubts-are-asked-about-at-every-wait');
    const asks = unknown !== undefined && unknown.askAt < deadline && patched('doubts-are-asked-about-at-every-wait');
    if (!(await lease.waitFor(() => happened() || isAnother(), asks ? unknown.askAt : deadline, waitingFor))) {
      if (!asks) return false;
      await askAboutUnknown(lease, unknown.attemptId);
    }
    if (happened()) return true;
  }
}

/**
 * What was put off because it might have been paid is looked at again at once, a reminder that was not sent with it.
 * A prompt that waits for something else, as after a decline, goes on waiting.
 */
export function endDoubt(lease: LeaseRun): void {
  const { state } = lease;
  lease.doubtsEnded += 1;
  state.postponed = {};
  const wasDoubted = state.doubtedUntil !== undefined && state.doubtedUntil === state.notBefore;
  if (wasDoubted && patched('doubts-that-end-let-prompts-go')) state.notBefore = 0;
  delete state.doubtedUntil;
  delete state.lapsesAgainAt;
  if (state.skipped !== null && state.skipped !== undefined && patched('failures-end-doubts')) {
    state.reminded = state.skipped.before;
    state.skipped = null;
  }
}
