import { isTrackerId } from '#domain/telematics/tracker';
import type { TrackerReading, TrackerAdapter, TrackerMessage, Unit } from './adapter.ts';
import { isJson, parseWithin, times, type Json } from './json.ts';
import { MESSAGE_BYTES, readPosition, type Origin } from './position.ts';
import { avlAlarms } from './teltonika.ts';

const KPH_PER_KNOT = 1.852;
const names = {
  ts: 'position.fixTime',
  lat: 'position.latitude',
  lon: 'position.longitude',
  speedKph: 'position.speed',
  heading: 'position.course',
  altitude: 'position.altitude',
  accuracy: 'position.accuracy',
  valid: 'position.valid',
  ignition: 'position.attributes.ignition',
  odometerKm: 'position.attributes.odometer',
  output1: 'position.attributes.out1',
  externalMv: 'position.attributes.power',
  batteryMv: 'position.attributes.battery',
  satellites: 'position.attributes.sat',
  alarms: 'attributes.alarm',
};
/** Of the time of what has no fix, or no position. */
const deviceNames = { ...names, ts: 'position.deviceTime' };
const eventNames = { ...names, ts: 'event.eventTime' };

/**
 * What a Traccar server forwards by MQTT (`forward.type`, `event.forward.type`): knots, volts, metres and ISO times.
 * It speaks for many trackers; whose message it is says `device.uniqueId`.
 */
export const traccar: TrackerAdapter = {
  kind: 'traccar',
  filters: ['traccar/positions', 'traccar/events'],
  read(message) {
    if (message.topic !== 'traccar/positions' && message.topic !== 'traccar/events') return null;
    return read(message);
  },
};

function read({ topic, payload, receivedAt }: TrackerMessage): readonly TrackerReading[] {
  const refuse = (reason: string, unit: Unit | null, source: string): readonly TrackerReading[] => [
    { kind: 'rejected', unit, reason, source },
  ];
  const parsed = parseWithin(payload, MESSAGE_BYTES);
  if (typeof parsed === 'string') return refuse(parsed, null, payload.toString('utf8'));
  const { device, position, event } = isJson(parsed.value) ? parsed.value : {};
  const { uniqueId } = isJson(device) ? device : {};
  // Of the device's record only this: its name, telephone and contact are nobody's business.
  const source = JSON.stringify({ position, event, device: { uniqueId } });
  const unit = unitOf(uniqueId);
  if (unit === null) return refuse('invalid: device.uniqueId', null, source);
  if (topic === 'traccar/events') {
    if (!isJson(event) || typeof event['type'] !== 'string') return refuse('invalid: event.type', unit, source);
    return readEvent(event, position, { unit, receivedAt, source });
  }
  if (!isJson(position)) return refuse('invalid: position', unit, source);
  return [readPlace(position, null, { unit, receivedAt, source })];
}

function readEvent(
  { type, eventTime, attributes }: Json,
  position: unknown,
  origin: Origin,
): readonly TrackerReading[] {
  const { unit, source } = origin;
  const presence = PRESENCE.get(String(type));
  if (presence !== undefined) return presence === null ? [] : [{ kind: 'presence', unit, online: presence, source }];
  const { alarm } = isJson(attributes) ? attributes : {};
  if (isJson(position)) return [readPlace(position, alarm, origin)];
  if (alarm == null) return [{ kind: 'sign_of_life', unit, source }];
  const said = { ts: time(eventTime), lat: null, lon: null, alarms: alarmsOf(alarm) };
  return [readPosition(said, { ...origin, names: eventNames })];
}

/** Whether a tracker is there, in Traccar's words; silence is ours to judge. */
const PRESENCE = new Map<string, boolean | null>([
  ['deviceOnline', true],
  ['deviceOffline', false],
  ['deviceUnknown', null],
  ['deviceInactive', null],
  ['queuedCommandSent', null],
]);

/** A tracker's serial as it was fitted with it, any text that can be read, else its id. */
function unitOf(said: unknown): Unit | null {
  const uniqueId = typeof said === 'string' ? said.trim() : '';
  if (!/^[^\p{C}]{1,64}$/u.test(uniqueId)) return null;
  const bridged = 'traccar';
  return isTrackerId(uniqueId) ? { trackerId: uniqueId, bridged } : { serial: uniqueId, bridged };
}

/**
 * A position and the event of it are one position: `id` may be 0, and the server's time is another every time. One
 * that is `outdated` repeats the last place with a new `deviceTime`.
 */
function readPlace(position: Json, alarm: unknown, origin: Origin): TrackerReading {
  const attributes = isJson(position['attributes']) ? position['attributes'] : {};
  const { ignition, motion, power, battery, batteryLevel, sat, odometer, out1, blocked } = attributes;
  const { latitude, longitude, speed, course, altitude, accuracy, valid, outdated, fixTime, deviceTime } = position;
  const known = outdated !== true && valid !== false;
  const place = {
    lat: latitude,
    lon: longitude,
    speedKph: times(speed, KPH_PER_KNOT),
    heading: course,
    altitude,
    // Traccar's word for what it was not told.
    accuracy: accuracy === 0 ? null : accuracy,
    valid,
  };
  // Of a Teltonika device whose model it was not told, Traccar reads few AVL ids: the others are left as they came.
  const unnamed = position['protocol'] === 'teltonika' ? avlAlarms((id) => attributes[`io${id}`]) : [];
  const alarms = [attributes['alarm'], alarm, ...unnamed].filter((one) => one != null);
  const said = {
    ts: time(known ? fixTime : deviceTime),
    ...(known ? place : { lat: null, lon: null }),
    ignition,
    odometerKm: times(odometer, 0.001),
    output1: out1 ?? blocked,
    externalMv: millivolts(power),
    batteryMv: millivolts(battery),
    satellites: sat,
    ...(motion === undefined ? {} : { motion }),
    ...(batteryLevel === undefined ? {} : { batteryPercent: batteryLevel }),
    ...(alarms.length > 0 ? { alarms: [...new Set(alarms.flatMap(alarmsOf))] } : {}),
  };
  // Counted by Traccar from one position to the next, so of the same one said again they are others.
  const { distance: _leg, totalDistance: _all, hours: _hours, ...own } = attributes;
  const identity = JSON.stringify([fixTime, deviceTime, latitude, longitude, speed, course, own]);
  return readPosition(said, { ...origin, identity, names: known ? names : deviceNames });
}

/** Several are joined by commas. */
const alarmsOf = (said: unknown): readonly unknown[] => (typeof said === 'string' ? said.split(',') : [said]);

/** Milliseconds of the epoch; not a number where it is no time. */
const time = (said: unknown) => (typeof said === 'string' ? Date.parse(said) : said);

const millivolts = (volts: unknown) => (typeof volts === 'number' ? Math.round(volts * 1_000) : volts);
