import { formatMoney, type Money } from '../money.ts';
import type { Market } from '../markets.ts';
import type { Frequency } from '../vehicles/plan.ts';
import type { VehicleType } from '../vehicles/vehicle.ts';
import type { CreditConditions, CreditReason, CreditStatus, CreditTier } from './assessment.ts';

/** Kept with every assessment, so that an old decision is explained by the card that made it. */
export const SCORECARD_VERSION = '2026-01';

/** How the customer's identity was approved; null when it is not approved now. */
type IdentityFact = 'automated_check' | 'agent' | null;

/** How earlier leases of the customer went. */
export interface PaymentHistory {
  /** Lines that have fallen due, and how many of them were paid late or not at all. */
  readonly linesDue: number;
  readonly linesLate: number;
  /** Highest days past due of any lease, ever. */
  readonly worstDaysPastDue: number;
  readonly completedLeases: number;
  /** That run, or hold a vehicle before their handover. */
  readonly liveLeases: number;
  readonly repossessed: number;
  readonly writtenOff: number;
}

/** What is asked for; null for a score without an application. */
export interface PlanFact {
  readonly vehicleType: VehicleType;
  readonly frequency: Frequency;
  readonly instalment: Money;
  /** Percent of the price. */
  readonly depositPercent: number;
}

/** Everything the card looks at; stored with the assessment. Amounts are minor units of the market's currency. */
export interface CreditFacts {
  readonly identity: IdentityFact;
  /** An earlier submission looked forged, though a later one was approved. */
  readonly forgedBefore: boolean;
  /** A lease under another account with the same identity document was written off. */
  readonly writtenOffElsewhere: boolean;
  /** Kinds of documents that the vehicle needs and the approval lacks. */
  readonly missingDocuments: readonly string[];
  readonly market: Market;
  /** What the customer says to earn in a month; null when not stated. */
  readonly monthlyIncome: number | null;
  readonly history: PaymentHistory;
  readonly plan: PlanFact | null;
}

interface Assessment {
  readonly status: CreditStatus;
  /** 300 to 850. */
  readonly score: number;
  readonly tier: CreditTier;
  readonly reasons: readonly CreditReason[];
  readonly conditions: CreditConditions | null;
}

const BASE = 500;
const LOWEST = 300;
const HIGHEST = 850;
/** From these scores on; below C it is D. */
const tiers: readonly (readonly [CreditTier, number])[] = [
  ['A', 620],
  ['B', 550],
  ['C', 470],
];
/** Approved below this score only with a higher deposit. */
const CONDITIONAL_BELOW = 510;
const EXTRA_DEPOSIT_PERCENT = 10;
const HIGHEST_DEPOSIT_PERCENT = 90;
/** Of a known history: below this score it is declined, between this and tier C an agent decides. */
const DECLINED_BELOW = 400;
const REFERRED_LIVE_LEASES = 3;

/** The share of a stated income, in percent, above which an agent decides. */
const burdenLimit: Record<Market, number> = { UG: 50, KE: 50, RW: 50 };

/** Instalments in a mean month (365.25 days / 12). */
const perMonth: Record<Frequency, number> = { daily: 30.4375, weekly: 4.348, monthly: 1 };

/** One finding: a line of the card, and the most favourable outcome that it leaves open. */
interface Finding extends CreditReason {
  readonly atBest?: 'referred' | 'declined';
}

/**
 * The points scorecard: every factor is a line with its points and a sentence. Pure; the same facts give
 * the same answer. More income and a better history never make the score or the outcome worse. Who has
 * no history with us is never declined, only referred.
 */
export function assess(facts: CreditFacts): Assessment {
  const findings = [
    ...identityFindings(facts),
    ...burdenFindings(facts),
    ...depositFindings(facts),
    ...historyFindings(facts.history),
    ...liveLeaseFindings(facts.history),
  ];
  const points = findings.reduce((sum, finding) => sum + finding.points, BASE);
  const score = Math.min(HIGHEST, Math.max(LOWEST, points));
  const tier = tiers.find(([, from]) => score >= from)?.[0] ?? 'D';
  const status = outcome(score, tier, findings, hasHistory(facts.history));
  return {
    status,
    score,
    tier,
    reasons: findings.map(({ code, points, text }) => ({ code, points, text })),
    conditions: status === 'declined' || facts.plan === null ? null : conditionsOf(score, facts.plan),
  };
}

function outcome(score: number, tier: CreditTier, findings: readonly Finding[], known: boolean): CreditStatus {
  if (findings.some(({ atBest }) => atBest === 'declined') || (known && score < DECLINED_BELOW)) return 'declined';
  if (findings.some(({ atBest }) => atBest === 'referred') || tier === 'D') return 'referred';
  return 'approved';
}

function conditionsOf(score: number, plan: PlanFact): CreditConditions | null {
  if (score >= CONDITIONAL_BELOW || plan.depositPercent >= HIGHEST_DEPOSIT_PERCENT) return null;
  return { depositPercent: Math.min(HIGHEST_DEPOSIT_PERCENT, plan.depositPercent + EXTRA_DEPOSIT_PERCENT) };
}

function hasHistory({ linesDue, worstDaysPastDue, completedLeases, repossessed, writtenOff }: PaymentHistory): boolean {
  return [linesDue, worstDaysPastDue, completedLeases, repossessed, writtenOff].some((count) => count > 0);
}

