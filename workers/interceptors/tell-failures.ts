import type { Info } from '@temporalio/activity';
import { closeFailing, noteFailing, seriesOf, type FailingActivity } from '#use-cases/cases/failing-case';
import type { Database } from '#db/client';
import { DEFECT, OUTAGE, PROVIDER, type FailureKind } from '#domain/failures';
import { describeError } from '#platform/describe-error';
import type { Logger } from '#platform/log';
import type { Metrics } from '#platform/metrics/metrics';
import { answersPerson, type NamedFailure } from './failures.ts';
import type { Streak } from './streaks.ts';

/** Whoever must hear of activities that fail: figures at every failure, a person when it goes on. */
export interface Telling {
  failed(info: Info, failure: NamedFailure, streak: Streak): Promise<void>;
  /** @param again after it has failed, perhaps in another process */
  succeeded(info: Info, again: boolean): Promise<void>;
}

/** Failures in a row after which an outage is told to a person. */
const TRIES = 5;
/** Milliseconds after which a provider that does not answer is. */
const PROVIDER_PATIENCE = 30 * 60_000;

export function tellFailures(deps: {
  readonly db: Database;
  readonly log: Logger;
  readonly metrics: Metrics | null;
}): Telling {
  const { db, log, metrics } = deps;
  const counter = metrics?.counter('activity_failures_total');
  /** A case that cannot be written now is written at the next failure. */
  const quietly = (work: Promise<void>) =>
    work.catch((error: unknown) => log.warn({ err: describeError(error) }, 'a failing activity is not told of yet'));
  return {
    async failed(info, { kind, code }, streak) {
      counter?.inc({ activity: info.activityType, kind: kind.toLowerCase() });
      const activity = failingActivity(info);
      if (activity === null || !isForPerson(info, kind, streak)) return;
      const fault = {
        kind: kind.toLowerCase(),
        code,
        tries: streak.tries,
        ...(isLastTry(info) ? { givenUp: true } : {}),
      };
      await quietly(noteFailing(db, { ...activity, ...fault }));
    },
    async succeeded(info, again) {
      const activity = failingActivity(info);
      // The runs of a schedule are one workflow to people: what failed in one is over when it works in the next.
      if (activity !== null && (again || activity.series !== activity.workflowId))
        await quietly(closeFailing(db, activity));
    },
  };
}

function isLastTry({ attempt, retryPolicy }: Info): boolean {
  const most = retryPolicy?.maximumAttempts ?? 0;
  return most > 0 && attempt >= most;
}

/** Whether a failure is for a person to look at. What answers one has told him already. */
function isForPerson(info: Info, kind: FailureKind, { tries, since }: Streak): boolean {
  if (isLastTry(info)) return true;
  switch (kind) {
    case DEFECT:
      return !answersPerson(info);
    case OUTAGE:
      return tries >= TRIES;
    case PROVIDER:
      // Both on the workflow's own clock. What it waited for before, such as its turn, is no failure.
      return info.currentAttemptScheduledTimestampMs - since >= PROVIDER_PATIENCE;
  }
}

function failingActivity({ workflowExecution, activityType, activityId }: Info): FailingActivity | null {
  if (workflowExecution === undefined) return null;
  const { workflowId } = workflowExecution;
  return { workflowId, series: seriesOf(workflowId), activity: activityType, activityId };
}
