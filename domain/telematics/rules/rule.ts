import type { LeaseStatus } from '../../leases/status.ts';
import type { Fences, Whose } from '../fences.ts';
import type { Place, SaidFix } from '../fix.ts';
import type { OfflineCause } from '../presence.ts';
import type { Verdict } from '../verdict.ts';

export const severities = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** What is known of a vehicle beside what its tracker says. */
export interface VehicleFacts extends Whose {
  /** km/h */
  readonly limitKph: number;
  /** Of the lease that has the vehicle; null where none has. */
  readonly leaseStatus: LeaseStatus | null;
  /** Since when its customer has it, in milliseconds of the epoch: what happened before is not his. Absent: ever. */
  readonly leaseSince?: number;
  /** What was last known of its tracker; null before its first word. */
  readonly online: boolean | null;
  readonly fences: Fences;
}

/** What a rule sees of one message. */
export interface RuleFacts {
  /** The message: place, speed, ignition, alarms. */
  readonly fix: SaidFix;
  /** The newest believed message before it; null where none is known. */
  readonly before: SaidFix | null;
  /** It comes after a later one, or again: a rule with state of its own says nothing by it, and keeps its state. */
  readonly late: boolean;
  /** Milliseconds of the epoch. */
  readonly receivedAt: number;
  /** Milliseconds by which its time is ahead of its receipt, beyond what is believed; null where it is not. */
  readonly aheadMs: number | null;
  /**
   * Milliseconds by which all that came at once is behind its receipt, beyond what is believed of a clock: asked once of it, at the
   * time of receipt, of the tracker's clock alone. Null where the message itself is looked at.
   */
  readonly behindMs: number | null;
  /** Voltage of the vehicle's battery in millivolts. */
  readonly externalMv: number | null;
  /** Its place cannot be, so it says nothing about speed and distance either. */
  readonly suspect: boolean;
  /** Suspect, and not for coming late. */
  readonly jumped: boolean;
  /** Where the vehicle is believed to be, by this message or in spite of it. */
  readonly believed: Place | null;
  readonly vehicle: VehicleFacts;
}

/** A verdict with what the rule wants to know again. Both are plain JSON; of a new field, an older one has none. */
export interface RuleAnswer<State, Note> {
  readonly holds: Verdict;
  /** The rule's own state from now on; absent: as it was. */
  readonly state?: State;
  /** Kept with the message, for the details of an episode that it belongs to. */
  readonly note?: Note;
  /**
   * The same of each thing that the risk is told of on its own, by a name without a colon, such as a fence. A thing
   * that is not named is not there; where `holds` is null, that is not said.
   */
  readonly each?: Readonly<Record<string, { readonly holds: Verdict; readonly note?: Note }>>;
}

/** One message of those that began an episode. */
interface Held<Note> {
  readonly ts: number;
  readonly lat: number | null;
  readonly lon: number | null;
  /** km/h */
  readonly speedKph: number | null;
  readonly note: Note | undefined;
}

/** How an event is told where the rule's own severity and no details are not enough. */
interface Told {
  readonly severity?: Severity;
  readonly details: Readonly<Record<string, unknown>>;
}

interface Named<Type extends string> {
  readonly type: Type;
  readonly severity: Severity;
  /** Both for people: `docs/telematics.md`. */
  readonly begins: string;
  readonly ends: string;
}

/**
 * A risk that lasts: an episode begins with the first message for which it holds, goes on with those for
 * which it holds, and ends with one for which it does not. `look` is a function of its arguments alone: it is
 * asked again after a failed commit, and after a restart about the messages of the last minutes.
 *
 * @see `../episodes.ts`
 */
export interface LastingRule<Type extends string = string, State = unknown, Note = unknown> extends Named<Type> {
  /** Milliseconds that it must last, less than the window of episodes; absent: one message is enough. */
  readonly least?: number;
  /** A silence of more milliseconds ends it; absent: none does. */
  readonly gap?: number;
  /** The tracker's words for it, by Traccar's names: it is there by every message with one of them. */
  readonly words?: readonly string[];
  /** It is asked about how late messages come too: `behindMs`. */
  readonly ofClock?: true;
  /**
   * Whether it is there by a message; absent: where the message has one of the words, and else it is not.
   *
   * @param state what it last answered of this vehicle, if that was since the last restart or in the minutes before
   */
  look?(facts: RuleFacts, state: State | undefined): Verdict | RuleAnswer<State, Note>;
  /** @param run the messages that begin the episode, at least one */
  tell?(run: readonly Held<Note>[], vehicle: VehicleFacts): Told;
}

/** What a rule sees when a tracker comes or goes. */
interface Turn {
  readonly online: boolean;
  /** How it was lost; null for one that is back. */
  readonly cause: OfflineCause | null;
  /** ISO UTC; null before its first word. */
  readonly lastSeenAt: string | null;
  /** Types of the risks that go on, or ended in the ten minutes before. */
  readonly recent: readonly string[];
  readonly leaseStatus: LeaseStatus | null;
}

/** A risk that only happens, when a tracker comes or goes. */
export interface TurnRule<Type extends string = string> extends Named<Type> {
  /** Null where it is none. */
  turn(facts: Turn): Told | null;
}

export type Rule = LastingRule | TurnRule;
