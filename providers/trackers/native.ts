import { createHash } from 'node:crypto';
import { z } from 'zod';
import { alarmTypes } from '#domain/telematics/alarms';
import { isPlace, timeliness, type Said } from '#domain/telematics/fix';
import type { Claims, Reading, TrackerAdapter, TrackerMessage, Unit } from './adapter.ts';

/** Bytes of a message, of one position, and positions of a backlog. */
const MESSAGE_BYTES = 64 * 1024;
const POSITION_BYTES = 4 * 1024;
const BACKLOG = 500;
/** Alarms of a position, and characters of one. */
const ALARMS = 20;
const WORD = 40;
/** Unreadable fields that a reason names. */
const NAMED = 5;

/** What is kept in four bytes: a number that is too small for them is refused by Postgres, where it is not 0. */
const real = (least: number, most: number) =>
  z
    .number()
    .min(least)
    .max(most)
    .refine((value) => value === 0 || Math.fround(value) !== 0)
    .nullish();
const quantity = z.number().min(-1e9).max(1e9).nullish();
/** A number too: many a firmware says its IMEI so. */
const name = z.union([z.string().max(200), z.int().transform(String)]).nullish();
/** By what a payload names its sender. */
const senders = { trackerId: name, deviceId: name, imei: name, serial: name, topic: name };
const position = z.looseObject({
  ts: z.int().nonnegative(),
  seq: z.int().nonnegative().nullish(),
  /** Both null, or `valid: false`: the tracker has no fix. */
  lat: z.number().min(-90).max(90).nullable(),
  lon: z.number().min(-180).max(180).nullable(),
  valid: z.boolean().nullish(),
  speedKph: real(0, 1_000),
  heading: real(0, 360),
  altitude: real(-1_000, 20_000),
  accuracy: real(0, 1e6),
  ignition: z.boolean().nullish(),
  odometerKm: z.number().min(0).max(1e7).nullish(),
  batteryMv: quantity,
  externalMv: quantity,
  satellites: quantity,
  output1: z.boolean().nullish(),
  alarms: z.array(z.string().min(1).max(WORD)).max(ALARMS).nullish(),
  ...senders,
});
/** What JSON may say and Postgres' jsonb cannot hold: NUL and halves of surrogate pairs, which JSON.stringify escapes. */
const unstorable = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;
const status = z.looseObject({ online: z.boolean(), ts: z.int().nonnegative().nullish(), trackerId: name });

/** The format of the contract: JSON on `trackers/{trackerId}/…`. */
export const native: TrackerAdapter = {
  kind: 'native',
  filters: ['trackers/+/telemetry', 'trackers/+/status', 'trackers/+/commands/ack'],
  read(message) {
    const [root, trackerId, ...rest] = message.topic.split('/');
    if (root !== 'trackers' || trackerId === undefined || trackerId === '') return null;
    const unit = { trackerId };
    switch (rest.join('/')) {
      case 'telemetry':
        return readTelemetry(message, unit);
      case 'status':
        return [readStatus(message, unit)];
      case 'commands/ack':
        return [{ kind: 'sign_of_life', unit }];
      default:
        return null;
    }
  },
};

function readTelemetry({ payload, receivedAt }: TrackerMessage, unit: Unit): Reading[] {
  const refuse = (reason: string): Reading[] => [{ kind: 'rejected', unit, reason, source: payload.toString('utf8') }];
  if (payload.length > MESSAGE_BYTES) return refuse('too_large');
  const parsed = parse(payload);
  if (parsed === undefined) return refuse('not_json');
  if (!Array.isArray(parsed.value)) return [readPosition(parsed.value, payload.length, receivedAt, unit)];
  const all: readonly unknown[] = parsed.value;
  if (all.length === 0) return refuse('empty_backlog');
  if (all.length > BACKLOG) return refuse('too_many_positions');
  const readings = all.map((one) => readPosition(one, null, receivedAt, unit));
  // The clock is right: what is too old was kept for long, and its alarms are not of now.
  return readings.some(({ kind }) => kind === 'fix') ? readings.map(withoutOldAlarms) : readings;
}

/** What cannot be read, or is ahead of the clock, may be of now; what is too old is not. */
function withoutOldAlarms(reading: Reading): Reading {
  if (reading.kind !== 'rejected' || reading.reason !== 'too_old') return reading;
  const { alarms: _old, ...rest } = reading;
  return rest;
}

/**
 * Takes what can be read. A place of which a coordinate is absent or impossible is none, another unreadable
 * field is absent, and both are noted. Without a readable time only the alarms count.
 *
 * @param bytes size on the wire; null where it is part of a backlog
 */
function readPosition(value: unknown, bytes: number | null, receivedAt: number, unit: Unit): Reading {
  const source = JSON.stringify(value);
  const refuse = (reason: string): Reading => ({ kind: 'rejected', unit, reason, source });
  if ((bytes ?? Buffer.byteLength(source)) > POSITION_BYTES) return refuse('position_too_large');
  const parsed = position.safeParse(value);
  const unread = unreadIn(parsed, source);
  if (parsed.success && unread.length === 0) return timed(toFix(parsed.data, source), { source, unit }, receivedAt);
  const reason = `invalid: ${unread.slice(0, NAMED).join(', ')}`;
  const lost = new Set(unread.map((path) => path.split('.', 1)[0] ?? path));
  const rest = readable(value, lost, receivedAt);
  if (rest === null) return refuse(reason);
  const said = toFix(rest, source);
  if (!lost.has('ts')) return timed(said, { source, unit, unread: reason }, receivedAt);
  const { alarms } = said.fix;
  return { kind: 'rejected', unit, reason, source, claims: said.claims, ...(alarms.length > 0 ? { alarms } : {}) };
}

