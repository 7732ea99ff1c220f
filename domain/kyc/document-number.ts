import { isSupportedCountry } from 'libphonenumber-js/min';
import type { DocumentType } from './submission.ts';

/** What a number looks like, and the words in which a customer is told so. */
interface Format {
  readonly pattern: RegExp;
  readonly wants: string;
}

/**
 * National identity numbers by the country that issues them (ISO 3166-1 alpha-2), without spaces and
 * hyphens, as the identity-check provider documents them. Uganda's begins with CM for men, CF for women.
 */
const nationalIds: ReadonlyMap<string, Format> = new Map([
  ['KE', { pattern: /^\d{7,8}$/, wants: '7 or 8 digits' }],
  ['RW', { pattern: /^\d{16}$/, wants: '16 digits' }],
  ['UG', { pattern: /^C[MF][A-Z0-9]{12}$/, wants: '14 characters that begin with CM or CF' }],
  ['NG', { pattern: /^\d{11}$/, wants: '11 digits' }],
  ['GH', { pattern: /^GHA\d{10}$/, wants: 'GHA and 10 digits' }],
]);

/** Passports and licences differ by year and office, and so do cards of countries that are not listed. */
const other: Format = { pattern: /^[A-Z0-9]{5,20}$/, wants: '5 to 20 letters and digits' };

/** Whether there is such a country (ISO 3166-1 alpha-2), by the list of those that have telephones. */
export const isCountry = (code: string): boolean => isSupportedCountry(code);

/** Capital letters, without the spaces, hyphens and slashes that people put between groups. */
export function normaliseDocumentNumber(number: string): string {
  return number.toUpperCase().replaceAll(/[\s\-/]/g, '');
}

/**
 * What is wrong with a normalised document number, in words, or null.
 *
 * @param country ISO 3166-1 alpha-2 of the issuer
 */
export function documentNumberProblem(type: DocumentType, country: string, number: string): string | null {
  const { pattern, wants } = (type === 'nationalId' ? nationalIds.get(country) : undefined) ?? other;
  return pattern.test(number) ? null : `must be ${wants}`;
}
