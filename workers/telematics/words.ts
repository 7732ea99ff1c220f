import type { StoredFix } from '#use-cases/telematics/store-batch';
import type { UnitWord } from '#use-cases/telematics/unit-words';
import type { KnownTracker } from '#db/queries/tracking';
import { nothingSaid, stands, type SaidFix } from '#domain/telematics/fix';
import type { TrackerReading } from '#providers/trackers/adapter';

/** Of a tracker what is kept until its lease can be locked for it, and what is told on at once: that its vehicle stands, or it is back. */
export type CommandWord =
  | UnitWord
  | { readonly kind: 'parked' | 'here'; readonly trackerId: string; readonly vehicleId: string };

/** What a reading says of a command. */
export function answerOf(
  reading: TrackerReading,
  { id: trackerId, vehicleId }: KnownTracker,
  receivedAt: number,
): UnitWord[] {
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
export const outputsOf = (owned: readonly StoredFix[]): UnitWord[] => newestOf(owned).flatMap(outputOf);

function outputOf({ fix: { output1: stopped, ts }, trackerId, vehicleId }: StoredFix): UnitWord[] {
  return stopped === null ? [] : [{ kind: 'output', trackerId, vehicleId, stopped, ts, changed: true }];
}

/**
 * What of the messages of a tracker may matter to a command: how the newest leaves output and vehicle. What an output was
 * between two of them proves nothing, however often it flickered.
 */
export function* wordsOf(
  { id: trackerId, vehicleId }: KnownTracker,
  seen: readonly { readonly fix: SaidFix; readonly suspect: boolean }[],
  last: SaidFix | null,
): Generator<CommandWord> {
  let output: SaidFix | null = null;
  for (const { fix } of seen) if (fix.output1 !== null && fix.ts >= (output?.ts ?? 0)) output = fix;
  if (output !== null && output.output1 !== null) {
    const { output1: stopped, ts } = output;
    yield { kind: 'output', trackerId, vehicleId, stopped, ts, changed: stopped !== (last?.output1 ?? null) };
  }
  const newest = seen.at(-1);
  if (newest?.suspect === false && stands(newest.fix)) yield { kind: 'parked', trackerId, vehicleId };
}

/** Of a vehicle that is its customer's own: whether it may start, which whoever let it go has to know, and nothing else. */
export function relayOf(
  reading: TrackerReading,
  { id: trackerId, vehicleId }: KnownTracker,
  receivedAt: number,
): StoredFix[] {
  if (reading.kind !== 'fix' || reading.fix.output1 === null) return [];
  const { ts, output1 } = reading.fix;
  return [{ fix: { ...nothingSaid, ts, output1 }, trackerId, vehicleId, suspect: false, receivedAt }];
}

export const isKept = (word: CommandWord): word is UnitWord => word.kind !== 'parked' && word.kind !== 'here';
