import { ActivityFailure, CancellationScope, patched, uuid4 } from '@temporalio/workflow';
import { instantOf, localDateAt } from '#domain/calendar';
import { hasEnded } from '#domain/leases/status';
import { declines, type DeclineReason } from '#domain/payments/decline';
import { learn } from '#domain/leases/habits';
import { afterQuietHours, promptHours } from '#domain/quiet-hours';
import { nextMorning, nextTry, PROMPTS_A_DAY } from '#domain/payments/tries';
import type { AttemptOrder, CollectOutcome } from '#domain/payments/wire';
import { collector } from './activities.ts';
import { book, doubt, isDue, paid } from './outcomes.ts';
import type { LeaseRun } from './run.ts';
import { text } from './texting.ts';

/** While a provider is down, collections pause for so long, in milliseconds; a customer who waits for the vehicle, less. */
const DOWN = { deposit: 90_000, instalment: 1_800_000 } as const;

/**
 * One automatic charge of what is due now. Success clears the tries; a decline goes on to the customer's
 * next payment method, or decides when the next try is; an unknown outcome is asked about by timer, and that
 * money is not charged again meanwhile. Where money in doubt may have paid it, the next try is in the morning, or when
 * the doubt ends, also where it does so during this one. A customer gets a few prompts a day and no more.
 *
 * @param planned when it was to be, in epoch milliseconds of the lease's clock
 */
export async function collectDue(lease: LeaseRun, kind: 'deposit' | 'instalment', planned?: number): Promise<void> {
  const { state } = lease;
  const { market } = state.terms;
  if (promptsToday(lease) >= PROMPTS_A_DAY) {
    state.notBefore = nextMorning(Date.now(), market);
    return;
  }
  const asked = Date.now();
  const { doubtsEnded } = lease;
  const isAskedFor = kind === 'deposit' && state.asked === true;
  const byCustomer = isAskedFor ? { asked: true } : {};
  state.asked = false;
  const byPlan = planned === undefined ? {} : { planned: new Date(planned).toISOString() };
  const order = { attemptId: uuid4(), leaseId: lease.id, kind, method: state.method, ...byCustomer, ...byPlan };
  const outcome = await sendAndBook(lease, order);
  switch (outcome) {
    case 'succeeded':
      paid(lease, asked);
      // Whoever has just signed and paid a part of his deposit is asked for the next one at once, also at night.
      if (isAskedFor && state.standing.depositDue > 0 && patched('parts-of-a-deposit-follow')) state.asked = true;
      return;
    case 'paused':
    case 'not_sent':
    case 'not_due':
      state.notBefore = Date.now() + DOWN[kind];
      return;
    case 'unknown':
      state.notBefore = nextMorning(Date.now(), market);
      if (patched('known-charges-ring-nobody')) state.doubtedUntil = state.notBefore;
      return;
    case 'nothing_due':
      if (lease.doubtsEnded !== doubtsEnded && patched('doubts-that-end-let-prompts-go')) return;
      state.notBefore = state.doubtedUntil = nextMorning(Date.now(), market);
      return;
    default:
      declined(lease, outcome);
  }
}

function declined(lease: LeaseRun, reason: DeclineReason): void {
  const { state } = lease;
  const { market } = state.terms;
  const now = Date.now();
  state.prompts = { on: localDateAt(now, market), count: promptsToday(lease) + 1 };
  // It was paid by another way while the prompt was on the phone.
  if (!isDue(state) && patched('known-charges-ring-nobody')) return;
  if (reason === 'no_funds') state.habits = learn(state.habits, now, market, false);
  if (declines[reason].tryNextMethod && state.method + 1 < state.standing.methods) {
    state.method += 1;
    return;
  }
  state.method = 0;
  state.failures += 1;
  state.notBefore = againAt(lease, reason, now);
  tellOfDecline(lease, reason);
}

/** A line that falls due before the next try is asked for on its day: what was declined was late fees alone. */
function againAt({ state }: LeaseRun, reason: DeclineReason, now: number): number {
  const { market } = state.terms;
  const again = nextTry(reason, state.failures, now, market, state.habits);
  const { nextDue } = state.standing;
  if (nextDue === null || nextDue.on <= localDateAt(now, market) || declines[reason].retry === 'next_week')
    return again;
  const due = instantOf(nextDue.on, promptHours[0], market);
  return due < again && patched('lines-are-asked-for-on-their-day') ? due : again;
}

/** Automatic prompts of the lease's own today that brought nothing. */
function promptsToday({ state: { prompts, terms } }: LeaseRun): number {
  return prompts.on === localDateAt(Date.now(), terms.market) ? prompts.count : 0;
}

/** Sends an order to the provider and books what came of it. Not even a cancelled lease leaves money unbooked. */
export function sendAndBook(
  lease: LeaseRun,
  order: AttemptOrder,
): Promise<'succeeded' | 'unknown' | 'nothing_due' | 'paused' | DeclineReason> {
  return CancellationScope.nonCancellable(async () => {
    const sent = await send(lease, order);
    const outcome = sent.status === 'unknown' ? await doubt(lease, sent.attemptId ?? order.attemptId, order) : sent;
    if (outcome === null) return 'unknown';
    if (outcome.status === 'nothing_due' && outcome.standing !== undefined) lease.stands(outcome.standing);
    if (outcome.status === 'nothing_due' || outcome.status === 'paused') return outcome.status;
    return (await book(lease, outcome)) ? 'succeeded' : outcome.status === 'failed' ? outcome.reason : 'unknown';
  });
}

async function send(lease: LeaseRun, order: AttemptOrder): Promise<CollectOutcome> {
  const { polling, unknown } = lease.state;
  const known = unknown.map(({ attemptId }) => attemptId);
  try {
    return await collector(order.attemptId, polling, order.kind).collect({ ...order, polling, known, ...lease.now });
  } catch (error) {
    if (error instanceof ActivityFailure) return { status: 'unknown' };
    throw error;
  }
}

function tellOfDecline(lease: LeaseRun, reason: DeclineReason): void {
  const { reference, failures, notBefore, quiet, terms } = lease.state;
  const { text: template } = declines[reason];
  if (hasEnded(lease.status) || failures > 3 || template === null) return;
  if (template === 'wrong_pin' && !patched('wrong-pins-are-told')) return;
  const onAgain = localDateAt(afterQuietHours(notBefore, quiet, terms.market), terms.market);
  text(lease, `${template}:${localDateAt(Date.now(), terms.market)}`, { template, reference, onAgain });
}
