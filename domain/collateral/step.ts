import { addDays, type LocalDate } from '../calendar.ts';
import type { LeaseStatus } from '../leases/status.ts';
import type { Market } from '../markets.ts';

/** What is done at a public register for a lease; the last two are owed to the customer. */
export const stepKinds = ['registration', 'amendment', 'discharge', 'title'] as const;
export type StepKind = (typeof stepKinds)[number];
/** What waits while money that has paid for the vehicle is in dispute. */
export const isOwedToCustomer = (kind: StepKind): boolean => kind === 'discharge' || kind === 'title';

/** `dropped`: nothing has to be done any more. */
export const stepStatuses = ['open', 'done', 'dropped'] as const;
export type StepStatus = (typeof stepStatuses)[number];

interface Term {
  readonly register: string;
  /** Local days until which it has to be done. */
  readonly days: number;
  /** What the days count from: the signature under the agreement, or what the step comes of. */
  readonly from: 'signature' | 'cause';
  /** Where the step comes from. */
  readonly law: string;
  /** False where no law that was read says in how many days: the house's own term. */
  readonly isTermOfLaw: boolean;
}

const OWN_DAYS = 14;
const own = (register: string, law: string, days = OWN_DAYS): Term => ({
  register,
  days,
  from: 'cause',
  law,
  isTermOfLaw: false,
});
const ofLaw = (register: string, law: string, days: number, from: Term['from'] = 'cause'): Term => ({
  register,
  days,
  from,
  law,
  isTermOfLaw: true,
});

const simpo = 'Security Interest in Movable Property Registry (URSB)';
const simpa = 'Security Interest in Movable Property Act, 2019 (Act 8 of 2019)';
const brs = 'collateral registry (Business Registration Service)';
const mpsra = 'Movable Property Security Rights Act, 2017 (No. 13 of 2017)';
const rdb = 'finance lease registry of the Registrar General (RDB)';
const instructions = 'Instructions of the Registrar General 1 of 2021, under Law 41 bis/2014 on finance lease';

/**
 * The steps of each market, with where they come from, read on 2026-11-29: ulii.org/akn/ug/act/2019/8,
 * kenyalaw.org CAP. 507, Traffic Act CAP. 403 s. 9, rwandalii.org/akn/rw/act/rg/2021/1, and newtimes.co.rw on the road
 * traffic law of January 2026, which gives 90 days.
 */
export const terms: Readonly<Record<Market, Readonly<Record<StepKind, Term>>>> = {
  UG: {
    registration: own(simpo, `${simpa}, Part IV: initial notice`),
    amendment: own(simpo, `${simpa}, Part IV: amendment notice`),
    discharge: own(simpo, `${simpa}, s. 26: notice of discharge`),
    title: own(
      'motor vehicle register',
      'Traffic and Road Safety Act, 1998 (Cap. 361), s. 31: notice of change of ownership',
    ),
  },
  KE: {
    registration: ofLaw('Registrar of Hire-Purchase Agreements', 'Hire-Purchase Act (Cap. 507), s. 5', 30, 'signature'),
    amendment: own(brs, `${mpsra}, Part IV: amendment notice`),
    discharge: own(brs, `${mpsra}, Part IV: cancellation notice`),
    title: ofLaw('NTSA', 'Traffic Act (Cap. 403), s. 9 (2)', 7),
  },
  RW: {
    registration: ofLaw(rdb, `${instructions}, art. 4`, 30, 'signature'),
    amendment: own(rdb, `${instructions}, art. 2: amendment`),
    discharge: own(rdb, `${instructions}, art. 2: deregistration`),
    title: own('vehicle register (RRA)', 'road traffic law of 2026, which gives 90 days', 30),
  },
};

interface Cause {
  readonly market: Market;
  /** Local days of the market, on the clock of the lease. */
  readonly today: LocalDate;
  readonly signedOn: LocalDate | null;
}

/** The last local day on which a step may be done. */
export function dueOf(kind: StepKind, { market, today, signedOn }: Cause): LocalDate {
  const { days, from } = terms[market][kind];
  return addDays(from === 'signature' && signedOn !== null ? signedOn : today, days);
}

/**
 * What has to be done once a lease has ended, where its registration is done or not. What was written off is still owed, and
 * the interest stands. Before the handover there is none.
 */
export function stepsAtEnd(status: LeaseStatus, isRegistered: boolean): readonly StepKind[] {
  switch (status) {
    case 'completed':
    case 'settled_early':
      return isRegistered ? ['discharge', 'title'] : ['title'];
    case 'upgraded':
    case 'returned':
    case 'repossessed':
    case 'total_loss':
      return isRegistered ? ['discharge'] : [];
    default:
      return [];
  }
}

/** True where nobody has to register anything of a lease any more. */
export const isUnregistered = (status: LeaseStatus): boolean => stepsAtEnd(status, true).length > 0;

/** Days after which a step that is still not done is a case again, when somebody has closed the one before. */
export const TOLD_AGAIN_DAYS = 7;
