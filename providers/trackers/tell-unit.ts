import type { CommandType } from '#domain/telematics/immobilisation/command';
import { phoneCommands, topicsOf } from '#domain/telematics/topics';
import type { TrackerKind } from '#domain/telematics/tracker';
import type { TraccarServer } from './traccar-server.ts';

/** The connections of Teltonika units that came by themselves, over TCP. */
export interface TeltonikaLine {
  /**
   * @param command its `id` is null where nobody is told of its answer
   * @returns false where the unit has no connection; that it was written proves nothing.
   */
  tell(trackerId: string, command: { readonly id: string | null; readonly text: string }): boolean;
}

/** How long what is said at the broker counts. */
interface LifeOfWords {
  /** Nobody hears it after that. */
  readonly expiresAt: Date;
  /** Whoever is away may hear it when it is back: the words say themselves when they are over. */
  readonly keep: boolean;
}

/** How units are reached. */
export interface Ways {
  /** At the broker, never retained. */
  readonly publish: (topic: string, payload: string, life: LifeOfWords) => Promise<void>;
  /** Null where there is no server. */
  readonly traccar: TraccarServer | null;
  /** Null where units cannot come by TCP. */
  readonly teltonika: TeltonikaLine | null;
}

/** Whom a command is for. */
interface ToldUnit {
  readonly trackerId: string;
  readonly kind: TrackerKind;
  readonly serial: string | null;
}

/**
 * What is said to a Teltonika unit, over its TCP connection, its own topic or through Traccar. A stop acts with the ignition off alone; a
 * `setdigout` would act at once, or queued at the next red light (docs/telematics.md, "A relay"). A start acts at once, and
 * takes back a stop that waits for the ignition: its maker ranks `setigndigout` above `setdigout`, so both are said.
 */
const teltonikaTexts: Readonly<Record<CommandType, readonly [...string[], string]>> = {
  immobilise: ['setigndigout 1'],
  mobilise: ['setigndigout 0', 'setdigout 0'],
  // One record of high priority, sent at once; `getgps` would only be answered in words.
  locate: ['on_demand_tracking2'],
};

/**
 * Tells a unit something in its own dialect. That it was told proves nothing.
 *
 * @param command as a native unit reads it; others get the words of their dialect, without id, expiry and MAC
 * @throws Error where it cannot be reached that way.
 */
export async function tellUnit(
  ways: Ways,
  { trackerId, kind, serial }: ToldUnit,
  command: { readonly id: string; readonly type: CommandType; readonly expiresAt: string },
): Promise<void> {
  const { commands } = topicsOf(kind, trackerId);
  const expiresAt = new Date(command.expiresAt);
  switch (kind) {
    case 'native':
      return ways.publish(commands ?? '', JSON.stringify(command), { expiresAt, keep: true });
    case 'teltonika': {
      const said = teltonikaTexts[command.type].map(
        // What the unit answers to the last one is its answer.
        (text, at, { length }) => ways.teltonika?.tell(trackerId, { id: at + 1 === length ? command.id : null, text }),
      );
      if (said.at(-1) === true) return;
      return inTurn(teltonikaTexts[command.type], (text) =>
        ways.publish(commands ?? '', JSON.stringify({ CMD: text }), { expiresAt, keep: false }),
      );
    }
    case 'traccar': {
      const { traccar } = ways;
      if (traccar === null) throw new Error('there is no TRACCAR_API_URL to send commands by');
      return inTurn(teltonikaTexts[command.type], (text) => traccar.send(serial ?? trackerId, text));
    }
    case 'owntracks':
      if (command.type !== 'locate') throw new Error('a phone has no relay');
      return ways.publish(phoneCommands(trackerId), JSON.stringify({ _type: 'cmd', action: 'reportLocation' }), {
        expiresAt,
        keep: false,
      });
    default:
      return kind satisfies never;
  }
}

/** Says each of them, also where one before it could not be said. @throws Error why the first of those could not */
async function inTurn(texts: readonly string[], say: (text: string) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  for (const text of texts) await say(text).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}
