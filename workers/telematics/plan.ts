import { createHash } from 'node:crypto';
import type { Presence } from '#use-cases/telematics/mark-presence';
import type { Risk } from '#use-cases/telematics/raise-risks';
import type { Batch, Quarantined, StoredFix, StoredPlace } from '#use-cases/telematics/store-batch';
import type { KnownTracker } from '#db/queries/tracking';
import type { Fences } from '#domain/telematics/fences';
import { isFix, type Said } from '#domain/telematics/fix';
import type { Answer } from '#domain/telematics/immobilisation/command';
import type { OfflineCause } from '#domain/telematics/presence';
import { episodeName } from '#domain/telematics/risk';
import { observe, type Heard, type Watch } from '#domain/telematics/watch';
import { isTrackerId } from '#domain/telematics/tracker';
import type { Claims, Reading, TrackerMessage, Unit } from '#providers/trackers/adapter';
import { vehicleOf } from './registry.ts';

/** What came in, read but not yet judged. */
export type Entry =
  | { readonly kind: 'message'; readonly message: TrackerMessage; readonly readings: readonly Reading[] }
  | { readonly kind: 'connection'; readonly trackerId: string; readonly at: number; readonly online: boolean };

export interface Plan {
  readonly batch: Batch;
  /** What is remembered once the batch is committed. */
  readonly watches: ReadonlyMap<string, Watch>;
  /** How much was said of vehicles that are their customers' own: nothing of it is kept. */
  readonly dropped: number;
  /** What trackers say that may matter to a command. */
  readonly words: readonly CommandWord[];
}

/** Of a tracker: how its output is, that its vehicle stands with its ignition off, that it is back, or its answer to a command. */
export type CommandWord = { readonly trackerId: string; readonly vehicleId: string } & (
  | { readonly kind: 'output'; readonly stopped: boolean; readonly ts: number; readonly changed: boolean }
  | { readonly kind: 'parked' | 'back' }
  | {
      readonly kind: 'answer';
      readonly commandId: string;
      readonly answer: Answer;
      readonly reason: string | null;
      readonly ts: number | null;
      readonly receivedAt: number;
    }
);

interface Memory {
  find(unit: Unit): KnownTracker | null;
  watch(trackerId: string): Watch;
  /** Those in force; absent: there are none. */
  readonly fences?: Fences;
}

/** A tracker that said something so many milliseconds ago need not be noted again. */
const NOTED = 20_000;
const KEPT_CHARACTERS = 4_096;
const FORGED = 'identity_mismatch';

/** Whose entries these are, to be looked up before planning. */
export function unitsOf(entries: readonly Entry[]): Unit[] {
  return entries.flatMap((entry) =>
    entry.kind === 'connection'
      ? [{ trackerId: entry.trackerId }]
      : entry.readings.flatMap(({ unit }) => (unit === null ? [] : [unit])),
  );
}

interface Work {
  readonly tracker: KnownTracker;
  readonly fixes: Heard[];
  readonly words: Presence[];
}

/** Judges entries in their order. It writes nothing and forgets nothing, so it may be done again after a failure. */
export function planBatch(entries: readonly Entry[], memory: Memory): Plan {
  const work = new Map<string, Work>();
  const quarantined: Quarantined[] = [];
  const owned: StoredFix[] = [];
  let dropped = 0;
  const answers: CommandWord[] = [];
  const workOf = (tracker: KnownTracker): Work => {
    const known = work.get(tracker.id) ?? { tracker, fixes: [], words: [] };
    work.set(tracker.id, known);
    return known;
  };
  for (const entry of entries) {
    if (entry.kind === 'connection') {
      const tracker = memory.find({ trackerId: entry.trackerId });
      if (tracker !== null && tracker.owned !== true) say(workOf(tracker), entry.online, entry.at, 'connection_lost');
      continue;
    }
    for (const reading of entry.readings) {
      const tracker = reading.unit === null ? null : memory.find(reading.unit);
      if (tracker?.owned === true) {
        dropped += 1;
        owned.push(...relayOf(reading, tracker, entry.message.receivedAt));
        answers.push(...answerOf(reading, tracker, entry.message.receivedAt));
        continue;
      }
      const reason = refusal(reading, tracker, entry.message.topic);
      if (tracker === null || reason !== null) {
        quarantined.push(quarantine(entry.message, reading, tracker, reason ?? 'unknown_tracker'));
        if (tracker === null || reason === FORGED) continue;
      }
      const mine = workOf(tracker);
      const { receivedAt } = entry.message;
      answers.push(...answerOf(reading, tracker, receivedAt));
      if (reading.kind === 'fix') mine.fixes.push({ fix: reading.fix, receivedAt });
      if (reading.kind === 'rejected' && reading.alarms !== undefined)
        mine.fixes.push({ fix: onlyAlarms(reading.alarms, receivedAt), receivedAt, atReceipt: true });
      // What cannot be kept is a sign of life too.
      say(mine, reading.kind !== 'presence' || reading.online, receivedAt, 'last_will');
    }
  }
  const trackers = [...work.values()].sort((a, b) => (a.tracker.id < b.tracker.id ? -1 : 1));
  const plan = observeAll(trackers, { quarantined, owned }, memory);
  // An answer is of before the output that comes with it.
  return { ...plan, dropped, words: [...answers, ...newestOf(owned).flatMap(outputOf), ...plan.words] };
}

