import { setTimeout as sleep } from 'node:timers/promises';
import type postgres from 'postgres';
import type { Running } from '#platform/running';
import type { Logger } from '#platform/log';

/** Ids in one notification, which takes less than 8,000 bytes. */
const NAMED = 200;
/** Milliseconds between two statements: what moves meanwhile goes with the next. */
const PAUSE = 15;

interface PositionTeller extends Running {
  moved(vehicleIds: readonly string[]): void;
}

/**
 * Tells the API processes, after the commit, which vehicles have moved. Whoever is not told, because the database was away
 * or this process died, looks by himself after a while.
 */
export function tellPositions(sql: postgres.Sql, log: Logger): PositionTeller {
  const waiting = new Set<string>();
  let telling: Promise<void> | null = null;

  async function tell(): Promise<void> {
    while (waiting.size > 0) {
      const ids = [...waiting];
      waiting.clear();
      const payloads = Array.from({ length: Math.ceil(ids.length / NAMED) }, (_, i) =>
        ids.slice(i * NAMED, (i + 1) * NAMED).join(),
      );
      try {
        // Nothing is lost with it: it waits for no disk.
        await sql`
          select set_config('synchronous_commit', 'off', true), pg_notify('positions', payload)
          from unnest(${payloads}::text[]) payload`;
      } catch (error) {
        log.debug({ err: error }, 'nobody was told which vehicles moved');
      }
      await sleep(PAUSE);
    }
  }

  return {
    moved(vehicleIds) {
      for (const id of vehicleIds) waiting.add(id);
      if (waiting.size > 0) telling ??= tell().finally(() => (telling = null));
    },
    async stop() {
      await telling;
    },
  };
}
