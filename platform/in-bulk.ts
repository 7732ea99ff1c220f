import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Gathers what is asked for while the work of before is done, and in one turn of the event loop, so that it is done once
 * for all of it. What is asked after a rest is done at once.
 *
 * @param work answers for each, in their order; what it throws, all are thrown
 * @param restMs milliseconds from the end of one work to the next, so that more comes together
 */
export function inBulk<One, Result>(
  work: (all: readonly One[]) => Promise<readonly Result[]>,
  restMs = 0,
): (one: One) => Promise<Result> {
  interface Asked {
    readonly one: One;
    readonly resolve: (result: Result) => void;
    readonly reject: (error: unknown) => void;
  }
  let waiting: Asked[] = [];
  let isAtWork = false;
  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const asked = waiting;
      waiting = [];
      try {
        const results = await work(asked.map(({ one }) => one));
        for (const [i, result] of results.entries()) asked[i]?.resolve(result);
      } catch (error) {
        for (const { reject } of asked) reject(error);
      }
      if (restMs > 0) await sleep(restMs);
    }
    isAtWork = false;
  }
  return (one) =>
    new Promise((resolve, reject) => {
      waiting.push({ one, resolve, reject });
      if (isAtWork) return;
      isAtWork = true;
      setImmediate(() => void run());
    });
}
