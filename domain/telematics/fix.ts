/** Where something is or was; WGS 84 degrees, `ts` in milliseconds of the epoch (UTC). */
export interface Place {
  readonly ts: number;
  readonly lat: number;
  readonly lon: number;
}

/** One place at one moment, whatever the tracker speaks. */
export interface Fix extends Place {
  /** The tracker's sequence number, or a hash of the payload: with the time it makes the fix one fix. */
  readonly sequence: string;
  /** km/h */
  readonly speedKph: number | null;
  /** Degrees from north, clockwise. */
  readonly heading: number | null;
  /** Metres. */
  readonly altitude: number | null;
  /** Radius in metres. */
  readonly accuracy: number | null;
  readonly ignition: boolean | null;
  readonly odometerKm: number | null;
  /** The relay that stops the engine: true means stopped. */
  readonly output1: boolean | null;
  /** The tracker's own alarms that are events of ours, by the types of their rules (`alarmTypes`). */
  readonly alarms: readonly string[];
  /** Everything else that was said, kept beside the position. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** What a tracker says that does not know where it is: all of a fix but the place. */
interface Report extends Omit<Fix, 'lat' | 'lon'> {
  readonly lat: null;
  readonly lon: null;
}

export type SaidFix = Fix | Report;

/** What says nothing but when. */
export const nothingSaid = {
  sequence: '',
  lat: null,
  lon: null,
  speedKph: null,
  heading: null,
  altitude: null,
  accuracy: null,
  ignition: null,
  odometerKm: null,
  output1: null,
  alarms: [],
  extra: {},
} as const satisfies Omit<SaidFix, 'ts'>;

/** Whether its vehicle stands with its ignition off. What is not known does not. */
export const stands = ({ speedKph, ignition }: Pick<SaidFix, 'speedKph' | 'ignition'>): boolean =>
  speedKph === 0 && ignition === false;

export const isFix = (said: SaidFix): said is Fix => said.lat !== null;

/** Degrees around 0,0, in the sea south of Ghana, where receivers without a fix are. */
const NOWHERE = 0.001;
/** Metres: what is known no better than so is no place of a vehicle. */
const VAGUE = 10_000;

/**
 * Whether a tracker knows where it is. Without a fix receivers say 0,0, the last place, or what a cell mast
 * covers. A longitude of exactly 0 is a lost one: the meridian passes through none of the markets
 * (`domain/markets.ts`). A latitude of 0 alone is Uganda's and Kenya's equator, and a place.
 */
export function isPlace(said: {
  readonly lat: number;
  readonly lon: number;
  readonly accuracy: number | null;
  readonly satellites: number | null;
  /** What the tracker says of it itself, where it does. */
  readonly valid: boolean | null;
}): boolean {
  const { lat, lon, accuracy, satellites, valid } = said;
  if (valid === false || satellites === 0 || (accuracy ?? 0) > VAGUE) return false;
  return lon !== 0 && (Math.abs(lat) >= NOWHERE || Math.abs(lon) >= NOWHERE);
}

/** Metres: the mean radius (IUGG). */
export const EARTH_RADIUS = 6_371_008.8;
const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** Metres between two places over the ground (haversine). */
export function distance(a: Pick<Place, 'lat' | 'lon'>, b: Pick<Place, 'lat' | 'lon'>): number {
  const dLat = Math.sin(radians(b.lat - a.lat) / 2);
  const dLon = Math.sin(radians(b.lon - a.lon) / 2);
  const h = dLat * dLat + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * dLon * dLon;
  return 2 * EARTH_RADIUS * Math.asin(Math.min(1, Math.sqrt(h)));
}

const DAY = 86_400_000;
/** Milliseconds that a fix may be old, and ahead of our clock. */
export const OLDEST = 7 * DAY;
export const NEWEST = 120_000;

/** Whether the time of a fix can be believed, by the time it was received. */
export function timeliness(ts: number, receivedAt: number): 'good' | 'too_old' | 'in_the_future' {
  if (ts < receivedAt - OLDEST) return 'too_old';
  return ts > receivedAt + NEWEST ? 'in_the_future' : 'good';
}

/** No vehicle of ours goes faster than 250 km/h. */
export const METRES_PER_MS = 250 / 3_600;
/** Two fixes of one moment may differ by so many metres. */
const TOLERANCE = 150;

/** A place, and the radius in metres within which it is known, where it says so. */
export interface Believed extends Place {
  readonly accuracy?: number | null;
}

/** Whether a vehicle could have been at both places, each of which may be anywhere in its circle. */
export function reachable(a: Believed, b: Believed): boolean {
  const doubt = (a.accuracy ?? 0) + (b.accuracy ?? 0);
  return distance(a, b) <= TOLERANCE + doubt + METRES_PER_MS * Math.abs(b.ts - a.ts);
}
