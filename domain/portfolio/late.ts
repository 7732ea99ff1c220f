/** Days past due from which on a lease's outstanding is at risk: PAR 1, 7, 30, 90. */
export const riskDays = [1, 7, 30, 90] as const;

/** How late a lease is: not at all, or the last of these days that it has reached. */
export type LateFrom = 0 | (typeof riskDays)[number];

/** `part` of `whole` in hundredths of a percent, to the nearest one; 0 of nothing. Both are minor units or counts. */
export function basisPoints(part: number, whole: number): number {
  if (whole <= 0) return 0;
  return Number((BigInt(part) * 20_000n + BigInt(whole)) / (2n * BigInt(whole)));
}
