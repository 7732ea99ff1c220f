import type { Presence } from '#use-cases/telematics/mark-presence';
import type { Risk } from '#use-cases/telematics/raise-risks';
import type { Batch, Quarantined, StoredFix, StoredPlace } from '#use-cases/telematics/store-batch';
import type { KnownTracker } from '#db/queries/tracking';
import type { Fences } from '#domain/telematics/fences';
import { BEFORE_FITTING, fittingAt } from '#domain/telematics/fitting';
import { isFix, nothingSaid } from '#domain/telematics/fix';
import type { OfflineCause } from '#domain/telematics/presence';
import { episodeName } from '#domain/telematics/risk';
import { observe, type HeardMessage, type Watch } from '#domain/telematics/watch';
import type { TrackerReading, TrackerMessage, Unit } from '#providers/trackers/adapter';
import { FORGED, quarantine, quarantineReason } from './refusals.ts';
import { vehicleOf } from './registry.ts';
import { answerOf, isKept, outputsOf, relayOf, wordsOf, type CommandWord } from './words.ts';

/** What came in, read but not yet judged. */
export type BatchEntry =
  | { readonly kind: 'message'; readonly message: TrackerMessage; readonly readings: readonly TrackerReading[] }
  | { readonly kind: 'connection'; readonly trackerId: string; readonly at: number; readonly online: boolean };

export interface BatchPlan {
  readonly batch: Batch;
  /** What is remembered once the batch is committed. */
  readonly watches: ReadonlyMap<string, Watch>;
  /** How much was said of vehicles that are their customers' own: nothing of it is kept. */
  readonly dropped: number;
  /** What trackers say that may matter to a command. */
  readonly words: readonly CommandWord[];
}

interface Memory {
  find(unit: Unit): KnownTracker | null;
  watch(trackerId: string): Watch;
  /** Those in force; absent: there are none. */
  readonly fences?: Fences;
}

/** A tracker that said something so many milliseconds ago need not be noted again. */
const NOTED = 20_000;

/** Whose entries these are, each once, to be looked up before planning. */
export function unitsOf(entries: readonly BatchEntry[]): Unit[] {
  const [ids, serials] = [new Map<string, Unit>(), new Map<string, Unit>()];
  const note = (unit: Unit) => ('trackerId' in unit ? ids.set(unit.trackerId, unit) : serials.set(unit.serial, unit));
  for (const entry of entries) {
    if (entry.kind === 'connection') note({ trackerId: entry.trackerId });
    else for (const { unit } of entry.readings) if (unit !== null) note(unit);
  }
  return [...ids.values(), ...serials.values()];
}

interface Work {
  readonly tracker: KnownTracker;
  readonly fixes: HeardMessage[];
  readonly words: Presence[];
  /** A connection of it has begun: it can be told what it could not be, though it may never have been lost. */
  hasConnected: boolean;
}

/** Judges entries in their order. It writes nothing and forgets nothing, so it may be done again after a failure. */
export function planBatch(entries: readonly BatchEntry[], memory: Memory): BatchPlan {
  const work = new Map<string, Work>();
  const quarantined: Quarantined[] = [];
  const owned: StoredFix[] = [];
  const before: StoredFix[] = [];
  let dropped = 0;
  const answers: CommandWord[] = [];
  const back = new Map<string, CommandWord>();
  const workOf = (tracker: KnownTracker): Work => {
    const known = work.get(tracker.id) ?? { tracker, fixes: [], words: [], hasConnected: false };
    work.set(tracker.id, known);
    return known;
  };
  for (const entry of entries) {
    if (entry.kind === 'connection') {
      const tracker = memory.find({ trackerId: entry.trackerId });
      if (tracker?.owned === true) noteBack(back, tracker, entry.online);
      else if (tracker !== null) {
        const mine = workOf(tracker);
        mine.hasConnected = entry.online;
        say(mine, entry.online, entry.at, 'connection_lost');
      }
      continue;
    }
    for (const reading of entry.readings) {
      const tracker = reading.unit === null ? null : memory.find(reading.unit);
      const kept = tracker === null ? null : keptFrom(reading, tracker);
      const reason = quarantineReason(reading, tracker, entry.message.topic);
      if (tracker?.owned === true && kept === null) {
        dropped += 1;
        // Somebody else than its unit says so: that it may start would end what has it told to move.
        if (reason === FORGED) continue;
        owned.push(...relayOf(reading, tracker, entry.message.receivedAt));
        answers.push(...answerOf(reading, tracker, entry.message.receivedAt));
        noteBack(back, tracker, isThere(reading));
        continue;
      }
      if (tracker === null || reason !== null) {
        quarantined.push(quarantine(entry.message, reading, tracker, reason ?? 'unknown_tracker'));
        if (tracker === null || reason === FORGED) continue;
      }
      if (kept !== null && reading.kind === 'fix') {
        if (kept === BEFORE_FITTING) quarantined.push(quarantine(entry.message, reading, tracker, kept));
        else if (kept.owned) dropped += 1;
        else before.push({ fix: reading.fix, ...kept, suspect: false, receivedAt: entry.message.receivedAt });
        if (tracker.owned !== true) say(workOf(tracker), true, entry.message.receivedAt, 'last_will');
        continue;
      }
      const mine = workOf(tracker);
      const { receivedAt } = entry.message;
      answers.push(...answerOf(reading, tracker, receivedAt));
      if (reading.kind === 'fix') mine.fixes.push({ fix: reading.fix, receivedAt });
      if (reading.kind === 'rejected' && reading.alarms !== undefined)
        mine.fixes.push(heardAtReceipt(reading, receivedAt));
      // What cannot be kept is a sign of life too.
      say(mine, isThere(reading), receivedAt, 'last_will');
    }
  }
  const trackers = [...work.values()].sort((a, b) => (a.tracker.id < b.tracker.id ? -1 : 1));
  const plan = observeAll(trackers, { quarantined, owned, before }, memory);
  // An answer is of before the output that comes with it.
  const words = [...answers, ...outputsOf(owned), ...back.values(), ...plan.words];
  return { ...plan, batch: { ...plan.batch, words: words.filter(isKept) }, dropped, words };
}

