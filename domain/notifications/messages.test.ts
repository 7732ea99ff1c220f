import { expect, it } from 'vitest';
import { money } from '../money.ts';
import { languages } from '../languages.ts';
import { writtenIn } from './channels.ts';
import { textOf } from './messages.ts';
import { samples } from './samples.ts';
import { segmentsOf } from './segments.ts';

const sum = money(25_000_000, 'UGX');
const reference = 'K7WQ2MTPABCD';
const on = '2026-11-29';

const all = Object.values(samples).flat();
const texts = all.map(textOf);

/** The basic characters of GSM 03.38 that are ASCII: of them, and of no others, 160 fit into an SMS. */
const gsm = /^[A-Za-z0-9 \n@$_!"#%&'()*+,\-./:;<=>?]*$/;

it.each(texts)('fits into one SMS: %s', (text) => {
  expect(text).toMatch(gsm);
  expect(text.length).toBeLessThanOrEqual(160);
});

it.each(languages)('is written in %s in two segments at most, or falls back to English', (language) => {
  for (const message of all) {
    const written = writtenIn(language, message);
    expect([language, 'en']).toContain(written.language);
    if (written.language === 'en') expect(written.text).toBe(textOf(message));
    const { encoding, count } = segmentsOf(written.text);
    expect(encoding, written.text).toBe('gsm7');
    expect(count, written.text).toBeLessThanOrEqual(2);
  }
});

it('is in each language of the markets, and in English for whoever speaks another', () => {
  const answered = { template: 'answered', category: 'theft' } as const;
  expect(languages.map((language) => writtenIn(language, answered).language)).toEqual(['en', 'sw', 'lg', 'rw', 'en']);
  expect(writtenIn('xx', answered).language).toBe('en');
});

it('has an answer whole where two SMS carry it, else as many words of it as they do', () => {
  const said = 'Do not ride. Bring it to the workshop in Ntinda.';
  expect(textOf({ template: 'answer', said })).toBe(`Answer: ${said}`);
  expect(textOf({ template: 'answer', said, isOver: true })).toBe(
    `Answer: ${said} Are you content? Send 1 (no) to 5 (very).`,
  );
  const full = 'x'.repeat(290);
  expect(textOf({ template: 'answer', said: full, isOver: true })).toBe(`Answer: ${full}`);
  for (const language of languages) {
    const asked = writtenIn(language, { template: 'answer', said, isOver: true }).text;
    expect(asked).toMatch(/ 1 \(.* 5 \(/);
    expect(segmentsOf(asked)).toMatchObject({ encoding: 'gsm7', count: 1 });
  }
  for (const [language, long] of [
    ['en', 'Bring it to the workshop. '.repeat(40)],
    ['rw', 'ŋ and so on '.repeat(40)],
    ['sw', 'x'.repeat(900)],
  ] as const) {
    const { text } = writtenIn(language, { template: 'answer', said: long });
    expect(segmentsOf(text).count).toBeLessThanOrEqual(2);
    expect(text).toMatch(/ \.\.\. \p{L}+/u);
  }
});

it.each<[string, string, number]>([
  ['a'.repeat(160), 'gsm7', 1],
  ['a'.repeat(161), 'gsm7', 2],
  ['a'.repeat(306), 'gsm7', 2],
  ['a'.repeat(307), 'gsm7', 3],
  // The euro sign takes two, and is not cut in two.
  ['€'.repeat(80), 'gsm7', 1],
  ['€'.repeat(81), 'gsm7', 2],
  [`${'a'.repeat(152)}€${'a'.repeat(152)}`, 'gsm7', 3],
  ['ŋ'.repeat(70), 'ucs2', 1],
  ['ŋ'.repeat(71), 'ucs2', 2],
  ['😀'.repeat(35), 'ucs2', 1],
  // Thirty-three pairs fit into sixty-seven units.
  ['😀'.repeat(67), 'ucs2', 3],
])('%s is counted in segments', (text, encoding, count) => {
  expect(segmentsOf(text)).toEqual({ encoding, count });
});

it('says one day, and two days', () => {
  const late = (daysPastDue: number) => textOf({ template: 'reminder', overdue: sum, daysPastDue, reference });
  expect([late(1), late(3)]).toEqual([
    expect.stringContaining(' is 1 day late ('),
    expect.stringContaining(' is 3 days late ('),
  ]);
});

it('says when it asks again, which is not always in the morning', () => {
  expect(textOf({ template: 'prompt_declined', reference, onAgain: on })).toBe(
    `You did not confirm the payment request. We will ask again on ${on}; you can pay any time with reference ${reference}.`,
  );
  expect(textOf({ template: 'prompt_declined', reference })).toContain('We will ask again soon;');
});
