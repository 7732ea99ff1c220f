import type { Channel } from './channels.ts';
import type { Market } from '../markets.ts';
import type { Message } from './messages.ts';
import type { Said } from './sayings.ts';

/** What is told: a text of a lease or a ticket, a login code, or several of them in one. */
export type Kind = Message['template'] | Said['template'];

/** What is on record as told: also what answers a text at once. */
export type Told = Kind | 'reply';

/** What comes back to a phone from which somebody asked. */
export const comingBack = 'answer' satisfies Kind;

/**
 * Whether it is said to somebody who asked from a phone: it comes back there, whatever he prefers, after STOP too, and not in
 * a digest. It has no cap, and counts in none: he may have no app, and it is bounded by what he asks.
 */
export const comesBack = (of: { readonly template: string; readonly answersAt: Date | null }): boolean =>
  of.template === comingBack && of.answersAt !== null;

const ofTickets: readonly Kind[] = ['answered', 'answer', 'answer_awaited', 'unanswered'];
/** Whether it is said of a ticket: it is its customer's, whoever has by now the lease that the ticket is about. */
export const isOfTicket = (kind: string): boolean => ofTickets.some((one) => one === kind);

/** What reaches for a person; what is `in_app` waits to be read. */
export const outbound = ['sms', 'email', 'push'] as const satisfies readonly Channel[];
export type Outbound = (typeof outbound)[number];

/**
 * What nobody is told more often of one lease, or of none, in one local day of his, by whatever channel; what is beyond is
 * found in the app. A second lease has its own: who has no app hears of both. Legal notices, login codes and codes for a
 * vehicle have none.
 */
const capsByKind: Readonly<Partial<Record<Told, number>>> = {
  reminder: 1,
  prompt_declined: 2,
  wrong_pin: 2,
  other_method: 2,
};
const USUAL_CAP = 5;
/** All kinds and leases together: nobody is flooded, however many he has. */
export const MOST_A_DAY = 12;

export const capOf = (kind: Told): number => capsByKind[kind] ?? USUAL_CAP;

/** How many texts of his one phone has answered by SMS at most, within so many milliseconds: two machines would not stop. */
export const replyLimits = [
  { within: 60_000, most: 30 },
  { within: 24 * 3_600_000, most: 100 },
] as const;

/** What an SMS costs for each segment, in minor units of the market's currency, as agreed with the gateway. */
export const segmentPrices: Readonly<Record<Market, number>> = { UG: 35, KE: 80, RW: 12 };

/** What SMS may cost in one local day, in minor units: beyond it only legal notices and login codes are sent by SMS. */
export const dailyCeilings: Readonly<Record<Market, number>> = { UG: 1_500_000, KE: 4_000_000, RW: 500_000 };

/** Milliseconds over which that is spread which waits for the same hour: thousands at once would hold up whatever is collected then. */
export const SPREAD = 5 * 60_000;

/** Local hour at which a digest is sent. */
export const DIGEST_HOUR = 8;

/** Milliseconds for which a channel may fail, with nothing that it took between, before it is switched off and somebody is told. */
export const CHANNEL_PATIENCE = 24 * 3_600_000;

/** What it has to have failed for since: single failures, and what fails for one person alone, say nothing of a channel. */
export const ENOUGH_FAILED = { notifications: 5, people: 2 } as const;
