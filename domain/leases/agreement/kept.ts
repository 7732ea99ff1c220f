import { markets, type Market } from '../../markets.ts';

interface Term {
  /** Years after the lease has ended. */
  readonly years: number;
  /** What asks for it: for so long one may sue on a contract. */
  readonly law: string;
  /** False where no law that was read says how long: the house's own term. */
  readonly isTermOfLaw: boolean;
}

/**
 * How long the paper of a lease is kept after its end, though who signed it was erased: as long as either may sue by it. Read
 * on 2026-11-29: wakilii.org on the Limitation Act of Uganda, lawguide.co.ke on the Limitation of Actions Act of Kenya.
 */
const keptAfterEnd: Readonly<Record<Market, Term>> = {
  UG: { years: 6, law: 'Limitation Act (Cap. 290), s. 3 (1) (a): contracts', isTermOfLaw: true },
  KE: { years: 6, law: 'Limitation of Actions Act (Cap. 22), s. 4 (1) (a): contracts', isTermOfLaw: true },
  RW: { years: 6, law: 'no law that was read: as its neighbours', isTermOfLaw: false },
};

/** By market: the papers of leases that have ended before then are kept no longer for whoever was erased. */
export const keptSince = (at: Date): readonly (readonly [Market, Date])[] =>
  markets.map((market) => {
    const since = new Date(at);
    since.setUTCFullYear(since.getUTCFullYear() - keptAfterEnd[market].years);
    return [market, since];
  });
