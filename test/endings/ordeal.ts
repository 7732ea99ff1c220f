import { DrizzleQueryError } from 'drizzle-orm';
import type { Info } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import postgres from 'postgres';
import { answersPerson } from '#workers/interceptors/failures';

/** Milliseconds of a workflow's clock for which an outage lasts. */
const OUTAGE = 10 * 60_000;

/** What an activity goes through in the first workflow that needs it. */
interface Trial {
  readonly workflowId: string;
  /** False: it is being told of its data; a number: since when it has been out of reach. */
  awaySince: number | null;
  /** On the wall, epoch milliseconds. */
  failedAt: number;
  tries: number;
  told: ('refused' | 'defect' | 'outage' | 'given up')[];
  over: boolean;
  relieved: boolean;
}

/** What people were told of an activity of a workflow: the open case's word for the fault. */
export type Told = (workflowId: string, activity: string) => Promise<string | undefined>;

/**
 * Makes each activity, in the first workflow that needs it, fail for ever by its data until somebody is told, then
 * by a connection that is not there for ten minutes and until somebody is told, and lets it work again. What it throws
 * is what the driver throws.
 */
export class Ordeal {
  readonly #trials = new Map<string, Trial>();
  told: Told = () => Promise.resolve(undefined);

  readonly within: ActivityInterceptorsFactory = ({ info }) => ({
    inbound: {
      execute: async (input, next): Promise<unknown> => {
        await this.#meet(info);
        return next(input);
      },
    },
  });

  /** Activities that somebody needed, with what was told of each. */
  get met(): ReadonlyMap<string, Trial> {
    return this.#trials;
  }

  /** Workflows in which an activity fails now: their clocks may go on. */
  get suffering(): string[] {
    const all = [...this.#trials.values()];
    return all
      .filter(({ over, failedAt }) => !over && failedAt > Date.now() - 3_000)
      .map(({ workflowId }) => workflowId);
  }

  /** Workflows in which an activity has just got over it, each once: what it had put off may wait a few minutes. */
  takeRelieved(): string[] {
    const all = [...this.#trials.values()].filter(({ over, relieved }) => over && !relieved);
    for (const trial of all) trial.relieved = true;
    return all.map(({ workflowId }) => workflowId);
  }

  async #meet(info: Info): Promise<void> {
    const { activityType, workflowExecution } = info;
    const workflowId = workflowExecution?.workflowId ?? '';
    const fresh: Trial = { workflowId, awaySince: null, failedAt: 0, tries: 0, told: [], over: false, relieved: false };
    const trial = this.#trials.get(activityType) ?? fresh;
    this.#trials.set(activityType, trial);
    if (trial.over || trial.workflowId !== workflowId) return;
    const now = info.currentAttemptScheduledTimestampMs;
    const said =
      answersPerson(info) && trial.awaySince === null ? 'refused' : await this.told(workflowId, activityType);
    if (trial.awaySince === null && trial.tries > 0 && (said === 'refused' || said === 'defect')) {
      trial.told.push(said);
      trial.awaySince = now;
    }
    if (trial.awaySince !== null && said === 'outage' && now - trial.awaySince >= OUTAGE) {
      trial.told.push(said);
      trial.over = true;
      return;
    }
    if (trial.awaySince !== null && info.attempt === info.retryPolicy?.maximumAttempts) {
      trial.told.push('given up');
      trial.over = true;
    }
    trial.tries += 1;
    trial.failedAt = Date.now();
    throw trial.awaySince === null ? unfit() : away();
  }
}

/** A value that Postgres refuses, as drizzle and the driver say it. */
function unfit(): Error {
  const refused = Object.assign(new postgres.PostgresError('value too long for type'), { code: '22001' });
  return new DrizzleQueryError('insert into somewhere values ($1)', ['a value'], refused);
}

/** A connection that is not there. */
function away(): Error {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
  return new DrizzleQueryError('select from somewhere', [], refused);
}
