import type { Step } from '../leases/wire.ts';
import type { Standing } from '../leases/standing.ts';
import type { Message } from '../notifications/messages.ts';

/** What goes between workflows and what they have done to vehicles (`domain/leases/wire.ts` says by which rules). */

/** What the lease has to know of the stop of its vehicle. */
export interface StopLook {
  /** Where the lease stands then. */
  readonly standing: Standing;
  /** Null where there is none: nothing is to be done, or it is over. */
  readonly immobilisationId: string | null;
  /** When the lease looks again, on its own clock, epoch milliseconds; null where that is up to it. */
  readonly lookAt: number | null;
  /** The text that warns the customer, sent once a key. */
  readonly text?: { readonly key: string; readonly message: Message };
}

/** Of the `leases` queue: what a lease does by its agenda, on its own clock. */
export interface StopActivities {
  /** Begins an immobilisation where the lease is late enough, and says how to warn of it. */
  warnImmobilisation: (input: Step) => Promise<StopLook>;
  /** Looks whether the notice is over, and starts the workflow of the vehicle then. */
  lookAtImmobilisation: (input: Step) => Promise<StopLook>;
}

/** What the workflow of a vehicle is to do next. */
export interface Advance {
  /** The state of the immobilisation; null where none is open. */
  readonly state: string | null;
  readonly leaseId: string | null;
  /** What is waited for, in a few words, and the code of the gate that is closed. */
  readonly waitsFor: string;
  readonly gate: string | null;
  /** Seconds until the next look. */
  readonly seconds: number;
  /** A text for the customer, sent once a key. */
  readonly text?: { readonly key: string; readonly message: Message; readonly at?: string };
}

/** Of the `telematics` queue; by the wall's clock. */
export interface TelematicsActivities {
  /** Does what is next of an immobilisation, whatever that is, in one transaction. Harmless to repeat. */
  advanceImmobilisation: (input: { readonly vehicleId: string }) => Promise<Advance>;
}