function identityFindings({ identity, forgedBefore, writtenOffElsewhere, missingDocuments }: CreditFacts): Finding[] {
  const findings: Finding[] = [];
  if (identity === null) {
    findings.push({
      code: 'identity_not_approved',
      points: 0,
      text: 'Your identity is not confirmed yet.',
      atBest: 'referred',
    });
  } else if (identity === 'automated_check') {
    findings.push({
      code: 'identity_confirmed',
      points: 30,
      text: 'Your identity was confirmed with the national registry.',
    });
  } else {
    findings.push({ code: 'identity_seen', points: 20, text: 'Your identity was confirmed by an agent.' });
  }
  if (forgedBefore) {
    findings.push({
      code: 'documents_doubted',
      points: -40,
      text: 'An earlier document of yours could not be verified.',
      atBest: 'referred',
    });
  }
  if (writtenOffElsewhere) {
    findings.push({
      code: 'identity_written_off',
      points: -300,
      text: 'A lease with your identity document was written off.',
      atBest: 'declined',
    });
  }
  if (missingDocuments.length > 0) {
    const text = `For this vehicle we still need: ${missingDocuments.join(', ')}.`;
    findings.push({ code: 'documents_missing', points: 0, text, atBest: 'referred' });
  }
  return findings;
}

/** Points by the share of the income that the instalments take, in percent. */
const burdenPoints: readonly (readonly [upTo: number, points: number])[] = [
  [15, 60],
  [25, 40],
  [35, 20],
  [50, 0],
];
const HEAVY_BURDEN_POINTS = -40;

function burdenFindings({ plan, monthlyIncome, market }: CreditFacts): Finding[] {
  if (plan === null) return [];
  const monthly = plan.instalment.amount * perMonth[plan.frequency];
  const said = formatMoney({ amount: Math.ceil(monthly), currency: plan.instalment.currency });
  if (monthlyIncome === null) {
    const light = plan.vehicleType === 'motorcycle';
    const text = `The instalments are about ${said} a month; you have not told us your income.`;
    return [{ code: 'income_unknown', points: 0, text, ...(light ? {} : { atBest: 'referred' as const }) }];
  }
  const percent = monthlyIncome > 0 ? (100 * monthly) / monthlyIncome : Number.POSITIVE_INFINITY;
  const points = burdenPoints.find(([upTo]) => percent <= upTo)?.[1] ?? HEAVY_BURDEN_POINTS;
  const share = Number.isFinite(percent) ? `${Math.ceil(percent)} percent` : 'more than all';
  const text = `The instalments are about ${said} a month, ${share} of your income.`;
  const tooHeavy = percent > burdenLimit[market];
  return [
    {
      code: tooHeavy ? 'burden_too_heavy' : 'burden',
      points,
      text,
      ...(tooHeavy ? { atBest: 'referred' as const } : {}),
    },
  ];
}

function depositFindings({ plan }: CreditFacts): Finding[] {
  if (plan === null) return [];
  const { depositPercent } = plan;
  const points = depositPercent >= 30 ? 30 : depositPercent >= 20 ? 20 : depositPercent >= 10 ? 10 : 0;
  return [{ code: 'deposit', points, text: `You pay ${depositPercent} percent of the price at the start.` }];
}

/** Points by the worst days past due ever. */
const arrearsPoints: readonly (readonly [upTo: number, points: number])[] = [
  [0, 20],
  [7, 0],
  [30, -30],
  [60, -70],
];
const LONG_ARREARS_POINTS = -130;
/** A history of this many lines weighs in full; a shorter one in proportion. */
const FULL_HISTORY_LINES = 12;

function historyFindings(history: PaymentHistory): Finding[] {
  const { linesDue, linesLate, worstDaysPastDue, completedLeases, repossessed, writtenOff } = history;
  if (!hasHistory(history)) return [{ code: 'new_customer', points: 0, text: 'This is your first lease with us.' }];
  const findings: Finding[] = [];
  if (linesDue > 0) {
    const onTime = Math.max(0, linesDue - linesLate);
    const weight = Math.min(1, linesDue / FULL_HISTORY_LINES);
    const points = Math.round(weight * (120 * (onTime / linesDue) - 60));
    findings.push({ code: 'paid_on_time', points, text: `You paid ${onTime} of ${linesDue} instalments on time.` });
  }
  const arrears = arrearsPoints.find(([upTo]) => worstDaysPastDue <= upTo)?.[1] ?? LONG_ARREARS_POINTS;
  const late = worstDaysPastDue === 0 ? 'You were never late.' : `You were at most ${worstDaysPastDue} days late.`;
  findings.push({ code: 'worst_arrears', points: arrears, text: late });
  if (completedLeases > 0) {
    findings.push({
      code: 'completed',
      points: Math.min(80, 40 * completedLeases),
      text: `You completed ${completedLeases} lease(s).`,
    });
  }
  if (repossessed > 0) {
    findings.push({
      code: 'repossessed',
      points: -100,
      text: 'A vehicle had to be taken back from you.',
      atBest: 'referred',
    });
  }
  if (writtenOff > 0) {
    findings.push({ code: 'written_off', points: -300, text: 'An earlier lease was written off.', atBest: 'declined' });
  }
  return findings;
}

function liveLeaseFindings({ liveLeases }: PaymentHistory): Finding[] {
  if (liveLeases === 0) return [];
  const text = `You have ${liveLeases} other vehicle(s), or they are held for you.`;
  const many = liveLeases >= REFERRED_LIVE_LEASES;
  return [
    {
      code: 'other_leases',
      points: -20 * Math.min(liveLeases, 5),
      text,
      ...(many ? { atBest: 'referred' as const } : {}),
    },
  ];
}