type Origin = Pick<Extract<Reading, { kind: 'fix' }>, 'unit' | 'source' | 'unread'>;

function timed({ claims, fix }: ReturnType<typeof toFix>, origin: Origin, receivedAt: number): Reading {
  const reason = timeliness(fix.ts, receivedAt);
  if (reason === 'good') return { kind: 'fix', claims, fix, ...origin };
  const { unit, source } = origin;
  return { kind: 'rejected', unit, reason, source, claims, alarms: fix.alarms };
}

/** Paths of what cannot be read, and `text` for what cannot be kept; empty for a good position. */
function unreadIn(parsed: ReturnType<typeof position.safeParse>, source: string): string[] {
  const unread = parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.') || 'position');
  if (parsed.success && (parsed.data.lat === null) !== (parsed.data.lon === null)) unread.push('lat', 'lon');
  if (unstorable.test(source)) unread.push('text');
  return unread;
}

/** @returns null where nothing can be taken: it is no object, or it names its sender in a way that cannot be compared. */
function readable(value: unknown, lost: ReadonlySet<string>, receivedAt: number): z.infer<typeof position> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const fields: [string, unknown][] = Object.entries(value);
  const kept: typeof fields = [];
  for (const [key, said] of fields) {
    if (!lost.has(key) && isStorable({ [key]: said })) kept.push([key, said]);
    else if (key === 'alarms') kept.push([key, alarmsIn(said)]);
    else if (Object.hasOwn(senders, key)) return null;
  }
  return position.safeParse({ ts: receivedAt, lat: null, lon: null, ...Object.fromEntries(kept) }).data ?? null;
}

const isStorable = (value: unknown) => !unstorable.test(JSON.stringify(value));

/** The alarms of ours in a list that is too long or holds other things, or said without a list. */
function alarmsIn(said: unknown): string[] {
  const all: readonly unknown[] = Array.isArray(said) ? said : [said];
  const words = all.filter((one): one is string => typeof one === 'string' && alarmTypes([one]).length > 0);
  return [...new Set(words)].filter((one) => one.length <= WORD && isStorable(one)).slice(0, ALARMS);
}

function claimsOf(said: { readonly [Key in keyof Claims]: Claims[Key] | null | undefined }): Claims | null {
  const { trackerId, serial, topic } = said;
  if (trackerId == null && serial == null && topic == null) return null;
  return {
    ...(trackerId == null ? {} : { trackerId }),
    ...(serial == null ? {} : { serial }),
    ...(topic == null ? {} : { topic }),
  };
}

function toFix(said: z.infer<typeof position>, source: string): { readonly claims: Claims | null; readonly fix: Said } {
  const { ts, seq, lat, lon, trackerId, deviceId, imei, serial, topic, ...rest } = said;
  const {
    speedKph = null,
    heading = null,
    altitude = null,
    accuracy = null,
    ignition = null,
    odometerKm = null,
    output1 = null,
    alarms,
    ...extra
  } = rest;
  const { satellites = null, valid = null } = rest;
  const known = lat !== null && lon !== null && isPlace({ lat, lon, accuracy, satellites, valid });
  return {
    claims: claimsOf({ trackerId: trackerId ?? deviceId, serial: imei ?? serial, topic }),
    fix: {
      ...(known ? { lat, lon } : { lat: null, lon: null }),
      ts,
      sequence: seq == null ? `#${createHash('sha256').update(source).digest('base64url').slice(0, 22)}` : String(seq),
      speedKph,
      heading,
      altitude,
      accuracy,
      ignition,
      odometerKm,
      output1,
      alarms: alarmTypes(alarms ?? []),
      extra: { ...(alarms == null ? {} : { alarms }), ...(output1 === null ? {} : { output1 }), ...extra },
    },
  };
}

function readStatus({ payload }: TrackerMessage, unit: Unit): Reading {
  const refuse = (reason: string): Reading => ({ kind: 'rejected', unit, reason, source: payload.toString('utf8') });
  if (payload.length > POSITION_BYTES) return refuse('too_large');
  const parsed = parse(payload);
  if (parsed === undefined) return refuse('not_json');
  const said = status.safeParse(parsed.value);
  return said.success ? { kind: 'presence', unit, online: said.data.online } : refuse('invalid: status');
}

const BYTE_ORDER_MARK = Buffer.from('\uFEFF');
/** The last of the bytes, NUL among them, that may follow a message and say nothing. */
const SPACE = 0x20;

/** JSON, also between the byte-order mark and the NULs that some firmware puts around it. */
function parse(payload: Buffer): { readonly value: unknown } | undefined {
  const start = payload.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  let end = payload.length;
  while (end > start && (payload[end - 1] ?? 0) <= SPACE) end -= 1;
  try {
    return { value: JSON.parse(payload.toString('utf8', start, end)) };
  } catch {
    return undefined;
  }
}
