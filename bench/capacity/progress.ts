import { loadavg } from 'node:os';

const began = performance.now();

/** A line for whoever waits, with the seconds since the start. */
export function say(line: string): void {
  const seconds = ((performance.now() - began) / 1_000).toFixed(0).padStart(5);
  process.stderr.write(`${seconds} s  ${line}\n`);
}

export const secondsSoFar = (): number => (performance.now() - began) / 1_000;

/** How busy the machine is beside us, over a minute. */
export const load = (): string => loadavg()[0]?.toFixed(1) ?? '?';

const EVERY_MS = 5_000;

/** Does a piece of work for each, so many at once, and says how far it is and how long it will take. @returns how many a second */
export async function forAll<T>(
  what: string,
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<unknown>,
): Promise<number> {
  const started = performance.now();
  let done = 0;
  const rate = () => done / ((performance.now() - started) / 1_000);
  const tell = () => say(`${what}: ${done} of ${items.length}, ${left((items.length - done) / rate())}`);
  const timer = setInterval(tell, EVERY_MS);
  const queue = items.values();
  const turn = async () => {
    for (const item of queue) {
      await work(item);
      done += 1;
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, turn));
  } finally {
    clearInterval(timer);
  }
  say(`${what}: ${done}, ${rate().toFixed(0)} a second`);
  return rate();
}

export const left = (seconds: number): string =>
  Number.isFinite(seconds) ? `${Math.ceil(seconds)} s left` : 'no telling how long';