function answerOf(reading: Reading, { id: trackerId, vehicleId }: KnownTracker, receivedAt: number): CommandWord[] {
  if (reading.kind !== 'answer') return [];
  const { kind, commandId, answer, reason, ts } = reading;
  return [{ kind, trackerId, vehicleId, commandId, answer, reason, ts, receivedAt }];
}

/** Of each tracker what it said last. */
function newestOf(fixes: readonly StoredFix[]): StoredFix[] {
  const newest = new Map<string, StoredFix>();
  for (const one of fixes) if (one.fix.ts >= (newest.get(one.trackerId)?.fix.ts ?? 0)) newest.set(one.trackerId, one);
  return [...newest.values()];
}

/** Whether a vehicle that is its customer's own may start: he has paid for that. */
function outputOf({ fix: { output1: stopped, ts }, trackerId, vehicleId }: StoredFix): CommandWord[] {
  return stopped === null ? [] : [{ kind: 'output', trackerId, vehicleId, stopped, ts, changed: true }];
}

/**
 * What of the messages of a tracker may matter to a command: how the newest leaves output and vehicle. What an output was
 * between two of them proves nothing, however often it flickered.
 */
function* wordsOf(
  { id: trackerId, vehicleId }: KnownTracker,
  seen: readonly { readonly fix: Said; readonly suspect: boolean }[],
  last: Said | null,
): Generator<CommandWord> {
  let output: Said | null = null;
  for (const { fix } of seen) if (fix.output1 !== null && fix.ts >= (output?.ts ?? 0)) output = fix;
  if (output !== null && output.output1 !== null) {
    const { output1: stopped, ts } = output;
    yield { kind: 'output', trackerId, vehicleId, stopped, ts, changed: stopped !== (last?.output1 ?? null) };
  }
  const newest = seen.at(-1);
  if (newest?.suspect === false && newest.fix.speedKph === 0 && newest.fix.ignition === false)
    yield { kind: 'parked', trackerId, vehicleId };
}

/** Of a vehicle that is its customer's own: whether it may start, which whoever let it go has to know, and nothing else. */
function relayOf(reading: Reading, { id: trackerId, vehicleId }: KnownTracker, receivedAt: number): StoredFix[] {
  if (reading.kind !== 'fix' || reading.fix.output1 === null) return [];
  const { ts, output1 } = reading.fix;
  return [{ fix: { ...nothingSaid, ts, output1 }, trackerId, vehicleId, suspect: false, receivedAt }];
}

