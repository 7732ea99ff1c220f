import { marketOf, marketRules } from '../markets.ts';
import { minorUnits, money, MOST_MONEY, type Currency, type Money } from '../money.ts';

/** What people call the money of a currency, before or behind an amount. */
const called: Readonly<Record<Currency, string>> = {
  UGX: 'UGX|USHS?|SHS?|SHILLINGS?',
  KES: 'KES|KSHS?|SHS?|SHILLINGS?|BOB',
  RWF: 'RWF|FRW|FRS?|FRANCS?',
};

/** Digits alone, or in groups of three from the first on, all parted by a comma or all by a blank; then cents. */
const written = /^(\d{1,13}|[1-9]\d{0,2}(?:([ ,])\d{3})(?:\2\d{3})*)(?:\.(\d{0,2})|(K))?$/;

/**
 * An amount as people type it on a phone: `20000`, `20,000`, `20 000/=`, `UGX 20000`, `ksh.500`, `5k`, `5000/= only`. Only
 * what the currency is paid in: nobody pays cents of a shilling.
 *
 * @returns null for what is none, for nothing, and for what may be read in two ways, such as `10,50` and `5.000`.
 */
export function amountTyped(text: string, currency: Currency): Money | null {
  const name = called[currency];
  const plain = text
    .toUpperCase()
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/ ?\bONLY[.!]?$/, '')
    .replace(new RegExp(`^(?:${name})\\b[. ]*|^(?:${name})(?=\\d)`), '')
    .replace(new RegExp(` ?(?:${name})\\.?$`), '')
    .replace(/ ?\/[=-]?$/, '');
  const [, whole = '', , part = '', thousands] = written.exec(plain) ?? [];
  if (whole === '') return null;
  const units = minorUnits(currency);
  const minor = Number(part.padEnd(2, '0')) * (units / 100);
  const major = Number(whole.replaceAll(/[ ,]/g, '')) * (thousands === undefined ? 1 : 1_000);
  const amount = major * units + minor;
  const { lineUnit } = marketRules(marketOf(currency));
  return amount % lineUnit === 0 && amount > 0 && amount <= MOST_MONEY ? money(amount, currency) : null;
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
