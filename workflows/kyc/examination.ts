import { ActivityFailure, CancellationScope, condition, isCancellation, patched } from '@temporalio/workflow';
import {
  isFinal,
  judge,
  REVIEW_BUSINESS_DAYS,
  REVIEW_LAPSE_BUSINESS_DAYS,
  type CheckResult,
  type Judgement,
} from '#domain/kyc/decision';
import { businessDeadline } from '../kit/business-deadline.ts';
import { holdBackUntil } from '../kit/hold-back.ts';
import { pollingFor } from '../kit/retry.ts';
import { activities, type KycRun } from './run.ts';
import { unanswered, type OpenSubmission } from './state.ts';

/** How long a question lasts that a late webhook makes us ask, in milliseconds. */
const LATE_QUESTION = 60_000;

/** From a submission to its decision, which the waiting leases are told. */
export async function examine(run: KycRun, open: OpenSubmission): Promise<void> {
  await automatedCheck(run, open);
  if (run.decided === null) await review(run, open);
  await conclude(run);
}

/** Asks the provider, and acts on what it says. */
async function automatedCheck(run: KycRun, open: OpenSubmission): Promise<void> {
  const deadline = Date.now() + run.state.checkSeconds * 1000;
  run.shows('the automated identity check', deadline);
  await actOn(run, open, judge(await askProvider(run, open, deadline), open.suspicions));
}

/**
 * One activity that sends, and then polls by its own retry policy. A webhook makes it ask now instead of
 * at the next interval: the poll that waits is dropped and begun anew.
 */
async function askProvider(run: KycRun, open: OpenSubmission, deadline: number): Promise<CheckResult> {
  for (;;) {
    const scope = new CancellationScope();
    const polling = scope.run(() => poll(run, open, deadline - Date.now()));
    const result = await Promise.race([polling, condition(() => run.webhooks !== run.heeded).then(() => null)]);
    if (result !== null) return result;
    scope.cancel();
    await polling;
  }
}

/** @returns `unanswered` when nobody could say in time, or when the poll was dropped. */
async function poll(run: KycRun, { submissionId }: OpenSubmission, leftMs: number): Promise<CheckResult> {
  run.heeded = run.webhooks;
  try {
    const policy = { ...pollingFor(leftMs), summary: 'identity-check provider' };
    return await activities(policy).checkIdentity({ submissionId });
  } catch (error) {
    if (isCancellation(error)) return unanswered('dropped');
    if (error instanceof ActivityFailure) return unanswered('no_answer_in_time');
    throw error;
  }
}

async function actOn(run: KycRun, open: OpenSubmission, judgement: Judgement): Promise<void> {
  const { submissionId } = open;
  switch (judgement.to) {
    case 'approved':
      return run.decideByItself({ submissionId, to: 'approved', reason: null });
    case 'rejected':
      return run.decideByItself({ submissionId, to: 'rejected', reason: judgement.reason });
    case 'in_review': {
      const dueAt = new Date(await deadlineOf(run, Date.now(), REVIEW_BUSINESS_DAYS)).toISOString();
      // Known here before anybody can see it, so that it can be decided as soon as it is seen.
      open.status = 'in_review';
      run.recording = true;
      const stands = await activities().beginReview({ ...run.subject(open), why: judgement.why, dueAt, ...run.now });
      run.recording = false;
      // Of a run before this one, which an operator has reset.
      if (stands != null && patched('a-decision-that-has-fallen-stands')) run.decided = stands;
    }
  }
}

/**
 * An agent looks within the service level. It is noted when nobody does; much later the submission
 * expires. A verdict of the provider that still comes decides where nothing else is suspicious.
 */
async function review(run: KycRun, open: OpenSubmission): Promise<void> {
  const began = Date.now();
  let overdue = false;
  const known = () => deadlineOf(run, began, overdue ? REVIEW_LAPSE_BUSINESS_DAYS : REVIEW_BUSINESS_DAYS);
  let deadline = await known();
  while (run.decided === null) {
    const news = () => run.decided !== null || run.webhooks !== run.heeded;
    const who = `an agent to look at the documents${overdue ? ', overdue' : ''}`;
    if (await run.waitFor(news, deadline, who)) {
      if (run.webhooks !== run.heeded) await lateVerdict(run, open);
      continue;
    }
    // A holiday that was entered meanwhile makes it later.
    const later = await known();
    if (later > deadline) {
      deadline = later;
    } else if (overdue) {
      const reason = 'It could not be looked at in time. Please submit again.';
      await run.decideByItself({ submissionId: open.submissionId, to: 'expired', reason });
    } else {
      overdue = true;
      await activities().noteReviewOverdue({ ...run.subject(open), ...run.now });
      deadline = await known();
    }
  }
}

const deadlineOf = (run: KycRun, from: number, days: number) =>
  businessDeadline((asked) => activities().businessDeadline(asked), { from, days, market: run.state.market });

async function lateVerdict(run: KycRun, open: OpenSubmission): Promise<void> {
  const result = await poll(run, open, LATE_QUESTION);
  await holdBackUntil(() => !run.deciding, 'a decision that is under way');
  if (run.decided !== null || !isFinal(result)) return;
  const judgement = judge(result, open.suspicions);
  if (judgement.to !== 'in_review') await actOn(run, open, judgement);
}

/** The decision stands: a later submission is taken from now on, and the leases that wait are told. */
async function conclude(run: KycRun): Promise<void> {
  const { state, decided } = run;
  if (decided === null) return;
  const { submissionId, status, expiresOn } = decided;
  state.open = null;
  if (status === 'approved' && expiresOn !== null) state.approval = { submissionId, expiresOn };
  if (status === 'rejected') state.approval = null;
  await activities().tellWaitingLeases({ userId: state.userId, submissionId, status });
}