function observeAll(
  work: readonly Work[],
  { quarantined, owned }: { readonly quarantined: readonly Quarantined[]; readonly owned: readonly StoredFix[] },
  memory: Memory,
): Omit<Plan, 'dropped'> {
  const watches = new Map<string, Watch>();
  const fixes: StoredFix[] = [];
  const latest = new Map<string, StoredPlace>();
  const states = new Map<string, StoredFix>();
  for (const one of owned) if (one.fix.ts >= (states.get(one.vehicleId)?.fix.ts ?? 0)) states.set(one.vehicleId, one);
  const risks: Risk[] = [];
  const endings: { episode: string; at: number }[] = [];
  const presences: Presence[] = [];
  const commandWords: CommandWord[] = [];
  for (const { tracker, fixes: said, words } of work) {
    const { id: trackerId, vehicleId } = tracker;
    presences.push(...words.filter((word) => isNews(word, words.length, tracker)));
    if (words.at(-1)?.online === true && tracker.online !== true)
      commandWords.push({ kind: 'back', trackerId, vehicleId });
    if (said.length === 0) continue;
    const watch = memory.watch(trackerId);
    const seen = observe(watch, said, vehicleOf(tracker, memory.fences));
    watches.set(trackerId, seen.watch);
    commandWords.push(...wordsOf(tracker, seen.fixes, watch.last));
    for (const { fix, suspect, heard } of seen.fixes) {
      const { receivedAt } = heard;
      // It counts now, and is kept in quarantine.
      if (heard.atReceipt === true) continue;
      const common = { trackerId, vehicleId, suspect, receivedAt };
      fixes.push({ fix, ...common });
      const newest = isFix(fix) ? latest.get(vehicleId) : states.get(vehicleId);
      if (suspect || fix.ts < (newest?.fix.ts ?? 0)) continue;
      if (isFix(fix)) latest.set(vehicleId, { fix, ...common });
      else if (fix.ignition !== null || fix.output1 !== null) states.set(vehicleId, { fix, ...common });
    }
    for (const { key, type, severity, occurredAt, position, details } of seen.findings) {
      risks.push({
        key,
        type,
        severity,
        vehicleId,
        trackerId,
        occurredAt: new Date(occurredAt),
        position,
        details,
        lasts: true,
      });
    }
    for (const { key, named, at } of seen.endings) endings.push({ episode: episodeName(trackerId, key, named), at });
  }
  const batch = {
    fixes,
    latest: [...latest.values()],
    states: [...states.values()],
    quarantined,
    risks,
    endings,
    presences,
  };
  return { batch, watches, words: commandWords };
}

const nothingSaid = {
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
} as const satisfies Omit<Said, 'ts'>;

/** What a tracker says whose clock is wrong, at the time of receipt. */
const onlyAlarms = (alarms: readonly string[], receivedAt: number): Said => ({
  ...nothingSaid,
  ts: receivedAt,
  alarms,
});

/** A word that repeats the one before it is none. */
function say({ tracker, words }: Work, online: boolean, at: number, cause: OfflineCause): void {
  if (words.at(-1)?.online === online) return;
  const common = { trackerId: tracker.id, at: new Date(at) };
  words.push(online ? { ...common, online } : { ...common, online, cause });
}

function isNews(word: Presence, words: number, tracker: KnownTracker): boolean {
  return (
    words > 1 ||
    word.online !== tracker.online ||
    (word.online && word.at.getTime() - (tracker.lastSeenAt?.getTime() ?? 0) > NOTED)
  );
}

/** Why something goes to quarantine: as a whole, or, of a fix that is stored, as a note of what could not be read. */
function refusal(reading: Reading, tracker: KnownTracker | null, topic: string): string | null {
  if (tracker !== null && (reading.unit?.bridged ?? tracker.kind) !== tracker.kind) return FORGED;
  const claims = 'claims' in reading ? reading.claims : null;
  if (tracker !== null && claims != null && isForged(claims, tracker, topic)) return FORGED;
  if (reading.kind === 'rejected') return reading.reason;
  if (tracker === null) return 'unknown_tracker';
  return reading.kind === 'fix' ? (reading.unread ?? null) : null;
}

function isForged({ trackerId, serial, topic: said }: Claims, tracker: KnownTracker, topic: string): boolean {
  return (
    (trackerId !== undefined && trackerId !== tracker.id && trackerId !== tracker.serial) ||
    (serial !== undefined && tracker.serial !== null && serial !== tracker.serial) ||
    (said !== undefined && said !== topic)
  );
}

function quarantine(
  { topic, payload, receivedAt }: TrackerMessage,
  reading: Reading,
  tracker: KnownTracker | null,
  reason: string,
): Quarantined {
  const { source = payload.toString('utf8') } = reading;
  const named =
    reading.unit !== null && 'trackerId' in reading.unit && isTrackerId(reading.unit.trackerId)
      ? reading.unit.trackerId
      : null;
  return {
    id: idOf(`${topic}\n${reason}\n${source}`),
    trackerId: tracker?.id ?? named,
    topic: topic.slice(0, 500).replaceAll('\0', '\uFFFD'),
    reason,
    size: Buffer.byteLength(source),
    payload: source.slice(0, KEPT_CHARACTERS).replaceAll('\0', '\uFFFD'),
    receivedAt,
    audited: reason === FORGED,
  };
}

/** A UUID (version 8) made from content: the same message again has the same. */
function idOf(content: string): string {
  const hex = createHash('sha256').update(content).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
