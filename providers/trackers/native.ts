import { createHash } from 'node:crypto';
import { z } from 'zod';
import { alarmTypes, isPlace, timeliness, type Said } from '#domain/telematics/fix';
import type { Claims, Reading, TrackerAdapter, TrackerMessage, Unit } from './adapter.ts';

/** Bytes of a message, of one position, and positions of a backlog. */
const MESSAGE_BYTES = 64 * 1024;
const POSITION_BYTES = 4 * 1024;
const BACKLOG = 500;

const quantity = z.number().min(-1e9).max(1e9).nullish();
const name = z.string().max(200).nullish();
const position = z.looseObject({
  ts: z.int().nonnegative(),
  seq: z.int().nonnegative().nullish(),
  /** Both null, or `valid: false`: the tracker has no fix. */
  lat: z.number().min(-90).max(90).nullable(),
  lon: z.number().min(-180).max(180).nullable(),
  valid: z.boolean().nullish(),
  speedKph: z.number().min(0).max(1_000).nullish(),
  heading: z.number().min(0).max(360).nullish(),
  altitude: z.number().min(-1_000).max(20_000).nullish(),
  accuracy: z.number().min(0).max(1e6).nullish(),
  ignition: z.boolean().nullish(),
  odometerKm: z.number().min(0).max(1e7).nullish(),
  batteryMv: quantity,
  externalMv: quantity,
  satellites: quantity,
  output1: z.boolean().nullish(),
  alarms: z.array(z.string().min(1).max(40)).max(20).nullish(),
  trackerId: name,
  deviceId: name,
  imei: name,
  serial: name,
  topic: name,
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
  return readings.some(({ kind }) => kind === 'fix') ? readings.map(withoutAlarms) : readings;
}

function withoutAlarms(reading: Reading): Reading {
  if (reading.kind !== 'rejected') return reading;
  const { alarms: _old, ...rest } = reading;
  return rest;
}

/** @param bytes size on the wire; null where it is part of a backlog */
function readPosition(value: unknown, bytes: number | null, receivedAt: number, unit: Unit): Reading {
  const source = JSON.stringify(value);
  const refuse = (reason: string): Reading => ({ kind: 'rejected', unit, reason, source });
  if ((bytes ?? Buffer.byteLength(source)) > POSITION_BYTES) return refuse('position_too_large');
  const parsed = position.safeParse(value);
  if (!parsed.success)
    return refuse(
      `invalid: ${parsed.error.issues
        .map(({ path }) => path.join('.') || 'position')
        .slice(0, 5)
        .join(', ')}`,
    );
  const { lat, lon } = parsed.data;
  if ((lat === null) !== (lon === null)) return refuse('invalid: lat, lon');
  if (unstorable.test(source)) return refuse('invalid: text');
  const { claims, fix } = toFix(parsed.data, source);
  const timely = timeliness(fix.ts, receivedAt);
  if (timely !== 'good') return { kind: 'rejected', unit, reason: timely, source, claims, alarms: fix.alarms };
  return { kind: 'fix', unit, claims, fix, source };
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
