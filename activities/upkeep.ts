import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type postgres from 'postgres';
import { Gauge, type Registry } from 'prom-client';
import type { Database } from '#db/client';
import type { UpkeepActivities } from '#domain/upkeep/wire';
import type { Config } from '#platform/config';
import type { Logger } from '#platform/log';
import { deleteEvents } from '#use-cases/upkeep/delete-events';
import { deleteIdempotencyKeys } from '#use-cases/upkeep/delete-idempotency-keys';
import { deleteLoginCodes } from '#use-cases/upkeep/delete-login-codes';
import { findDeadLeases } from '#use-cases/upkeep/find-dead-leases';
import { findStuckWorkflows } from '#use-cases/upkeep/find-stuck-workflows';
import { deletePositions, makePositionDays } from '#use-cases/upkeep/keep-positions';
import { deleteSessions } from '#use-cases/upkeep/delete-sessions';
import { tellUnbooked } from '#use-cases/upkeep/tell-unbooked';

/** The activities of the `upkeep` task queue. All go by the wall's clock, and may be repeated at any time. */
export function createUpkeepActivities({
  sql,
  db,
  temporal,
  config,
  log,
  metrics,
}: {
  readonly sql: postgres.Sql;
  readonly db: Database;
  readonly temporal: Client;
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Registry | null;
}): UpkeepActivities {
  const gauges = metrics === null ? null : gaugesIn(metrics);
  return {
    findDeadLeases: async () => {
      const found = await findDeadLeases({ db, temporal, config }, beat);
      await tellUnbooked({ db, temporal, config, log }, beat);
      const stuck = await findStuckWorkflows({ db, temporal, prefix: config.TASK_QUEUE_PREFIX });
      gauges?.dead.set(found.dead);
      gauges?.stuck.set(stuck);
      return { ...found, stuck };
    },
    deleteIdempotencyKeys: () => deleteIdempotencyKeys(sql, new Date(), beat),
    deleteLoginCodes: () => deleteLoginCodes(sql, new Date(), beat),
    deleteSessions: () => deleteSessions(sql, new Date(), beat),
    deleteEvents: () => deleteEvents(sql, new Date(), config.EVENTS_RETENTION_DAYS, beat),
    makePositionDays: () => makePositionDays(sql),
    deletePositions: () => deletePositions(sql, new Date(), config.POSITIONS_RETENTION_DAYS, beat),
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
