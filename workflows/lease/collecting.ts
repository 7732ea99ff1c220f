import { ActivityFailure, CancellationScope, patched, uuid4 } from '@temporalio/workflow';
import type { AttemptOrder, CollectOutcome, Settled } from '#domain/payments/wire';
import type { RiskFact } from '#domain/leases/wire';
import { nextQuestion } from '#domain/leases/agenda';
import { hasEnded } from '#domain/leases/status';
import { learn } from '#domain/payments/habits';
import { afterQuietHours } from '#domain/payments/quiet-hours';
import { nextMorning, nextTry, PROMPTS_A_DAY } from '#domain/payments/tries';
import type { Message } from '#domain/support/messages';
import { declines, type DeclineReason } from '#domain/payments/decline';
import { localDateAt } from '#domain/calendar';
import { collector, leases, payments } from './activities.ts';
import type { LeaseRun } from './run.ts';
import { writeSearchAttributes } from './search-attributes.ts';
import { followDoubt, promptedBy } from './settling.ts';
import type { HeldFact, UnknownAttempt } from './state.ts';

/** While a provider is down, collections pause for so long, in milliseconds; a customer who waits for the vehicle, less. */
const DOWN = { deposit: 90_000, instalment: 1_800_000 } as const;

/**
 * One automatic charge of what is due now. Success clears the tries; a decline goes on to the customer's
 * next payment method, or decides when the next try is; an unknown outcome is asked about by timer, and that
 * money is not charged again meanwhile. Where money in doubt may have paid it, the next try is in the morning, or when
 * the doubt ends, also where it does so during this one. A customer gets a few prompts a day and no more.
 */
export async function collectDue(lease: LeaseRun, kind: 'deposit' | 'instalment'): Promise<void> {
  const { state } = lease;
  const { market } = state.terms;
  if (promptsToday(lease) >= PROMPTS_A_DAY) {
    state.notBefore = nextMorning(Date.now(), market);
    return;
  }
  const asked = Date.now();
  const { doubtsEnded } = lease;
  const byCustomer = kind === 'deposit' && state.asked === true ? { asked: true } : {};
  state.asked = false;
  const order = { attemptId: uuid4(), leaseId: lease.id, kind, method: state.method, ...byCustomer };
  const outcome = await sendAndBook(lease, order);
  switch (outcome) {
    case 'succeeded':
      paid(lease, asked);
      return;
    case 'paused':
    case 'not_sent':
    case 'not_due':
      state.notBefore = Date.now() + DOWN[kind];
      return;
    case 'unknown':
      state.notBefore = nextMorning(Date.now(), market);
      return;
    case 'nothing_due':
      if (lease.doubtsEnded !== doubtsEnded && patched('doubts-that-end-let-prompts-go')) return;
      state.notBefore = state.doubtedUntil = nextMorning(Date.now(), market);
      return;
    default:
      declined(lease, outcome);
  }
}

/**
 * A payment that succeeded, whoever asked for it: the tries begin anew, and when it was is learnt.
 *
 * @param at when it was paid, whenever that became known, in epoch milliseconds; null where no hour is known.
 */
export function paid({ state }: LeaseRun, at: number | null): void {
  state.failures = 0;
  state.notBefore = 0;
  state.method = 0;
  if (at !== null) state.habits = learn(state.habits, at, state.terms.market, true);
}

/** An unknown payment is known: it is asked about no more, and when it was paid is learnt. */
export async function bookKnown(lease: LeaseRun, outcome: Settled): Promise<void> {
  const { state } = lease;
  const doubted = state.unknown.find(({ attemptId }) => attemptId === outcome.attemptId);
  state.unknown = state.unknown.filter((one) => one !== doubted);
  state.notBefore = 0;
  const isPaid = await book(lease, outcome);
  if (isPaid && doubted !== undefined) paid(lease, doubted.since);
  await followDoubt(lease, doubted?.settles, isPaid);
}

