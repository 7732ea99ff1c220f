import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseConnection } from '#db/client';
import type { Running } from '#platform/running';
import type { Logger } from '#platform/log';
import { passOver } from '#use-cases/events/pass-over';
import { ensureReader, readBatch, type Reader, type Round } from '#use-cases/events/read-batch';

/** Milliseconds between two looks when nothing wakes a reader, and when nothing gets through. */
const IDLE = 1_000;
const RETRY = [100, 250, 500, 1_000] as const;
/** Milliseconds from one round to the next: what is committed meanwhile is taken together. What comes after a rest is taken at once. */
const BREATH = 100;
const NOTHING: Round = { isFull: false, isStuck: false, error: null };

export interface ReaderDependencies {
  readonly database: Pick<DatabaseConnection, 'db' | 'sql'>;
  readonly log: Logger;
}

/** Lets a reader take the outbox from where it is, as soon as something is committed, until it is stopped. */
export async function startReader(deps: ReaderDependencies, reader: Reader): Promise<Running> {
  const { database, log } = deps;
  const stopped = new AbortController();
  let woken = new AbortController();
  const wake = () => woken.abort();
  const pause = (milliseconds: number | undefined, signal: AbortSignal) =>
    sleep(milliseconds, undefined, { signal: AbortSignal.any([signal, stopped.signal]) }).catch(() => {});

  async function run(): Promise<void> {
    let isThere = false;
    for (let failures = 0; !stopped.signal.aborted;) {
      woken = new AbortController();
      const began = performance.now();
      const round = await attempt(async () => {
        if (!isThere) await ensureReader(database.db, reader);
        isThere = true;
        const at = new Date();
        return (await passOver(database.db, reader, at)) ? readBatch(database.db, reader, at) : NOTHING;
      });
      if (round.error !== null)
        log.warn({ err: round.error, reader: reader.name }, 'events wait: they are not taken yet');
      if (round.isStuck) await pause(RETRY[Math.min(failures++, RETRY.length - 1)], stopped.signal);
      else failures = 0;
      if (round.isStuck || round.isFull) continue;
      await pause(IDLE, woken.signal);
      await pause(Math.max(0, began + BREATH - performance.now()), stopped.signal);
    }
  }

  const subscription = await database.sql.listen('outbox', wake, wake);
  const running = run();
  return {
    async stop() {
      stopped.abort();
      await running;
      await subscription.unlisten();
    },
  };
}

/** What breaks the reading itself, such as a database that is away, is no fault of an event. */
async function attempt(read: () => Promise<Round>): Promise<Round> {
  try {
    return await read();
  } catch (error) {
    return { isFull: false, isStuck: true, error };
  }
}
