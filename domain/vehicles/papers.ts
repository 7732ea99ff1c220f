import { daysBetween, type LocalDate } from '../calendar.ts';
import type { Market } from '../markets.ts';

/** Papers of a vehicle, of which a file is kept. */
export const paperKinds = [
  'logbook',
  'insurance',
  'inspection_certificate',
  'import_papers',
  'purchase_invoice',
  'other',
] as const;
export type PaperKind = (typeof paperKinds)[number];

/** What whoever drives it has to show on the road, and therefore may read: the others are the lender's. */
export const carriedKinds: readonly PaperKind[] = ['logbook', 'insurance', 'inspection_certificate'];

/**
 * What must be valid where a vehicle is handed over. Third-party cover is compulsory on the road by Uganda's Motor Vehicle
 * Insurance (Third Party Risks) Act (Cap. 214, s. 2), Kenya's Insurance (Motor Vehicles Third Party Risks) Act (Cap. 405,
 * s. 4) and Rwanda's Law 41/2001.
 */
const neededOnTheRoad: Readonly<Record<Market, readonly PaperKind[]>> = {
  UG: ['insurance'],
  KE: ['insurance'],
  RW: ['insurance'],
};

/** Whether a vehicle may not be handed over without one of the kind. */
export const isNeeded = (market: Market, kind: PaperKind): boolean => neededOnTheRoad[market].includes(kind);

/** For how long a paper is valid; both days belong to it, null is without an end. */
interface Validity {
  readonly kind: PaperKind;
  readonly validFrom: LocalDate | null;
  readonly validUntil: LocalDate | null;
}

/** True on every day on which a paper is valid. */
export const isValidOn = ({ validFrom, validUntil }: Validity, day: LocalDate): boolean =>
  (validFrom === null || validFrom <= day) && (validUntil === null || validUntil >= day);

/**
 * What a vehicle needs on the road and had, and is not valid on that day. What was never handed in does not count: its
 * lender keeps it elsewhere.
 */
export function lapsedKinds(market: Market, papers: readonly Validity[], day: LocalDate): readonly PaperKind[] {
  return neededOnTheRoad[market].filter((kind) => {
    const own = papers.filter((paper) => paper.kind === kind);
    return own.length > 0 && !own.some((paper) => isValidOn(paper, day));
  });
}

/** Days before the last valid one on which somebody is told that a paper lapses: time to ask for offers, to pay, and the last. */
export const LAPSE_NOTICES = [30, 7, 0] as const;

/** Which of the notices is due on a day: the last one that was reached, or null before the first. */
export function lapseNotice(validUntil: LocalDate, day: LocalDate): number | null {
  const left = daysBetween(day, validUntil);
  return LAPSE_NOTICES.findLast((notice) => left <= notice) ?? null;
}
