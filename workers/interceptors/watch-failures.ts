import { CompleteAsyncError, type Context, type Info } from '@temporalio/activity';
import { TemporalFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { DEFECT } from '#domain/failures';
import { answersPerson, asFailure, nameFailure, refusalIn } from './failures.ts';
import { Streaks } from './streaks.ts';
import type { Telling } from './tell-failures.ts';

/**
 * Around every activity: names each failure, so that retry policies, people and figures can tell them apart,
 * keeps values out of it, and has it told. Whoever asked for what is refused, or broken, has that answer: nobody has to look
 * any more. What an activity says in Temporal's own words is meant so.
 */
export function watchFailures(telling: Telling): ActivityInterceptorsFactory {
  const streaks = new Streaks();
  return (context) => ({
    inbound: {
      async execute(input, next) {
        const { info } = context;
        const id = idOf(info);
        /** It is tried no more: what was told of its failures is over. */
        const isOver = () => telling.succeeded(info, streaks.succeeded(id) || info.attempt > 1);
        try {
          const result: unknown = await next(input);
          await isOver();
          return result;
        } catch (error) {
          if (isSaid(error, context)) {
            if (streaks.succeeded(id)) await telling.succeeded(info, true);
            throw error;
          }
          const refused = refusalIn(error, info);
          if (refused !== null) {
            await isOver();
            throw asFailure(refused);
          }
          const streak = streaks.failed(id, info.currentAttemptScheduledTimestampMs);
          const named = nameFailure(error, info, streak.tries);
          await telling.failed(info, named, streak);
          if (named.kind === DEFECT && answersPerson(info)) await isOver();
          throw named.failure;
        }
      },
    },
  });
}

/** Not over, cancelled, or to be tried again for a reason that is no fault. */
function isSaid(error: unknown, { cancellationSignal }: Context): boolean {
  if (error instanceof CompleteAsyncError || error instanceof TemporalFailure) return true;
  return cancellationSignal.aborted && error instanceof Error && error.name === 'AbortError';
}

function idOf({ workflowExecution, activityId }: Info): string {
  return `${workflowExecution?.runId ?? ''}:${activityId}`;
}
