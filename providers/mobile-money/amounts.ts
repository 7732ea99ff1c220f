import { minorUnits, money, type Currency, type Money } from '#domain/money';

/** Major units as the providers write them: `1250000` UGX, `1250.50` KES, `1250` KES. Exact. */
export function toMajor({ amount, currency }: Money): string {
  const unit = minorUnits(currency);
  const whole = Math.trunc(amount / unit);
  const rest = amount % unit;
  return rest === 0 ? String(whole) : `${whole}.${String(rest).padStart(String(unit).length - 1, '0')}`;
}

/** The same of an announcement, which may part thousands: it is never believed, and the provider says what was paid. */
export function announcedAmount(wire: string, currency: Currency): Money | null {
  return fromMajor(/^\d{1,3}(,\d{3})+(\.\d+)?$/.test(wire) ? wire.replaceAll(',', '') : wire, currency);
}

/**
 * Reads an amount of major units, a number or a decimal string.
 *
 * @returns null when it is not a positive amount that the currency can express.
 */
export function fromMajor(wire: string | number, currency: Currency): Money | null {
  const [, whole, fraction = ''] = /^(\d{1,15})(?:\.(\d{1,6}))?$/.exec(String(wire).trim()) ?? [];
  if (whole === undefined) return null;
  const digits = String(minorUnits(currency)).length - 1;
  if (/[1-9]/.test(fraction.slice(digits))) return null;
  const minor = Number(whole + fraction.slice(0, digits).padEnd(digits, '0'));
  return Number.isSafeInteger(minor) && minor > 0 ? money(minor, currency) : null;
}