function observeAll(
  work: readonly Work[],
  { quarantined, owned, before }: Pick<Batch, 'quarantined'> & Record<'owned' | 'before', readonly StoredFix[]>,
  memory: Memory,
): Omit<BatchPlan, 'dropped' | 'batch'> & { readonly batch: Omit<Batch, 'words'> } {
  const watches = new Map<string, Watch>();
  const fixes: StoredFix[] = [];
  const latest = new Map<string, StoredPlace>();
  // It is where the vehicle was, and raises nothing: what a unit noticed there is over.
  for (const one of before) {
    fixes.push(one);
    if (isPlaced(one) && one.fix.ts >= (latest.get(one.vehicleId)?.fix.ts ?? 0)) latest.set(one.vehicleId, one);
  }
  const states = new Map<string, StoredFix>();
  for (const one of owned) if (one.fix.ts >= (states.get(one.vehicleId)?.fix.ts ?? 0)) states.set(one.vehicleId, one);
  const risks: Risk[] = [];
  const endings: { episode: string; at: number }[] = [];
  const presences: Presence[] = [];
  const commandWords: CommandWord[] = [];
  for (const { tracker, fixes: said, words, hasConnected } of work) {
    const { id: trackerId, vehicleId } = tracker;
    presences.push(...words.filter((word) => isNews(word, words.length, tracker)));
    if (words.at(-1)?.online === true && (tracker.online !== true || hasConnected))
      commandWords.push({ kind: 'here', trackerId, vehicleId });
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
    for (const { key, type, severity, occurredAt, position, details, until } of seen.findings) {
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
        ...(until === undefined ? {} : { lateUntil: new Date(until) }),
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

/** Where its unit was when it said so, where that was in another vehicle, or in none; null: where it is. */
const keptFrom = (reading: TrackerReading, { fittedAt, earlier = [] }: KnownTracker) =>
  reading.kind === 'fix' && fittedAt !== undefined ? fittingAt(reading.fix.ts, fittedAt.getTime(), earlier) : null;

const isPlaced = (one: StoredFix): one is StoredPlace => isFix(one.fix);

/** What a tracker says whose clock is wrong, at the time of receipt. */
const heardAtReceipt = (
  { alarms = [], aheadMs, behindMs }: Extract<TrackerReading, { kind: 'rejected' }>,
  receivedAt: number,
): HeardMessage => ({
  fix: { ...nothingSaid, ts: receivedAt, alarms },
  receivedAt,
  atReceipt: true,
  ...(aheadMs === undefined ? {} : { aheadMs }),
  ...(behindMs === undefined ? {} : { behindMs }),
});

const isThere = (reading: TrackerReading): boolean => reading.kind !== 'presence' || reading.online;

/** Whoever owns a vehicle may wait for it to start, though it is kept nowhere that its tracker is there. */
function noteBack(back: Map<string, CommandWord>, { id: trackerId, vehicleId, online }: KnownTracker, is: boolean) {
  if (is && online !== true) back.set(trackerId, { kind: 'back', trackerId, vehicleId });
  else back.delete(trackerId);
}

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
