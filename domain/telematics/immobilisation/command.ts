/** What a tracker is told. `locate` asks for a position at once. */
export const commandTypes = ['immobilise', 'mobilise', 'locate'] as const;
export type CommandType = (typeof commandTypes)[number];
/** Those that change whether a vehicle moves. Only these are one at a time: to be asked where it is stands in nobody's way. */
export const engineCommands = ['immobilise', 'mobilise'] as const satisfies readonly CommandType[];

export const commandStates = ['created', 'sent', 'acknowledged', 'succeeded', 'failed', 'rejected', 'expired'] as const;
export type CommandState = (typeof commandStates)[number];

/** While it is in one of these, a vehicle has no other command (one outstanding a device: docs/immobilisation.md). */
export const inFlight = ['created', 'sent', 'acknowledged'] as const satisfies readonly CommandState[];
export const isInFlight = (state: CommandState): boolean => inFlight.some((one) => one === state);

/** Milliseconds that a command lives. A later try is another command. */
export const LIFE = 60_000;

/** What a tracker answers to a command. */
export const commandAnswers = ['accepted', 'succeeded', 'failed', 'rejected'] as const;
export type CommandAnswer = (typeof commandAnswers)[number];

const moves: Readonly<Record<CommandState, readonly CommandState[]>> = {
  created: ['sent', 'succeeded', 'expired'],
  sent: ['acknowledged', 'succeeded', 'failed', 'rejected', 'expired'],
  acknowledged: ['succeeded', 'failed', 'rejected', 'expired'],
  succeeded: [],
  failed: [],
  rejected: [],
  expired: [],
};

/** Which state of a command may follow which. What is over stays as it is. */
export const mayBecome = (from: CommandState, to: CommandState): boolean => moves[from].includes(to);

/** What of a command decides what follows; times are epoch milliseconds of the wall's clock. */
export interface Issued {
  readonly type: CommandType;
  readonly state: CommandState;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** When its tracker answered it, by the tracker's own clock, which may be wrong; null where it has not, or did not say. */
  readonly answeredTs?: number | null;
}

/**
 * What an answer makes of a command. That it succeeded is only the tracker's word, by which nothing is believed: the
 * output has to be seen. What comes after the expiry changes nothing.
 *
 * @param at when the answer came, epoch milliseconds of the wall's clock
 * @returns null where nothing changes.
 */
export function answeredCommand({ state, expiresAt }: Issued, answer: CommandAnswer, at: number): CommandState | null {
  const to = answer === 'accepted' || answer === 'succeeded' ? 'acknowledged' : answer;
  return at < expiresAt && mayBecome(state, to) ? to : null;
}

/** An output that a tracker reported: `stopped` is the relay, `ts` when it was so, epoch milliseconds by the tracker. */
export interface Output {
  readonly stopped: boolean;
  readonly ts: number;
}

/**
 * Whether an output is what a command brought about: it is as the command wants it, and was so after it was issued; of a
 * tracker with a slow clock after it had answered, which its own clock says.
 * That a vehicle moves is believed while an earlier stop may still arrive only where its tracker has answered the
 * command: before that it may have seen neither.
 *
 * @param stops the commands to stop that were given to the vehicle before
 */
export function proves(output: Output, command: Issued, stops: readonly Issued[]): boolean {
  const { issuedAt, answeredTs = null } = command;
  if (output.ts <= issuedAt && (answeredTs === null || output.ts < answeredTs)) return false;
  if (command.type === 'immobilise') return output.stopped;
  if (command.type !== 'mobilise' || output.stopped) return false;
  const isOnItsWay = stops.some(({ state, expiresAt }) => state === 'expired' && expiresAt >= output.ts);
  return !isOnItsWay || command.state === 'acknowledged';
}

/**
 * What the MAC of a command is made over (contract, MQTT): times are ISO 8601 UTC.
 */
export function signedText(command: {
  readonly id: string;
  readonly type: CommandType;
  readonly issuedAt: string;
  readonly expiresAt: string;
}): string {
  return `${command.id}.${command.type}.${command.issuedAt}.${command.expiresAt}`;
}

/** What the MAC of the count of a unit's restart codes is made over, in an order to stop. */
export const codesText = (id: string, used: number): string => `${id}.codes.${used}`;
