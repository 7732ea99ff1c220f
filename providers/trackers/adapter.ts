import type { SaidFix } from '#domain/telematics/fix';
import type { CommandAnswer } from '#domain/telematics/immobilisation/command';
import type { TrackerKind } from '#domain/telematics/tracker';

/** A message as it came from the broker, which has authenticated the topic's owner. */
export interface TrackerMessage {
  readonly topic: string;
  readonly payload: Buffer;
  /** Milliseconds of the epoch. */
  readonly receivedAt: number;
}

/** Whose message it is: by the authenticated topic, or, through a bridge, by the tracker's serial. */
export type Unit = ({ readonly trackerId: string } | { readonly serial: string }) & {
  /** Where a bridge says whose it is: it speaks only for trackers that were fitted as its own. */
  readonly bridged?: TrackerKind;
};

/** What a payload says of its sender; it must not differ from the topic's owner. */
export interface TrackerClaims {
  readonly trackerId?: string;
  readonly serial?: string;
  readonly topic?: string;
}

/**
 * What one message says, piece by piece: a backlog is many fixes, each good or not. `source` is what quarantine may
 * keep of it; where it is absent, the message.
 */
export type TrackerReading =
  | {
      readonly kind: 'fix';
      readonly unit: Unit;
      readonly claims: TrackerClaims | null;
      readonly fix: SaidFix;
      readonly source: string;
      /** What of it could not be read and is absent from the fix: noted in quarantine, beside the stored fix. */
      readonly unread?: string;
    }
  | { readonly kind: 'presence'; readonly unit: Unit; readonly online: boolean; readonly source?: string }
  /** An answer to a command. It proves nothing. */
  | {
      readonly kind: 'answer';
      readonly unit: Unit;
      readonly commandId: string;
      readonly answer: CommandAnswer;
      readonly reason: string | null;
      /** Epoch milliseconds by the tracker's own clock; null where it did not say. */
      readonly ts: number | null;
      readonly source?: string;
    }
  /** Nothing to keep, but its tracker lives. */
  | { readonly kind: 'sign_of_life'; readonly unit: Unit; readonly source?: string }
  | {
      readonly kind: 'rejected';
      readonly unit: Unit | null;
      readonly reason: string;
      readonly source: string;
      readonly claims?: TrackerClaims | null;
      /** Of a message whose time is wrong: they count at the time of receipt. Absent where they say nothing about now. */
      readonly alarms?: readonly string[];
      /** Milliseconds by which its time is ahead of its receipt; absent where it is not, or none can be read. */
      readonly aheadMs?: number;
      /** The same, behind. */
      readonly behindMs?: number;
      /** All the same it says that its vehicle stands with its ignition off. */
      readonly stands?: boolean;
    };

/** A whole message that cannot be read. */
export const refusing =
  (unit: Unit, payload: Buffer) =>
  (reason: string): TrackerReading => ({ kind: 'rejected', unit, reason, source: payload.toString('utf8') });

/** One format of trackers, a file each: from topic and payload to readings. Reading never throws. */
export interface TrackerAdapter {
  readonly kind: TrackerKind;
  /** What a consumer of a real broker subscribes to. */
  readonly filters: readonly string[];
  /** @returns null for a topic that is not of this format. */
  read(message: TrackerMessage): readonly TrackerReading[] | null;
}
