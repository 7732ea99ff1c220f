import { inGsm } from '../gsm.ts';
import { inLanguage, type Phrase } from '../phrase.ts';
import { segmentsOf } from './segments.ts';

/** SMS that an answer takes at most. */
const MOST_SEGMENTS = 2;

const words = {
  answer: { en: 'Answer: {said}', lg: 'Okuddibwamu: {said}', sw: 'Jibu: {said}', rw: 'Igisubizo: {said}' },
  content: {
    en: ' Are you content? Send 1 (no) to 5 (very).',
    lg: ' Omatidde? Weereza 1 (nedda) okutuuka ku 5 (nnyo).',
    sw: ' Umeridhika? Tuma 1 (hapana) hadi 5 (sana).',
    rw: ' Mwanyuzwe? Ohereza 1 (oya) kugeza kuri 5 (cyane).',
  },
  rest: {
    en: ' ... Call us for the rest.',
    lg: ' ... Tukubire tukubuulire ebisigadde.',
    sw: ' ... Tupigie tukwambie mengine.',
    rw: ' ... Duhamagare tukubwire ibisigaye.',
  },
} as const satisfies Readonly<Record<string, Phrase>>;

/**
 * What staff have answered, for a phone without the app: the whole where two SMS carry it, else as many words as they do.
 *
 * @param isOver whether his request was resolved by it, so that he is asked how content he is, where there is room for that
 */
export function answerText(said: string, language: string, isOver = false): string {
  const fits = (text: string) => segmentsOf(text).count <= MOST_SEGMENTS;
  const whole = inLanguage(words.answer, language, { said: inGsm(said) });
  const asking = whole + inLanguage(words.content, language);
  if (isOver && fits(asking)) return asking;
  if (fits(whole)) return whole;
  const rest = inLanguage(words.rest, language);
  const parts = whole.split(/(?<=\s)/);
  let text = '';
  for (const part of parts) {
    if (!fits(text + part.trimEnd() + rest)) break;
    text += part;
  }
  return text.trimEnd() + rest;
}
