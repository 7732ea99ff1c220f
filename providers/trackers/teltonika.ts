import { refusing, type TrackerReading, type TrackerAdapter, type TrackerMessage, type Unit } from './adapter.ts';
import { isJson, parse, parseWithin, times, type Json } from './json.ts';
import { MESSAGE_BYTES, readPosition } from './position.ts';

/** By our names the AVL ids of what every codec says. */
export const avlNames = {
  ignition: '239',
  odometerKm: '16',
  externalMv: '66',
  batteryMv: '67',
  output1: '179',
};
const names = {
  ...avlNames,
  lat: 'latlng',
  lon: 'latlng',
  speedKph: 'sp',
  heading: 'ang',
  altitude: 'alt',
  satellites: 'sat',
};

/**
 * Teltonika units that speak Codec JSON over MQTT: `ts` in milliseconds, `sp` in km/h, and the values of AVL ids
 * (https://wiki.teltonika-gps.com, "AVL ID List"). Some encoders say numbers as text.
 */
export const teltonika: TrackerAdapter = {
  kind: 'teltonika',
  filters: ['teltonika/+/data', 'teltonika/+/commands'],
  read(message) {
    const [root, trackerId = '', what] = message.topic.split('/');
    if (root !== 'teltonika' || trackerId === '') return null;
    const unit = { trackerId };
    if (what === 'data') return [readData(message, unit)];
    return what === 'commands' ? readCommands(message, unit) : null;
  },
};

function readData({ payload, receivedAt }: TrackerMessage, unit: Unit): TrackerReading {
  const refuse = refusing(unit, payload);
  const parsed = parseWithin(payload, MESSAGE_BYTES);
  if (typeof parsed === 'string') return refuse(parsed);
  const said = parsed.value;
  if (isJson(said) && 'RSP' in said) return { kind: 'sign_of_life', unit };
  const reported = isJson(said) && isJson(said['state']) ? said['state']['reported'] : undefined;
  if (!isJson(said) || !isJson(reported)) return refuse('invalid: state.reported');
  return readPosition(translated({ imei: said['imei'], ...reported }), {
    unit,
    receivedAt,
    source: JSON.stringify(said),
    names,
  });
}

/** Commands are said on the same topic as their answers, and only these are the unit's. */
function readCommands({ payload }: TrackerMessage, unit: Unit): readonly TrackerReading[] {
  const said = parse(payload)?.value;
  return isJson(said) && 'RSP' in said ? [{ kind: 'sign_of_life', unit }] : [];
}

function translated({ ts, latlng, alt, ang, sat, sp, evt, imei, ...values }: Json): Json {
  const [lat, lon, ...more] = typeof latlng === 'string' ? latlng.split(',').map((one) => numeric(one.trim())) : [];
  return avlRecord(
    {
      ts: numeric(ts),
      ...(more.length === 0 ? { lat, lon } : {}),
      altitude: numeric(alt),
      heading: numeric(ang),
      satellites: numeric(sat),
      speedKph: numeric(sp),
      imei,
    },
    { event: numeric(evt), valueOf: (id) => numeric(values[id]) },
  );
}

const numeric = (value: unknown) =>
  typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : value;

/** What green driving (253) found. */
const GREEN = ['hardAcceleration', 'hardBraking', 'hardCornering'];
/** What is the alarm where it is not 0: towing, crash (of any kind, its traces too), jamming, unplugging. */
const ALARMS = { 246: 'tow', 247: 'accident', 249: 'jamming', 252: 'powerCut' };

/** The alarms among the values of AVL ids. */
export const avlAlarms = (valueOf: (id: number) => unknown): string[] =>
  Object.entries(ALARMS).flatMap(([id, alarm]) => (Number(valueOf(Number(id)) ?? 0) > 0 ? [alarm] : []));

/**
 * A record of any codec in the words of docs/telematics.md. Without satellites the unit repeats the last place or says 0,0,
 * and its speed and course are nobody's.
 *
 * @param said what every record has, km/h, degrees and metres
 */
export function avlRecord(
  said: Json,
  { event, valueOf }: { readonly event: unknown; readonly valueOf: (id: number) => unknown },
): Json {
  const flag = (id: number) => {
    const value = valueOf(id);
    return value === 0 || value === 1 ? value === 1 : value;
  };
  const alarms = avlAlarms(valueOf);
  const green = GREEN[Number(valueOf(253) ?? 0) - 1];
  const all = green === undefined ? alarms : [...alarms, green];
  const entries = Object.entries({
    ...said,
    ...(said['satellites'] === 0 ? { speedKph: null, heading: null } : {}),
    ignition: flag(239),
    motion: flag(240),
    output1: flag(179),
    output2: flag(180),
    odometerKm: times(valueOf(16), 0.001),
    externalMv: valueOf(66),
    batteryMv: valueOf(67),
    batteryPercent: valueOf(113),
    event,
    ...(all.length > 0 ? { alarms: all } : {}),
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
