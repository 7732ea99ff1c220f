import type { MqttClient } from 'mqtt';
import type { TrackerKind } from '#domain/telematics/tracker';
import type { Reading } from '../vehicle.ts';

/** What a tracker is set up with, as `POST /v1/trackers` answers, and by what it was fitted. */
export interface TrackerAccount {
  readonly username: string;
  readonly password: string;
  /** Of a unit that logs in by its IMEI this is it. */
  readonly serial: string;
  /** Of a second unit that speaks in the name of the first. */
  readonly isCopy: boolean;
  readonly topics: {
    readonly telemetry: string;
    readonly status: string;
    readonly commands: string;
    readonly ack: string;
  };
}

/** `ts` in milliseconds of the epoch, by the tracker's clock. */
export type Position = Reading & { readonly ts: number; readonly seq: number };

/** The connection of one tracker. */
export interface Link {
  readonly connected: boolean;
  /** Where it takes and answers our commands; null where its dialect has none. */
  readonly mqtt: MqttClient | null;
  /** @returns whether they were acknowledged; false where the connection ended before. */
  send(positions: readonly Position[]): Promise<boolean>;
  /** As when the network goes: without a word. */
  cut(): void;
  /** Says that it goes, as far as the dialect can, and goes. */
  close(): Promise<void>;
}

/** What a unit does when it is told something. */
export interface Obedience {
  /** In our own words, with id, expiry and MAC. */
  signed(payload: Buffer): void;
  /** A text command of Teltonika. @returns the unit's answer */
  text(command: string): string;
  /** Says where it is, at once. */
  locate(): void;
}

/** What a tracker speaks: a file each, which puts a position into its words and sends it. */
export interface Dialect {
  readonly kind: TrackerKind;
  /** What the tracker in a vehicle is known by. */
  serialOf(vehicleId: string): string;
  /** Positions that go into one message. */
  readonly atOnce: number;
  /** @throws Error where it is not let in */
  open(account: TrackerAccount, obey: Obedience): Promise<Link>;
}

/** Where the platform hears trackers. */
export interface Ears {
  /** mqtt(s)://host:port */
  readonly broker: string;
  /** Port for Teltonika units at the broker's host; null where none is known. */
  readonly teltonikaPort: number | null;
  /** Of the Traccar bridge. */
  readonly bridge: { readonly username: string; readonly password: string };
}

const SERIAL = 'SIMULATED-';
export const serialOf = (vehicleId: string) => `${SERIAL}${vehicleId}`;
