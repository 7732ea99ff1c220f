import { AsyncLocalStorage } from 'node:async_hooks';

/** For how long work waits for a row that others hold: less than whoever asked waits for an answer. Milliseconds. */
const ROW_PATIENCE = 8_000;
/** A row that several wait for is waited for twice: until it is one's turn, and then for who holds it. Postgres counts each anew. */
const WAITS = 2;
/** For how long Postgres waits for a lock, milliseconds. */
export const LOCK_PATIENCE = ROW_PATIENCE / WAITS;
/** The least of it, for who has waited for something else as long. */
const LEAST = 500;
/** Nobody waits so long for an answer: what a request has left running, such as a timer, is work of its own. */
const GONE = 60_000;

const begun = new AsyncLocalStorage<number>();

/** Work for which somebody waits from now on. */
export const answering = <T>(work: () => T): T => begun.run(performance.now(), work);

/**
 * How much of that patience is left, to be asked later: whoever waits for an answer may wait for a connection before he
 * waits for a row. Ask for it where the work is ordered: what a pool calls back is called by whoever gave a connection back.
 *
 * @returns of `LOCK_PATIENCE`; null where nobody waits, or nothing worth telling is gone
 */
export function lockPatience(): () => number | null {
  const since = begun.getStore();
  return () => {
    const waited = since === undefined ? 0 : performance.now() - since;
    return waited < LEAST || waited > GONE ? null : Math.max(LEAST, Math.round((ROW_PATIENCE - waited) / WAITS));
  };
}
