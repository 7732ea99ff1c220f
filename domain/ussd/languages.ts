/** The languages that phones are spoken to in, by ISO 639-1; a customer may have another, and is then spoken to in English. */
export const languages = ['en', 'lg', 'sw', 'rw'] as const;
export type Language = (typeof languages)[number];

/** Each in its own words. */
export const languageNames: Readonly<Record<Language, string>> = {
  en: 'English',
  lg: 'Luganda',
  sw: 'Kiswahili',
  rw: 'Kinyarwanda',
};

/** A phrase in English and in as many of the others as it has been put into; `{name}` is where a value stands. */
export type Phrase = { readonly en: string } & Readonly<Partial<Record<Language, string>>>;
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
  const own = isLanguage(language) ? phrase[language] : undefined;
  if (own === undefined) missing();
  return (own ?? phrase.en).replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`nobody says what ${name} is`);
    return String(value);
  });
}

function isLanguage(language: string): language is Language {
  return languages.some((one) => one === language);
}
