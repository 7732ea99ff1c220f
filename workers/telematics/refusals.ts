import { createHash } from 'node:crypto';
import type { Quarantined } from '#use-cases/telematics/store-batch';
import type { KnownTracker } from '#db/queries/tracking';
import { stands } from '#domain/telematics/fix';
import { isTrackerId } from '#domain/telematics/tracker';
import type { TrackerClaims, TrackerReading, TrackerMessage } from '#providers/trackers/adapter';

const KEPT_CHARACTERS = 4_096;
/** It names another sender than whose it is. */
export const FORGED = 'identity_mismatch';

/** Why something goes to quarantine: as a whole, or, of a fix that is stored, as a note of what could not be read. */
export function quarantineReason(reading: TrackerReading, tracker: KnownTracker | null, topic: string): string | null {
  if (tracker !== null && (reading.unit?.bridged ?? tracker.kind) !== tracker.kind) return FORGED;
  const claims = 'claims' in reading ? reading.claims : null;
  if (tracker !== null && claims != null && isForged(claims, tracker, topic)) return FORGED;
  if (reading.kind === 'rejected') return reading.reason;
  if (tracker === null) return 'unknown_tracker';
  return reading.kind === 'fix' ? (reading.unread ?? null) : null;
}

function isForged({ trackerId, serial, topic: said }: TrackerClaims, tracker: KnownTracker, topic: string): boolean {
  return (
    (trackerId !== undefined && trackerId !== tracker.id && trackerId !== tracker.serial) ||
    (serial !== undefined && tracker.serial !== null && serial !== tracker.serial) ||
    (said !== undefined && said !== topic)
  );
}

/** A reading, or a note of it, as quarantine keeps it. */
export function quarantine(
  { topic, payload, receivedAt }: TrackerMessage,
  reading: TrackerReading,
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
    mayMove: isOfItself(reading, tracker) && saysNotThatItStands(reading),
    audited: reason === FORGED,
  };
}

/** Over its own connection, or the bridge that speaks for it: not what another bridge says of a unit of that name. */
const isOfItself = ({ unit }: TrackerReading, tracker: KnownTracker | null) =>
  (unit?.bridged ?? tracker?.kind) === tracker?.kind;

function saysNotThatItStands(reading: TrackerReading): boolean {
  if (reading.kind === 'fix') return !stands(reading.fix);
  return reading.kind === 'rejected' && reading.stands !== true;
}

/** A UUID (version 8) made from content: the same message again has the same. */
function idOf(content: string): string {
  const hex = createHash('sha256').update(content).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
