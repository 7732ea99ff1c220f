import { isSupportedCountry } from 'libphonenumber-js/min';

/**
 * What every document's number looks like, without spaces and hyphens. Forms differ by country, year and office, and change:
 * whether there is such a document says the identity check.
 */
const plausible = { pattern: /^[A-Z0-9]{3,30}$/, wants: '3 to 30 letters and digits' };

/** Whether there is such a country (ISO 3166-1 alpha-2), by the list of those that have telephones. */
export const isCountry = (code: string): boolean => isSupportedCountry(code);

/** Capital letters, without the spaces, hyphens and slashes that people put between groups. */
export function normaliseDocumentNumber(number: string): string {
  return number.toUpperCase().replaceAll(/[\s\-/]/g, '');
}

/** What is wrong with a normalised document number, in words, or null. */
export function documentNumberProblem(number: string): string | null {
  return plausible.pattern.test(number) ? null : `must be ${plausible.wants}`;
}
