import { GAP, isExact, legBetween, type Passed } from './legs.ts';

type Spot = Pick<Passed, 'ts' | 'lat' | 'lon'>;

/** From where a vehicle set off to where it stood again. */
export interface Trip {
  readonly start: Spot;
  /** Where it last moved. */
  readonly end: Spot;
  readonly metres: number;
  /** Milliseconds of movement; halts are the rest. */
  readonly movingMs: number;
}

/** A vehicle on its way through its fixes. */
export interface Journey {
  readonly last: Passed | null;
  readonly trip: Trip | null;
  /** Since when the ignition is known to be off. */
  readonly offSince: number | null;
}

/** Milliseconds of standing that end a trip: Traccar's `report.trip.minimalParkingDuration`. */
export const PARKED = 300_000;
/** The same with the ignition off: Teltonika's ignition-off timeout; it is longer than to start a stalled engine again. */
export const SWITCHED_OFF = 60_000;
/** Metres below which a trip is none: moving about in a yard. They count as distance. */
const SHORTEST = 100;
/** Milliseconds before a moment whose fixes say whether a trip goes on in it: a leg before the longest stand. */
export const BEFOREHAND = GAP + PARKED;

export const setOff: Journey = { last: null, trip: null, offSince: null };

const listed = (trip: Trip | null): Trip | null => (trip !== null && trip.metres >= SHORTEST ? trip : null);

/**
 * The next fix of a vehicle. A gap, five minutes of standing, or one with the ignition off, end a trip; a halt that
 * is shorter belongs to it.
 *
 * @param fix one that is vague, or not later than the last, changes nothing
 * @returns the trip that was over by it, if one was
 */
export function travel(journey: Journey, fix: Passed): { readonly journey: Journey; readonly over: Trip | null } {
  const { last, trip } = journey;
  if (!isExact(fix) || (last !== null && fix.ts <= last.ts)) return { journey, over: null };
  const offSince = fix.ignition === false ? (journey.offSince ?? fix.ts) : null;
  const leg = last === null ? null : legBetween(last, fix);
  const next = (now: Trip | null, over: Trip | null) => ({ journey: { last: fix, trip: now, offSince }, over });
  if (last === null || leg === null) return next(null, null);
  switch (leg.kind) {
    case 'gap':
      return next(null, listed(trip));
    case 'moving': {
      const so = trip ?? { start: spot(last), metres: 0, movingMs: 0 };
      const { start } = so;
      return next({ start, end: spot(fix), metres: so.metres + leg.metres, movingMs: so.movingMs + leg.ms }, null);
    }
    case 'standing':
      return trip !== null && hasStood({ trip, offSince }, fix.ts) ? next(null, listed(trip)) : next(trip, null);
  }
}

function hasStood({ trip, offSince }: { readonly trip: Trip; readonly offSince: number | null }, at: number): boolean {
  return at - trip.end.ts >= PARKED || (offSince !== null && at - offSince >= SWITCHED_OFF);
}

/** The trip that a vehicle is on after its last known fix. */
export const journeyUnderWay = ({ trip }: Journey): Trip | null => listed(trip);

const spot = ({ ts, lat, lon }: Passed): Spot => ({ ts, lat, lon });
