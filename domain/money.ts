/**
 * Money: an integer of ISO 4217 minor units and its currency. UGX and RWF have no minor unit, so
 * 1,250,000 is 1,250,000 shillings; KES has two decimals, so 125,000 is 1,250.00 shillings.
 */
export const currencies = ['UGX', 'KES', 'RWF'] as const;
export type Currency = (typeof currencies)[number];

export interface Money {
  /** Minor units; always a safe integer. */
  readonly amount: number;
  readonly currency: Currency;
}

/** Minor units that anything may cost: all that is ever made of it by adding and by percentages stays exact. */
export const MOST_MONEY = 1_000_000_000_000;

const decimals: Record<Currency, number> = { UGX: 0, KES: 2, RWF: 0 };

/** @throws RangeError when `amount` is not a safe integer. */
export function money(amount: number, currency: Currency): Money {
  return { amount: exact(amount), currency };
}

/** @throws RangeError when `amount` is not a safe integer: money is exact or it is nothing. */
export function exact(amount: number): number {
  if (!Number.isSafeInteger(amount)) throw new RangeError(`${amount} is not a whole number of minor units`);
  return amount;
}

/** Minor units in one major unit: 100 for KES, 1 for UGX and RWF. */
export function minorUnits(currency: Currency): number {
  return 10 ** decimals[currency];
}

/** `1,250,000 UGX` or `1,250.00 KES`, for people. */
export function formatMoney({ amount, currency }: Money): string {
  const digits = decimals[currency];
  const [whole = '0', fraction] = (Math.abs(amount) / 10 ** digits).toFixed(digits).split('.');
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return `${amount < 0 ? '-' : ''}${grouped}${fraction === undefined ? '' : `.${fraction}`} ${currency}`;
}

/** `1250000` UGX or `1250.00` KES: a decimal of the currency's major unit, for machines. */
export function decimalOf({ amount, currency }: Money): string {
  const digits = decimals[currency];
  const text = String(Math.abs(amount)).padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  return `${amount < 0 ? '-' : ''}${whole}${digits === 0 ? '' : `.${text.slice(-digits)}`}`;
}

/**
 * Splits `total` over `weights` in whole `unit`s, with nothing lost: the remainder goes to the first
 * parts, one unit each (largest remainder would need fractions; an instalment plan wants equal lines).
 *
 * @throws RangeError when the weights sum to zero or `total` is no multiple of `unit`.
 */
export function split(total: number, weights: readonly number[], unit = 1): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  if (sum <= 0) throw new RangeError('the weights must sum to more than zero');
  if (total % unit !== 0) throw new RangeError(`${total} is not a multiple of ${unit}`);
  const units = BigInt(total / unit);
  const parts = weights.map((weight) => Number((units * BigInt(weight)) / BigInt(sum)) * unit);
  let rest = total - parts.reduce((a, b) => a + b, 0);
  for (let i = 0; rest > 0; i = (i + 1) % parts.length) {
    if (weights[i] === 0) continue;
    parts[i] = (parts[i] ?? 0) + unit;
    rest -= unit;
  }
  return parts;
}
