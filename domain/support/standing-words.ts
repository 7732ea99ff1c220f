import { languages, type Language } from '../languages.ts';

/** What a customer reads where staff wait for him, or are done, and write nothing themselves; in English where his language is missing. */
const words: Readonly<
  Record<'waits' | 'resolved', Readonly<Partial<Record<Language, string>>> & { readonly en: string }>
> = {
  waits: {
    en: 'We need something from you before we can go on. Please answer here.',
    sw: 'Tunahitaji jibu lako kabla ya kuendelea. Tafadhali jibu hapa.',
  },
  resolved: {
    en: 'We have dealt with this. If it is not solved, please write back here.',
    sw: 'Tumeshughulikia jambo hili. Kama halijatatuliwa, tafadhali tuandikie hapa.',
  },
};

/** The house's own words for what becomes of a ticket. */
export function standingWords(what: keyof typeof words, language: string): string {
  const known = languages.find((one) => one === language) ?? 'en';
  return words[what][known] ?? words[what].en;
}
