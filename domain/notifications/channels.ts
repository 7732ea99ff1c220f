import { languages, type Language } from '../languages.ts';
import { textOf, type Message } from './messages.ts';
import { kinyarwanda } from './texts/kinyarwanda.ts';
import { luganda } from './texts/luganda.ts';
import { swahili } from './texts/swahili.ts';

/** How people are reached. What is `in_app` they find at `GET /v1/notifications`, as all that was sent to them. */
export const channels = ['sms', 'email', 'push', 'in_app'] as const;
export type Channel = (typeof channels)[number];

/** Whether what is not urgent comes together, in the morning. */
export const digests = ['off', 'daily'] as const;
export type Digest = (typeof digests)[number];

const translations: Readonly<Record<string, ((message: Message) => string | null) | undefined>> = {
  sw: swahili,
  lg: luganda,
  rw: kinyarwanda,
};

/** A text in the language of whoever reads it, or in English where nobody has put it into that one. */
export function writtenIn(language: string, message: Message): { readonly text: string; readonly language: Language } {
  const known = languages.find((one) => one === language) ?? 'en';
  const text = translations[known]?.(message) ?? null;
  return text === null ? { text: textOf(message), language: 'en' } : { text, language: known };
}
