/** Milliseconds between two positions of a tracker. */
const EVERY = 10_000;
/** Positions after which a tracker's life begins anew; in each it speeds once and loses its power once. */
const LIFE = 100;
const SPEEDING = { from: 40, to: 49 };
const POWER_CUT = { from: 70, to: 75 };
/** Of so many messages one is garbage, and one comes twice. */
const GARBAGE = 100;
const TWICE = 20;
/** How many places a message may come too late. */
const DISORDER = 12;

/** Who speaks in a storm: the same number says the same, in whatever process. */
export interface Voice {
  readonly number: number;
  readonly id: string;
}

export interface Storm {
  /** Messages of each tracker, whole lives. */
  readonly messages: number;
  /** Milliseconds of the epoch: the first position. */
  readonly from: number;
}

/** When the storm has to have begun for its last position to be of now. */
export const storyOf = (messages: number, now: number): Storm => ({ messages, from: now - (messages + 6) * EVERY });

/** Episodes of each kind that a tracker lives through. */
export const episodesIn = ({ messages }: Storm) => messages / LIFE;

export const isGarbage = (number: number, index: number) => chance(number, index, 1, GARBAGE);

/** The order in which a tracker says its messages, some of them twice. */
export function orderOf(number: number, indices: readonly number[]): number[] {
  const place = (index: number) => index + (hash(number, index, 2) % DISORDER);
  const sorted = [...indices].sort((a, b) => place(a) - place(b) || a - b);
  return sorted.flatMap((index) => (chance(number, index, 3, TWICE) ? [index, index] : [index]));
}

/** What a tracker says as its message `index`; of garbage nothing is a position. */
export function payloadOf({ number, id }: Voice, index: number, { from }: Storm): string {
  const ts = from + index * EVERY;
  if (!isGarbage(number, index)) return JSON.stringify(positionOf(ts, index));
  switch (hash(number, index, 4) % 4) {
    case 0:
      return `${id} ${index}: nothing that can be read`;
    case 1:
      return `{"ts":${ts},"seq":${index},"lat":NaN,"lon":32.5}`;
    case 2:
      // An alarm of a wrong clock would count when it comes, and be an episode of its own.
      return JSON.stringify({ ...positionOf(ts, index), ts: ts + 30 * 86_400_000, alarms: undefined });
    default:
      return JSON.stringify({ ...positionOf(ts, index), trackerId: '01890000-0000-7000-8000-000000000000' });
  }
}

function positionOf(ts: number, index: number) {
  const within = ({ from, to }: typeof SPEEDING) => index % LIFE >= from && index % LIFE <= to;
  return {
    ts,
    seq: index,
    lat: 0.3 + index * 0.0002,
    lon: 32.5,
    speedKph: within(SPEEDING) ? 100 : 40,
    ignition: true,
    externalMv: within(POWER_CUT) ? 0 : 12_600,
    ...(within(POWER_CUT) ? { alarms: ['powerCut'] } : {}),
  };
}

const chance = (number: number, index: number, salt: number, oneOf: number) => hash(number, index, salt) % oneOf === 0;

/** A number that these three decide. */
function hash(number: number, index: number, salt: number): number {
  let mixed = Math.imul(number + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b) ^ Math.imul(salt, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
