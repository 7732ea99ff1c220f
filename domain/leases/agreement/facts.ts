import type { LocalDate } from '../../calendar.ts';
import type { Market } from '../../markets.ts';
import type { spoken } from '../../phrase.ts';
import type { KeyFacts } from '../key-facts.ts';
import type { ScheduleLine } from '../position.ts';

/**
 * `agreement`: of a lease that begins. `amendment`: of one that goes on with another vehicle, price and schedule. `takeover`:
 * of whoever takes a lease over as it is. `guarantee`: of whoever answers for one.
 */
export const agreementKinds = ['agreement', 'amendment', 'takeover', 'guarantee'] as const;
export type AgreementKind = (typeof agreementKinds)[number];
/**
 * What becomes of what was signed. `in_effect`: the vehicle was handed over by it, the lease made over, or somebody answers for
 * a lease that runs. `void`: it never came about, since what it was of ended, or another one was signed instead.
 */
export const agreementOutcomes = ['in_effect', 'void'] as const;
export type AgreementOutcome = (typeof agreementOutcomes)[number];
export type AgreementLanguage = (typeof spoken)[number];

/** How a signer proved that he has his phone in his hand, and by which channel what proved it came. */
export interface SignatureProof {
  /** `code`: one that is good for these terms alone. `login`: the one that his session began with, a moment ago. */
  readonly by: 'code' | 'login' | 'pin';
  readonly channel: 'sms' | 'ussd';
}

interface NamedVehicle {
  readonly make: string;
  readonly model: string;
  readonly year: number;
  readonly registration: string;
  readonly vin: string;
}

/** Consecutive instalments of the same amount; the days are those of a handover on the day of the draft. */
export interface LineGroup {
  readonly from: number;
  readonly to: number;
  /** Of each, minor units. */
  readonly amount: number;
  readonly firstOn: LocalDate;
  readonly lastOn: LocalDate;
}

/** What an exchange of vehicles does with the lease that is left. Minor units. */
interface ExchangeTerms {
  readonly reference: string;
  readonly vehicle: NamedVehicle;
  readonly tradeIn: number;
  /** At most. */
  readonly settlement: number;
  /** What goes to whoever has paid a part of the price of the vehicle that is given back. */
  readonly subsidy: number;
  readonly ahead: number;
  readonly payout: number;
}

interface Party {
  readonly name: string;
  readonly phone: string;
}

/** What each of them says. */
interface Said {
  readonly market: Market;
  /** Of the lease; null where it begins with the swap and has none yet. */
  readonly reference: string | null;
  /** Who signs it. */
  readonly customer: Party;
  readonly draftedOn: LocalDate;
}

/** What a lease is, as whoever has it signs it. */
interface Leased extends Said {
  readonly vehicle: NamedVehicle;
  readonly plan: string;
  readonly keyFacts: KeyFacts;
  readonly lines: readonly LineGroup[];
  /** Which law a vehicle is stopped by; null where none is entered. */
  readonly stopSource: string | null;
}

/** The terms of a lease that begins. */
export interface AgreementTerms extends Leased {
  readonly kind: 'agreement' | 'amendment';
  readonly exchange: ExchangeTerms | null;
}

/** A lease that runs, as somebody else takes it over: the lines are those of it that are not paid. Minor units. */
export interface TakeoverTerms extends Leased {
  readonly kind: 'takeover';
  readonly reference: string;
  /** As they were agreed on. */
  readonly deposit: number;
  readonly total: number;
  readonly paid: number;
  readonly outstanding: number;
  /** Its customer has died, and it is still until it is made over. */
  readonly isEstate: boolean;
}

/** What somebody answers for. Minor units. */
export interface GuaranteeTerms extends Said {
  readonly kind: 'guarantee';
  readonly reference: string;
  /** Whose lease it is: who has him asked. */
  readonly of: string;
  readonly deposit: number;
  readonly total: number;
  readonly cap: number;
  /** When he is called upon, and how often for one unpaid day. */
  readonly calledAfterDays: number;
  readonly calledEveryDays: number;
  readonly mostCalls: number;
}

/** All that a document says, frozen: the same facts by the same template in the same language are the same bytes. */
export type AgreementFacts = AgreementTerms | TakeoverTerms | GuaranteeTerms;

/**
 * The sums that a document binds its signer to. Minor units.
 *
 * @returns liability: the most that he owes by it who takes over what is begun, or answers for it; null of a lease that begins
 */
export function sumsOf(facts: AgreementFacts) {
  const isBegun = facts.kind === 'takeover' || facts.kind === 'guarantee';
  const { deposit, total } = isBegun ? facts : facts.keyFacts;
  if (!isBegun) return { deposit, total, liability: null };
  return { deposit, total, liability: facts.kind === 'takeover' ? facts.outstanding : facts.cap };
}

/** Lines in groups of one amount: a schedule of years is a table of some rows, to the unit. */
export function groupsOf(lines: readonly ScheduleLine[]): LineGroup[] {
  const groups: LineGroup[] = [];
  for (const { number, amount, dueOn } of lines) {
    const last = groups.at(-1);
    if (last?.amount === amount) groups[groups.length - 1] = { ...last, to: number, lastOn: dueOn };
    else groups.push({ from: number, to: number, amount, firstOn: dueOn, lastOn: dueOn });
  }
  return groups;
}
