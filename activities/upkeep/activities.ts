import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type postgres from 'postgres';
import { Gauge, type Registry } from 'prom-client';
import type { Database } from '#db/client';
import type { Config } from '#platform/config';
import { deleteEvents } from './delete-events.ts';
import { deleteIdempotencyKeys } from './delete-idempotency-keys.ts';
import { deleteLoginCodes } from './delete-login-codes.ts';
import { findDeadLeases, type DeadLeases } from './find-dead-leases.ts';
import { findStuckWorkflows } from './find-stuck-workflows.ts';
import { deletePositions, makePositionDays } from './keep-positions.ts';
import { deleteSessions } from './delete-sessions.ts';

export type UpkeepActivities = ReturnType<typeof createUpkeepActivities>;

/** The activities of the `upkeep` task queue. All go by the wall's clock, and may be repeated at any time. */
export function createUpkeepActivities({
  sql,
  db,
  temporal,
  config,
  metrics,
}: {
  readonly sql: postgres.Sql;
  readonly db: Database;
  readonly temporal: Client;
  readonly config: Config;
  readonly metrics: Registry | null;
}) {
  const gauges = metrics === null ? null : gaugesIn(metrics);
  return {
    findDeadLeases: async (): Promise<DeadLeases> => {
      const found = await findDeadLeases({ db, temporal, config }, beat);
      const stuck = await findStuckWorkflows({ db, temporal, prefix: config.TASK_QUEUE_PREFIX });
      gauges?.dead.set(found.dead);
      gauges?.stuck.set(stuck);
      return { ...found, stuck };
    },
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

function gaugesIn(metrics: Registry) {
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers: [metrics] });
  return {
    dead: gauge(
      'leases_without_workflow',
      'Leases that go on in the books while their workflow has died, at the last look',
    ),
    stuck: gauge('workflows_stuck', 'Workflows that stand still because their own code fails, at the last look'),
  };
}
