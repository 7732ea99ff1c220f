import type { StoredFix } from '#use-cases/telematics/store-batch';
import type { KnownTracker } from '#db/queries/tracking';
import { nothingSaid, stands, type SaidFix } from '#domain/telematics/fix';
import type { CommandAnswer } from '#domain/telematics/immobilisation/command';
import type { TrackerReading } from '#providers/trackers/adapter';

/** Of a tracker: how its output is, that its vehicle stands with its ignition off, that it is back, or its answer to a command. */
export type CommandWord = { readonly trackerId: string; readonly vehicleId: string } & (
  | { readonly kind: 'output'; readonly stopped: boolean; readonly ts: number; readonly changed: boolean }
  | { readonly kind: 'parked' }
  /** Of a vehicle that is its customer's own it is said with each message: nobody keeps that the tracker is there. */
  | { readonly kind: 'back'; readonly owned: boolean }
  | {
      readonly kind: 'answer';
      readonly commandId: string;
      readonly answer: CommandAnswer;
      readonly reason: string | null;
      readonly ts: number | null;
      readonly receivedAt: number;
    }
);

/** What a reading says of a command. */
export function answerOf(
  reading: TrackerReading,
  { id: trackerId, vehicleId }: KnownTracker,
  receivedAt: number,
): CommandWord[] {
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
export const outputsOf = (owned: readonly StoredFix[]): CommandWord[] => newestOf(owned).flatMap(outputOf);

function outputOf({ fix: { output1: stopped, ts }, trackerId, vehicleId }: StoredFix): CommandWord[] {
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
