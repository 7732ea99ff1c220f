import type { LocalDate } from '../../calendar.ts';
import type { Market } from '../../markets.ts';
import type { spoken } from '../../phrase.ts';
import type { KeyFacts } from '../key-facts.ts';
import type { ScheduleLine } from '../position.ts';

/** `agreement`: of a lease that begins. `amendment`: of one that goes on with another vehicle, price and schedule. */
export const agreementKinds = ['agreement', 'amendment'] as const;
export type AgreementKind = (typeof agreementKinds)[number];
/**
 * What becomes of what was signed. `in_effect`: the vehicle was handed over by it. `void`: it never came about, since the
 * application or the exchange ended, or another one was signed instead.
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

/** All that an agreement says, frozen: the same facts by the same template in the same language are the same bytes. */
export interface AgreementFacts {
  readonly kind: AgreementKind;
  readonly market: Market;
  /** Of the lease; null where it begins with the swap and has none yet. */
  readonly reference: string | null;
  readonly customer: { readonly name: string; readonly phone: string };
  readonly vehicle: NamedVehicle;
  readonly plan: string;
  readonly draftedOn: LocalDate;
  readonly keyFacts: KeyFacts;
  readonly lines: readonly LineGroup[];
  /** Which law a vehicle is stopped by; null where none is entered. */
  readonly stopSource: string | null;
  readonly exchange: ExchangeTerms | null;
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
