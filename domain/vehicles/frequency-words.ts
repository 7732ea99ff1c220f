import type { Phrase } from '../phrase.ts';
import type { Frequency } from './plan.ts';

export const frequencyWords: Readonly<Record<Frequency, Phrase>> = {
  daily: { en: 'daily', lg: 'buli lunaku', sw: 'kila siku', rw: 'buri munsi' },
  weekly: { en: 'weekly', lg: 'buli wiiki', sw: 'kila wiki', rw: 'buri cyumweru' },
  monthly: { en: 'monthly', lg: 'buli mwezi', sw: 'kila mwezi', rw: 'buri kwezi' },
};
