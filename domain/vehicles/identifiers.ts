import { Problem, type FieldError } from '../errors.ts';
import type { Market } from '../markets.ts';

/** Letters and digits alone, in capitals. */
const bare = (text: string) => text.toUpperCase().replaceAll(/[\s-]/g, '');

/**
 * A VIN in its one form, or the number of a frame: what vehicles have that were made for countries without VINs, and old
 * motorcycles. A check digit is North America's alone, and frames of 17 characters have letters that a VIN has not: neither
 * is asked for.
 *
 * @returns what is wrong with it where it is neither.
 */
export function readVin(text: string): { readonly vin: string } | { readonly wrong: string } {
  const vin = bare(text);
  return /^[A-Z0-9]{4,17}$/.test(vin)
    ? { vin }
    : { wrong: 'must have 17 letters and digits, or be a frame number of 4 to 16' };
}

/** How vehicles and motorcycles are registered: the letters, the digits, what is behind them. */
const forms: Readonly<Record<Market, { readonly form: RegExp; readonly between: string }>> = {
  UG: { form: /^(U[A-Z]{1,2})(\d{3})([A-Z]{1,2})$/, between: '' },
  KE: { form: /^(K[A-Z]{2,3})(\d{3})([A-Z])$/, between: '' },
  RW: { form: /^(R[A-Z]{2})(\d{3})([A-Z])$/, between: ' ' },
};

/**
 * A registration as the market writes it. Every market has others as well, of its government and embassies, personal and
 * temporary ones: what is of another form stays as it is, in capitals.
 *
 * @returns what is wrong with it where it is none.
 */
export function readRegistration(
  text: string,
  market: Market,
): { readonly registration: string } | { readonly wrong: string } {
  if (!/^[A-Z0-9]{1,12}$/.test(bare(text))) return { wrong: 'must be at most 12 letters and digits' };
  const { form, between } = forms[market];
  const [, letters, digits, rest] = form.exec(bare(text)) ?? [];
  const known = letters !== undefined && digits !== undefined && rest !== undefined;
  const registration = known
    ? `${letters} ${digits}${between}${rest}`
    : text.trim().toUpperCase().replaceAll(/\s+/g, ' ');
  return { registration };
}

/** Model years run ahead of the calendar by one, and are sold a year before. */
const YEARS_AHEAD = 2;

/** What is wrong with a model year; null for nothing. @param now as the calendar has it */
export function wrongYear(year: number, now: Date): string | null {
  const most = now.getUTCFullYear() + YEARS_AHEAD;
  return year <= most ? null : `must be at most ${most}`;
}

/** What is not a number of its kind, by field. */
export function wrongIdentifiers(
  said: { readonly vin?: string | undefined; readonly registration?: string | undefined },
  market: Market,
): FieldError[] {
  const errors: FieldError[] = [];
  const vin = said.vin === undefined ? null : readVin(said.vin);
  if (vin !== null && 'wrong' in vin) errors.push({ path: 'vin', message: vin.wrong });
  const registration = said.registration === undefined ? null : readRegistration(said.registration, market);
  if (registration !== null && 'wrong' in registration)
    errors.push({ path: 'registration', message: registration.wrong });
  return errors;
}

/** Both in their forms. @throws Problem unprocessable naming the field. */
export function identifiersOf<
  Said extends { readonly vin?: string | undefined; readonly registration?: string | undefined },
>(said: Said, market: Market): Said {
  const errors = wrongIdentifiers(said, market);
  if (errors.length > 0) throw new Problem('unprocessable', 'The vehicle cannot have this number', errors);
  return {
    ...said,
    ...(said.vin === undefined ? {} : readVin(said.vin)),
    ...(said.registration === undefined ? {} : readRegistration(said.registration, market)),
  };
}
