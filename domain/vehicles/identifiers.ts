import { Problem, type FieldError } from '../errors.ts';
import type { Market } from '../markets.ts';

/** What the letters of a VIN count for, and its places (49 CFR 565.15, ISO 3779): I, O and Q are no letters of it. */
const worth = '0123456789.ABCDEFGH..JKLMN.P.R..STUVWXYZ';
const weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
const CHECK_PLACE = 8;

/** Letters and digits alone, in capitals. */
const bare = (text: string) => text.toUpperCase().replaceAll(/[\s-]/g, '');

/**
 * A VIN in its one form, or the number of a frame: what vehicles have that were made for countries without VINs, and old
 * motorcycles. The check digit is North America's alone.
 *
 * @returns what is wrong with it where it is neither.
 */
export function readVin(text: string): { readonly vin: string } | { readonly wrong: string } {
  const vin = bare(text);
  if (!/^[A-Z0-9]+$/.test(vin)) return { wrong: 'must be letters and digits' };
  if (vin.length < 17)
    return vin.length >= 4 ? { vin } : { wrong: 'must have 17 characters, or be a frame number of 4 to 16' };
  if (vin.length > 17) return { wrong: 'must have 17 characters, or be a frame number of 4 to 16' };
  if (/[IOQ]/.test(vin)) return { wrong: 'must have no I, O or Q' };
  if (/^[1-5]/.test(vin) && vin[CHECK_PLACE] !== checkDigit(vin))
    return { wrong: 'has another check digit than it must' };
  return { vin };
}

function checkDigit(vin: string): string {
  const sum = weights.reduce((sum, weight, i) => sum + weight * (worth.indexOf(vin[i] ?? '') % 10), 0);
  return sum % 11 === 10 ? 'X' : String(sum % 11);
}

/** How vehicles and motorcycles are registered: the letters, the digits, what is behind them. */
const forms: Readonly<Record<Market, { readonly form: RegExp; readonly like: string; readonly between: string }>> = {
  UG: { form: /^(U[A-Z]{1,2})(\d{3})([A-Z]{1,2})$/, like: 'UBA 123A or UMA 123AB', between: '' },
  KE: { form: /^(K[A-Z]{2,3})(\d{3})([A-Z])$/, like: 'KAA 123A or KMCA 123A', between: '' },
  RW: { form: /^(R[A-Z]{2})(\d{3})([A-Z])$/, like: 'RAA 123 A', between: ' ' },
};

/** A registration as the market writes it. @returns what is wrong with it where it is none. */
export function readRegistration(
  text: string,
  market: Market,
): { readonly registration: string } | { readonly wrong: string } {
  const { form, like, between } = forms[market];
  const [, letters, digits, rest] = form.exec(bare(text)) ?? [];
  return letters === undefined || digits === undefined || rest === undefined
    ? { wrong: `must be like ${like} in ${market}` }
    : { registration: `${letters} ${digits}${between}${rest}` };
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
