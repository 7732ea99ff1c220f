/** Currencies the simulated providers know; EUR is what MTN's sandbox takes. */
const currencies = ['UGX', 'RWF', 'KES', 'EUR'] as const;
export type Currency = (typeof currencies)[number];

const decimals: Record<Currency, number> = { UGX: 0, RWF: 0, KES: 2, EUR: 2 };

/**
 * Reads an amount as providers send it (major units, a number or a string) into minor units.
 *
 * @returns undefined when it is not a positive amount that the currency can express.
 */
export function toMinor(wire: string | number, currency: Currency): number | undefined {
  const match = /^(\d{1,13})(?:\.(\d{1,6}))?$/.exec(String(wire));
  if (!match) return undefined;
  const fraction = (match[2] ?? '').padEnd(decimals[currency], '0');
  if (/[^0]/.test(fraction.slice(decimals[currency]))) return undefined;
  const minor = Number(`${match[1]}${fraction.slice(0, decimals[currency])}`);
  return minor > 0 && Number.isSafeInteger(minor) ? minor : undefined;
}

/** Minor units as providers write them: `1000`, and `12.50` only where there is a fraction. */
export function toWire(minor: number, currency: Currency): string {
  const unit = 10 ** decimals[currency];
  return minor % unit === 0 ? String(minor / unit) : (minor / unit).toFixed(decimals[currency]);
}

/** Half of an amount, rounded down to whole major units: what a callback names that lies about it. */
export function smaller(minor: number, currency: Currency): number {
  const unit = 10 ** decimals[currency];
  return Math.floor(minor / 2 / unit) * unit;
}
