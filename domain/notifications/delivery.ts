import { addDays, instantOf, localDateAt } from '../calendar.ts';
import type { Market } from '../markets.ts';
import { AT_IT_MS, ringsAt, type QuietHours } from '../quiet-hours.ts';
import type { Channel } from './channels.ts';
import { DIGEST_HOUR, outbound, type Outbound } from './rules.ts';

/**
 * What became of handing a notification to a channel. `sending`: nobody has written down yet how it went; `in_doubt`: nobody
 * knows, so that it is never sent again; `not_taken`: surely not taken, may be tried again; `refused`: this address takes
 * none; `undelivered`: taken, and the channel says later that it did not arrive.
 */
const tryStates = ['sending', 'taken', 'delivered', 'not_taken', 'refused', 'undelivered', 'in_doubt'] as const;
export type TryState = (typeof tryStates)[number];

/** One channel's tries of one notification. Instants are epoch milliseconds. */
interface Tried {
  readonly channel: Outbound;
  readonly state: TryState;
  readonly tries: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** How urgent it is: `now` rings at any hour; `answer` in the night in which the customer asked; `day` never at night. */
export type Urgency = 'now' | 'answer' | 'day';

/** All that decides what is next for a notification. Instants are epoch milliseconds on one clock. */
export interface DeliveryFacts {
  readonly now: number;
  readonly market: Market;
  readonly quiet: QuietHours | null;
  readonly urgency: Urgency;
  /** When the customer did what it answers. */
  readonly asked: number;
  /** It ignores what the customer prefers, STOP, caps and ceilings. */
  readonly isLegal: boolean;
  /** How the customer wants to be reached, the first first. */
  readonly preferred: readonly Channel[];
  /** Where he can be reached at all: an address that has bounced is none. */
  readonly reachable: ReadonlySet<Outbound>;
  /** Where he wants nothing, after STOP. */
  readonly suppressed: ReadonlySet<Outbound>;
  /** What is switched off, or has used up its money. */
  readonly off: ReadonlySet<Outbound>;
  readonly isCapped: boolean;
  readonly isDigest: boolean;
  /** When it is worth nothing any more; null for what keeps. */
  readonly expiresAt: number | null;
  readonly tried: readonly Tried[];
}

/** Why nobody could be reached. */
const deadReasons = ['in_doubt', 'expired', 'refused', 'undelivered', 'no_answer', 'no_channel'] as const;
export type DeadReason = (typeof deadReasons)[number];
/** Why something was not told; `overtaken`: there was no reason any more, and nobody has to do anything about it. */
export const untoldReasons = [...deadReasons, 'overtaken'] as const;
export type UntoldReason = (typeof untoldReasons)[number];

export type DeliveryStep =
  | { readonly do: 'wait'; readonly until: number; readonly for: 'morning' | 'digest' | 'next_try' | 'answer' }
  | { readonly do: 'send'; readonly channel: Outbound }
  /** It is there to be read, and that is enough. */
  | { readonly do: 'keep' }
  | { readonly do: 'done'; readonly channel: Outbound }
  | { readonly do: 'give_up'; readonly reason: DeadReason };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** For so long a channel that takes nothing is tried while another one is left, where it is urgent too, and the last one. */
const PATIENCE = HOUR;
const URGENT_PATIENCE = MINUTE;
const LAST_PATIENCE = 24 * HOUR;
const LONGEST_PAUSE = 15 * MINUTE;
/** A try of which nobody has written down after so long how it went was cut off. */
const CUT_OFF = 2 * MINUTE;

const over: ReadonlySet<TryState> = new Set(['refused', 'undelivered']);

/** Milliseconds between two tries of one channel: half a minute, doubled each time. */
const pauseAfter = (tries: number) => Math.min(LONGEST_PAUSE, 15_000 * 2 ** Math.min(tries, 10));

/** The channels of a notification in the order in which they are tried: a legal notice goes wherever he can be reached. */
function channelsOf({ isLegal, preferred }: Pick<DeliveryFacts, 'isLegal' | 'preferred'>): readonly Channel[] {
  if (!isLegal) return preferred;
  const wished = preferred.filter((channel) => channel !== 'in_app' && channel !== 'sms');
  return ['sms', ...wished, ...outbound.filter((channel) => channel !== 'sms' && !wished.includes(channel))];
}

/**
 * What is next for a notification: one state machine, asked again after each step and whenever something was told. It
 * hands a notification to a second channel only where the first surely has not delivered it.
 */
export function nextDeliveryStep(facts: DeliveryFacts): DeliveryStep {
  const { now, tried, isLegal } = facts;
  for (const { state, channel, lastAt } of tried) {
    if (state === 'taken' || state === 'delivered') return { do: 'done', channel };
    if (state === 'in_doubt') return { do: 'give_up', reason: 'in_doubt' };
    if (state === 'sending')
      return now < lastAt + CUT_OFF
        ? { do: 'wait', until: lastAt + CUT_OFF, for: 'answer' }
        : { do: 'give_up', reason: 'in_doubt' };
  }
  if (facts.expiresAt !== null && now >= facts.expiresAt) return { do: 'give_up', reason: 'expired' };
  const order = channelsOf(facts);
  if (facts.isDigest) {
    const until = digestAt(facts.asked, facts.market);
    if (now < until) return { do: 'wait', until, for: 'digest' };
  }
  const left = channelsLeft(facts, order);
  const [channel] = left;
  // What he wishes to find in the app before other channels is there.
  if (channel === undefined || channel === 'in_app')
    return !isLegal && order.includes('in_app') ? { do: 'keep' } : giveUp(facts);
  const rings = isAtIt(facts) ? now : ringsAt(now, askedOf(facts), facts.quiet, facts.market);
  if (rings > now) return { do: 'wait', until: rings, for: 'morning' };
  // On the day on which it would ring nothing more is to reach for him: he finds it in the app.
  if (facts.isCapped) return { do: 'keep' };
  const before = tried.find((one) => one.channel === channel);
  const next = before === undefined ? now : before.lastAt + pauseAfter(before.tries);
  return next > now ? { do: 'wait', until: next, for: 'next_try' } : { do: 'send', channel };
}

/** He has the phone in his hand: he waits for a code, or did what it answers a while ago, though quiet hours began meanwhile. */
const isAtIt = ({ now, urgency, asked }: DeliveryFacts) =>
  urgency === 'now' || (urgency === 'answer' && now - asked < AT_IT_MS);

const askedOf = ({ urgency, asked }: DeliveryFacts) => (urgency === 'answer' ? asked : null);

/** The next digest hour at or after an instant. */
export function digestAt(instant: number, market: Market): number {
  const today = localDateAt(instant, market);
  const at = instantOf(today, DIGEST_HOUR, market);
  return at >= instant ? at : instantOf(addDays(today, 1), DIGEST_HOUR, market);
}

/** Those that may still deliver it, in their order. */
function channelsLeft(facts: DeliveryFacts, order: readonly Channel[]): readonly Channel[] {
  const { reachable, suppressed, off, isLegal, urgency } = facts;
  const isForced = isLegal || urgency === 'now';
  const usable = order.filter(
    (channel) =>
      channel === 'in_app' || (reachable.has(channel) && (isForced || (!suppressed.has(channel) && !off.has(channel)))),
  );
  return usable.filter(
    (channel, i) =>
      channel === 'in_app' ||
      !isSpent(
        facts,
        channel,
        usable.slice(i + 1).every((other) => other === 'in_app' || isOver(facts, other)),
      ),
  );
}

const isOver = ({ tried }: DeliveryFacts, channel: Outbound) =>
  tried.some((one) => one.channel === channel && over.has(one.state));

/** A channel that has refused it, or has taken nothing for too long. @param isLast nothing else reaches for him */
function isSpent({ tried, now, urgency }: DeliveryFacts, channel: Outbound, isLast: boolean): boolean {
  const before = tried.find((one) => one.channel === channel);
  if (before === undefined) return false;
  const patience = isLast ? LAST_PATIENCE : urgency === 'now' ? URGENT_PATIENCE : PATIENCE;
  return over.has(before.state) || now - before.firstAt > patience;
}

/** Nobody could be reached: the reason is the last channel's. */
function giveUp({ tried }: DeliveryFacts): DeliveryStep {
  const last = tried.toSorted((one, other) => one.lastAt - other.lastAt).at(-1)?.state;
  const reason: DeadReason =
    last === 'refused' || last === 'undelivered' ? last : last === 'not_taken' ? 'no_answer' : 'no_channel';
  return { do: 'give_up', reason };
}
