import { assert, array, integer, property } from 'fast-check';
import { expect, it } from 'vitest';
import { earliest, POSITION_EVERY, START, taken } from './pace.ts';

/** When each of these is told, in milliseconds; one that comes while another waits takes its place. */
function told(arrivals: readonly number[]): { at: number; waited: number }[] {
  let pace = START;
  let waiting: number | null = null;
  const all: { at: number; waited: number }[] = [];
  const tell = (at: number, since: number) => {
    all.push({ at, waited: at - since });
    pace = taken(pace, at);
  };
  for (const at of [...arrivals, Infinity]) {
    if (waiting !== null && earliest(pace) <= at) {
      tell(earliest(pace), waiting);
      waiting = null;
    }
    if (at === Infinity) break;
    if (earliest(pace) <= at) tell(at, at);
    else waiting = at;
  }
  return all;
}

it('takes at most a turn a second, and one', () => {
  assert(
    property(array(integer({ min: 0, max: 700 }), { minLength: 2, maxLength: 60 }), (gaps) => {
      let now = 1_000_000;
      const all = told(gaps.map((gap) => (now += gap)));
      for (const [first, { at: from }] of all.entries())
        for (const [last, { at: to }] of all.entries())
          if (last > first) expect(last - first).toBeLessThanOrEqual(Math.ceil((to - from) / POSITION_EVERY));
    }),
  );
});

it('lets nobody wait who comes once a second, whatever delayed one of them', () => {
  assert(
    property(array(integer({ min: 0, max: 850 }), { minLength: 2, maxLength: 60 }), (delays) => {
      const arrivals = delays.map((delay, second) => 1_000_000 + second * 1_000 + delay);
      for (const { waited } of told(arrivals)) expect(waited).toBe(0);
    }),
  );
});
