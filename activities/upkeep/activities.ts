import { Context } from '@temporalio/activity';
import type postgres from 'postgres';
import type { Config } from '#platform/config';
import { deleteEvents } from './delete-events.ts';
import { deleteIdempotencyKeys } from './delete-idempotency-keys.ts';
import { deleteLoginCodes } from './delete-login-codes.ts';
import { deletePositions, makePositionDays } from './keep-positions.ts';
import { deleteSessions } from './delete-sessions.ts';

export type UpkeepActivities = ReturnType<typeof createUpkeepActivities>;

/** The activities of the `upkeep` task queue. All go by the wall's clock, and may be repeated at any time. */
export function createUpkeepActivities({ sql, config }: { readonly sql: postgres.Sql; readonly config: Config }) {
  return {
    deleteIdempotencyKeys: (): Promise<number> => deleteIdempotencyKeys(sql, new Date(), beat),
    deleteLoginCodes: (): Promise<number> => deleteLoginCodes(sql, new Date(), beat),
    deleteSessions: (): Promise<number> => deleteSessions(sql, new Date(), beat),
    deleteEvents: (): Promise<number> => deleteEvents(sql, new Date(), config.EVENTS_RETENTION_DAYS, beat),
    makePositionDays: (): Promise<void> => makePositionDays(sql),
    deletePositions: (): Promise<{ readonly days: number; readonly rows: number }> =>
      deletePositions(sql, new Date(), config.POSITIONS_RETENTION_DAYS, beat),
  };
}

/** A worker that stops cancels what it has in hand; the next one goes on. */
function beat(): void {
  const context = Context.current();
  context.heartbeat();
  context.cancellationSignal.throwIfAborted();
}
