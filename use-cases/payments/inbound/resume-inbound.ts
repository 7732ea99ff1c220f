import type { Client } from '@temporalio/client';
import { and, eq, lt } from 'drizzle-orm';
import type { Database } from '#db/client';
import { inbound } from '#db/schema/index';
import { attemptEach } from '#platform/attempt-each';
import { describeError } from '#platform/describe-error';
import type { Logger } from '#platform/log';
import { startInbound } from '#steering/start-inbound';

/** Milliseconds that the workflow of an announced payment takes to ask its provider, and some. */
const QUESTIONS_LAST = 20 * 60_000;

/** Whoever announced a payment may have died before its workflow began, or that was terminated: it goes on. */
export async function resumeInbound(deps: {
  readonly db: Database;
  readonly temporal: Client;
  readonly config: { readonly TASK_QUEUE_PREFIX: string };
  readonly log: Logger;
}): Promise<void> {
  const isLate = lt(inbound.receivedAt, new Date(Date.now() - QUESTIONS_LAST));
  const { id, provider, market, receipt } = inbound;
  const open = await deps.db
    .select({ id, provider, market, receipt })
    .from(inbound)
    .where(and(eq(inbound.status, 'announced'), isLate));
  for (const { item, error } of await attemptEach(open, (one) => startInbound(deps, one)))
    deps.log.warn(
      { err: describeError(error), inboundId: item.id },
      'a payment that was announced is not looked after',
    );
}
