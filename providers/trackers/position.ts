import { createHash } from 'node:crypto';
import { z } from 'zod';
import { alarmTypes } from '#domain/telematics/alarms';
import { isPlace, stands, timeliness, type SaidFix } from '#domain/telematics/fix';
import type { TrackerClaims, TrackerReading, Unit } from './adapter.ts';

/** Bytes of a message and of one position. */
export const MESSAGE_BYTES = 64 * 1024;
export const POSITION_BYTES = 4 * 1024;
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
export const name = z.union([z.string().max(200), z.int().transform(String)]).nullish();
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

/** Where a position comes from, and what there is to say of what cannot be read. */
export interface Origin {
  readonly unit: Unit;
  /** Milliseconds of the epoch. */
  readonly receivedAt: number;
  /** As the tracker said it: what quarantine keeps. */
  readonly source: string;
  /** The value in JSON, where it is there already. */
  readonly json?: string;
  /** What makes a position without `seq` this one, where the source says more than that. */
  readonly identity?: string;
  /** The dialect's names of our fields, where they differ. */
  readonly names?: Readonly<Record<string, string>>;
}

/**
 * Reads a position in the words of docs/telematics.md, or one that a dialect has put into them. Takes what can be read: a
 * place of which a coordinate is absent or impossible is none, another unreadable field is absent, and both are
 * noted. Without a readable time only the alarms count.
 */
export function readPosition(value: unknown, origin: Origin): TrackerReading {
  const { unit, source, receivedAt, identity = source } = origin;
  const refuse = (reason: string): TrackerReading => ({ kind: 'rejected', unit, reason, source });
  if (Buffer.byteLength(source) > POSITION_BYTES) return refuse('position_too_large');
  const parsed = position.safeParse(value);
  const unread = unreadIn(parsed, origin.json ?? JSON.stringify(value));
  if (parsed.success && unread.length === 0) return timed(toFix(parsed.data, identity), origin);
  const reason = invalid(unread, origin.names);
  const lost = new Set(unread.map(fieldOf));
  const rest = readable(value, lost, receivedAt);
  if (rest === null) return refuse(reason);
  const said = toFix(rest, identity);
  if (!lost.has('ts')) return timed(said, origin, reason);
  const { alarms } = said.fix;
  const heard = { ...(alarms.length > 0 ? { alarms } : {}), ...standing(said.fix) };
  return { kind: 'rejected', unit, reason, source, claims: said.claims, ...heard };
}

/** Reads what a tracker kept. Where a time is good the clock is right: what is too old alarms nobody today. */
export function readBacklog(readings: readonly TrackerReading[]): readonly TrackerReading[] {
  return readings.some(({ kind }) => kind === 'fix') ? readings.map(withoutOldAlarms) : readings;
}

/** What cannot be read, or is ahead of the clock, may be of now; what is too old is not. */
function withoutOldAlarms(reading: TrackerReading): TrackerReading {
  if (reading.kind !== 'rejected' || reading.reason !== 'too_old') return reading;
  const { alarms: _old, ...rest } = reading;
  return rest;
}

const fieldOf = (path: string) => path.split('.', 1)[0] ?? path;

function invalid(unread: readonly string[], names: Origin['names'] = {}): string {
  const theirs = unread.map((path) => (names[fieldOf(path)] ?? fieldOf(path)) + path.slice(fieldOf(path).length));
  return `invalid: ${[...new Set(theirs)].slice(0, NAMED).join(', ')}`;
}

function timed({ claims, fix }: ReturnType<typeof toFix>, origin: Origin, unread?: string): TrackerReading {
  const { unit, source, receivedAt } = origin;
  const reason = timeliness(fix.ts, receivedAt);
  if (reason === 'good') return { kind: 'fix', claims, fix, unit, source, ...(unread === undefined ? {} : { unread }) };
  const off = reason === 'in_the_future' ? { aheadMs: fix.ts - receivedAt } : { behindMs: receivedAt - fix.ts };
  return { kind: 'rejected', unit, reason, source, claims, alarms: fix.alarms, ...off, ...standing(fix) };
}

const standing = (fix: SaidFix) => (stands(fix) ? { stands: true } : {});

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

function claimsOf(said: {
  readonly [Key in keyof TrackerClaims]: TrackerClaims[Key] | null | undefined;
}): TrackerClaims | null {
  const { trackerId, serial, topic } = said;
  if (trackerId == null && serial == null && topic == null) return null;
  return {
    ...(trackerId == null ? {} : { trackerId }),
    ...(serial == null ? {} : { serial }),
    ...(topic == null ? {} : { topic }),
  };
}

/** Fields of the words above that a fix has a name for, or that say who sends it: all others are its `extra`. */
const placed: ReadonlySet<string> = new Set(
  ['ts', 'seq', 'lat', 'lon', 'speedKph', 'heading', 'altitude', 'accuracy', 'ignition', 'odometerKm'].concat(
    Object.keys(senders),
  ),
);

function toFix(
  said: z.infer<typeof position>,
  identity: string,
): { readonly claims: TrackerClaims | null; readonly fix: SaidFix } {
  const { ts, seq, lat, lon, accuracy = null, satellites = null, valid = null, alarms, output1 = null } = said;
  const known = lat !== null && lon !== null && isPlace({ lat, lon, accuracy, satellites, valid });
  return {
    claims: claimsOf({
      trackerId: said.trackerId ?? said.deviceId,
      serial: said.imei ?? said.serial,
      topic: said.topic,
    }),
    fix: {
      ts,
      // Not in the first place: V8 builds an object that begins with a spread ten times as slowly.
      ...(known ? { lat, lon } : { lat: null, lon: null }),
      sequence:
        seq == null ? `#${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}` : String(seq),
      speedKph: said.speedKph ?? null,
      heading: said.heading ?? null,
      altitude: said.altitude ?? null,
      accuracy,
      ignition: said.ignition ?? null,
      odometerKm: said.odometerKm ?? null,
      output1,
      alarms: alarmTypes(alarms ?? []),
      extra: extraOf(said),
    },
  };
}

function extraOf(said: z.infer<typeof position>): Record<string, unknown> {
  const extra: Record<string, unknown> = {};
  for (const key in said) {
    if (placed.has(key) || (said[key] == null && (key === 'output1' || key === 'alarms'))) continue;
    extra[key] = said[key];
  }
  return extra;
}
