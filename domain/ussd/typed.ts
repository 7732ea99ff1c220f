import { minorUnits, money, MOST_MONEY, type Currency, type Money } from '../money.ts';

/**
 * An amount as people type it on a phone: `20000`, `20,000`, `20 000/=`, `UGX 20000`, and in Kenya `200.50`.
 *
 * @returns null for what is none, or nothing.
 */
export function amountTyped(text: string, currency: Currency): Money | null {
  const plain = text
    .toUpperCase()
    .replace(currency, '')
    .replace(/\/[=-]?$/, '')
    .replaceAll(/[\s,]/g, '');
  const [, whole = '', part = ''] = /^(\d{1,13})(?:\.(\d{1,2}))?$/.exec(plain) ?? [];
  if (whole === '') return null;
  const units = minorUnits(currency);
  const minor = Number(part.padEnd(2, '0')) * (units / 100);
  const amount = Number(whole) * units + minor;
  return Number.isSafeInteger(amount) && amount > 0 && amount <= MOST_MONEY ? money(amount, currency) : null;
}

/** A name as people type it, without what no screen shows; null for what is none. */
export function nameTyped(text: string): string | null {
  const name = text
    .replaceAll(/[\p{Cc}\p{Cs}]/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return name.length >= 2 && name.length <= 60 && /\p{L}/u.test(name) ? name : null;
}

/** A number of days, 1 to `most`; null for anything else. */
export function daysTyped(text: string, most: number): number | null {
  const days = /^\d{1,3}$/.test(text.trim()) ? Number(text) : 0;
  return days >= 1 && days <= most ? days : null;
}

/** Four digits that are neither all the same nor in a row nor a year of birth; null for anything else. */
export function pinChosen(text: string): string | null {
  const pin = text.trim();
  if (!isPin(pin) || /^(\d)\1{3}$/.test(pin) || /^(19|20)\d\d$/.test(pin)) return null;
  return '0123456789012'.includes(pin) || '9876543210987'.includes(pin) ? null : pin;
}

export const isPin = (text: string): boolean => /^\d{4}$/.test(text.trim());

/** At most so many characters of it, the last of them a full stop where something is cut off. */
export function clipped(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}.`;
}

/** `2026-12-31` as people write it: 31/12/2026. */
export const dayShown = (day: string): string => day.split('-').toReversed().join('/');
