/** Languages that people may choose, by ISO 639-1. */
export const languages = ['en', 'sw', 'lg', 'rw', 'fr'] as const;
export type Language = (typeof languages)[number];

/** Each in its own words. */
export const languageNames: Readonly<Record<Language, string>> = {
  en: 'English',
  sw: 'Kiswahili',
  lg: 'Luganda',
  rw: 'Kinyarwanda',
  fr: 'Français',
};