function declined(lease: LeaseRun, reason: DeclineReason): void {
  const { state } = lease;
  const { market } = state.terms;
  const now = Date.now();
  state.prompts = { on: localDateAt(now, market), count: promptsToday(lease) + 1 };
  if (reason === 'no_funds') state.habits = learn(state.habits, now, market, false);
  if (declines[reason].tryNextMethod && state.method + 1 < state.standing.methods) {
    state.method += 1;
    return;
  }
  state.method = 0;
  state.failures += 1;
  state.notBefore = nextTry(reason, state.failures, now, market, state.habits);
  tellOfDecline(lease, reason);
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

/**
 * Nobody could say what became of an attempt. The lease knows before anybody can see it, so that it can be
 * decided as soon as it is seen.
 *
 * @returns what became of it where that was known all the same.
 */
async function doubt(
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
async function book(lease: LeaseRun, outcome: Settled): Promise<boolean> {
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
  const outcome = await payments().askOutcome({ attemptId });
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

/** A lease that was started again from the books: what was under way when it died is asked about first. */
export async function takeUp(lease: LeaseRun): Promise<void> {
  const { restart } = lease.state;
  if (restart === undefined || restart === null) return;
  await lease.catchesUp(restart.asOf);
  writeSearchAttributes(lease.state);
  const { settlement } = restart;
  for (const attemptId of restart.orphans) {
    const settles = settlement?.attemptId === attemptId ? settlement : undefined;
    const outcome = await doubt(lease, attemptId, undefined, settles);
    if (outcome === null) await askAboutUnknown(lease, attemptId);
    else if (outcome.status === 'succeeded') await book(lease, outcome);
    if (outcome !== null) await followDoubt(lease, settles, outcome.status === 'succeeded');
  }
  lease.state.restart = null;
}

/** Facts that machines told the run before while it was about to continue as new. */
export function takeHeld(lease: LeaseRun): void {
  const { held = [] } = lease.state;
  lease.state.held = [];
  for (const fact of held) takeFact(lease, fact);
}

/** Takes a fact that a machine told; while the run is closing it is kept for the next. */
export function takeFact(lease: LeaseRun, fact: HeldFact): void {
  if (lease.renewal.closing) {
    const { held = [] } = lease.state;
    const isKnown = 'books' in fact && held.some((one) => 'books' in one);
    if (!isKnown) lease.state.held = [...held, fact];
    return;
  }
  if ('money' in fact) {
    const attemptId = fact.money;
    lease.inBackground(() => lease.oneAtATime(attemptId, () => bookArrived(lease, attemptId)));
    return;
  }
  lease.inBackground(async () => {
    if ('failed' in fact) await bookKnown(lease, { status: 'failed', ...fact.failed });
    else if ('risk' in fact) await noteRisk(lease, fact.risk);
    else {
      endDoubt(lease);
      lease.stands(await leases().readStanding({ leaseId: lease.id, ...lease.now }));
    }
  });
}

/** What telematics saw; who has crashed is asked how he is, and that he may have a pause. */
async function noteRisk(lease: LeaseRun, risk: RiskFact): Promise<void> {
  await leases().noteRisk({ leaseId: lease.id, risk, ...lease.now });
  if (risk.type === 'crash' && lease.status !== 'stolen' && patched('a-crash-offers-a-pause'))
    text(lease, `crash:${risk.riskEventId}`, { template: 'crash_noticed', reference: lease.state.reference });
}

/**
 * What was put off because it might have been paid is looked at again at once, a reminder that was not sent with it.
 * A prompt that waits for something else, as after a decline, goes on waiting.
 */
function endDoubt(lease: LeaseRun): void {
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

/** Money came for which no activity waited any more. */
async function bookArrived(lease: LeaseRun, attemptId: string): Promise<void> {
  await book(lease, { status: 'succeeded', attemptId });
  const doubted = lease.state.unknown.find((one) => one.attemptId === attemptId);
  lease.state.unknown = lease.state.unknown.filter((one) => one !== doubted);
  await followDoubt(lease, doubted?.settles, true);
}

function tellOfDecline(lease: LeaseRun, reason: DeclineReason): void {
  const { reference, failures, notBefore, quiet, terms } = lease.state;
  const { text: template } = declines[reason];
  if (hasEnded(lease.status) || failures > 3 || template === null) return;
  if (template === 'wrong_pin' && !patched('wrong-pins-are-told')) return;
  const onAgain = localDateAt(afterQuietHours(notBefore, quiet, terms.market), terms.market);
  textByDay(lease, `${template}:${localDateAt(Date.now(), terms.market)}`, { template, reference, onAgain });
}

/** Tells the customer something at once, once a key: it answers what a person has done. */
export function text(lease: LeaseRun, key: string, message: Message): void {
  lease.writes({ key, message, notBefore: 0 });
}

/** Tells the customer, once a key, what came about by itself: at night it waits for the morning. */
export function textByDay(lease: LeaseRun, key: string, message: Message): void {
  const { quiet, terms } = lease.state;
  lease.writes({ key, message, notBefore: afterQuietHours(Date.now(), quiet, terms.market) });
}
