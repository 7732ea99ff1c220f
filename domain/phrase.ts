import type { Language } from './languages.ts';

/** The languages that phones are spoken to in; a customer may have another, and is then spoken to in English. */
export const spoken = ['en', 'lg', 'sw', 'rw'] as const satisfies readonly Language[];

/** A phrase in English and in as many of the others as it has been put into; `{name}` is where a value stands. */
export type Phrase = { readonly en: string } & Readonly<Partial<Record<(typeof spoken)[number], string>>>;
export type Values = Readonly<Record<string, string | number>>;

/**
 * A phrase in a language, in English where it has none.
 *
 * @param missing hears of the second
 * @throws Error for a value that is not given
 */
export function inLanguage(
  phrase: Phrase,
  language: string,
  values: Values = {},
  missing: () => void = () => {},
): string {
  const known = spoken.find((one) => one === language);
  const own = known === undefined ? undefined : phrase[known];
  if (own === undefined) missing();
  return (own ?? phrase.en).replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`nobody says what ${name} is`);
    return String(value);
  });
}
