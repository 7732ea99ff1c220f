import type { Client } from '@temporalio/client';
import { and, eq, gt, lt, or } from 'drizzle-orm';
import type { Database } from '#db/client';
import { giveBacks } from '#db/schema/index';
import { attemptEach } from '#platform/attempt-each';
import { describeError } from '#platform/describe-error';
import type { Logger } from '#platform/log';
import { startGiveBack } from '#steering/start-give-back';

const MINUTE = 60_000;
/** As long as the workflow of one asks. */
const DAYS = 31;

/**
 * Whoever ordered money back from suspense may have died before its workflow began, or that was terminated: it goes on. What is
 * `pending` waits for its provider's word, of whatever day it is: nobody can decide on it. What nobody can say of a person decides.
 */
export async function resumeGiveBacks(deps: {
  readonly db: Database;
  readonly temporal: Client;
  readonly config: { readonly TASK_QUEUE_PREFIX: string };
  readonly log: Logger;
}): Promise<void> {
  const ago = (ms: number) => new Date(Date.now() - ms);
  const isOfLate = and(eq(giveBacks.status, 'unknown'), gt(giveBacks.createdAt, ago(DAYS * 24 * 60 * MINUTE)));
  const isOpen = and(or(eq(giveBacks.status, 'pending'), isOfLate), lt(giveBacks.createdAt, ago(MINUTE)));
  const open = await deps.db.select({ id: giveBacks.id }).from(giveBacks).where(isOpen);
  for (const { item, error } of await attemptEach(open, ({ id }) => startGiveBack(deps, id)))
    deps.log.warn({ err: describeError(error), giveBackId: item.id }, 'money that goes back is not looked after');
}
