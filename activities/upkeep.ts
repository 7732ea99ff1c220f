import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type postgres from 'postgres';
import { z } from 'zod';
import type { Database } from '#db/client';
import type { UpkeepActivities } from '#domain/upkeep/wire';
import { doEach } from '#platform/attempt-each';
import type { Config } from '#platform/config';
import type { Logger } from '#platform/log';
import type { Metrics } from '#platform/metrics/metrics';
import { eventRetention } from '#use-cases/events/retention';
import { identityRetention } from '#use-cases/identity/retention';
import { countDistances } from '#use-cases/telematics/count-distances';
import { keepDay } from '#use-cases/portfolio/keep-day';
import { makePositionDays, telematicsRetention } from '#use-cases/telematics/keep-positions';
import { creditDaysLeft } from '#use-cases/vehicles/credit-workshop-days';
import { remindOfPapers } from '#use-cases/vehicles/remind-of-papers';
import { remindOfService } from '#use-cases/vehicles/remind-of-service';
import { deleteExpired } from '#use-cases/upkeep/delete-expired';
import { runSweeps } from '#use-cases/upkeep/run-sweeps';

interface UpkeepDependencies {
  readonly sql: postgres.Sql;
  readonly db: Database;
  readonly temporal: Client;
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Metrics | null;
}

/** The activities of the `upkeep` task queue. All go by the wall's clock, and may be repeated at any time. */
export function createUpkeepActivities(deps: UpkeepDependencies): UpkeepActivities {
  const { sql, db, temporal, config, log, metrics } = deps;
  const sweep = () => ({ sql, at: new Date(), config, beat: () => beat() });
  const dead = metrics?.gauge('leases_without_workflow');
  const standing = metrics?.gauge('workflows_stuck');
  const lookedAt = metrics?.gauge('workflows_looked_at_timestamp_seconds');
  // Before its first look a worker says nothing, rather than that it found none in 1970.
  for (const gauge of [dead, standing, lookedAt]) gauge?.remove({});
  return {
    // Runs all sweeps; the use case `findDeadLeases` is one of them.
    findDeadLeases: async () => {
      const found = await runSweeps({ db, temporal, config, log }, beat);
      dead?.set(found.dead);
      standing?.set(found.stuck ?? 0);
      lookedAt?.setToCurrentTime();
      return found;
    },
    deleteExpired: () =>
      deleteExpired({ ...sweep(), log, beat }, counts.parse(Context.current().info.heartbeatDetails)),
    makePositionDays: () => makePositionDays(sql),
    countDistances: () => countDistances(sql, beat),
    keepPortfolio: () => keepDay(db, new Date()),
    careForFleet: async () => {
      const at = new Date();
      let done = 0;
      const care = [
        () => remindOfPapers(db, at, beat),
        () => remindOfService(db, at),
        () => creditDaysLeft({ db, temporal }, beat),
      ];
      await doEach(care, async (one) => {
        done += await one();
      });
      return done;
    },
    deleteIdempotencyKeys: () => identityRetention.idempotencyKeys(sweep()),
    deleteLoginCodes: () => identityRetention.loginCodes(sweep()),
    deleteSessions: () => identityRetention.sessions(sweep()),
    deleteEvents: () => eventRetention.events(sweep()),
    deletePositions: async () => ({
      days: await telematicsRetention.positionDays(sweep()),
      rows: await telematicsRetention.otherTelemetry(sweep()),
    }),
  };
}

/** What an earlier try had deleted when it was last heard of. */
const counts = z.record(z.string(), z.number()).catch({});

/** A worker that stops cancels what it has in hand; the next one goes on. */
function beat(details?: unknown): void {
  const context = Context.current();
  context.heartbeat(details);
  context.cancellationSignal.throwIfAborted();
}
