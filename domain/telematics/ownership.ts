import type { Market } from '../markets.ts';

/**
 * Days for which it is still known where a vehicle was, after it became its customer's own: as long as he, or we, may
 * ask about the last of what was owed. No longer than is needed, say the laws on personal data: Uganda's of 2019
 * (section 18), Kenya's of 2019 (section 39), Rwanda's 058/2021.
 */
export const daysAfterOwnership: Readonly<Record<Market, number>> = { UG: 30, KE: 30, RW: 30 };
