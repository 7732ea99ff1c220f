import { payOrderIn } from './pay-order.ts';

/**
 * What a text to us asks for; `secret`: digits that may be a PIN or a code, for nobody to read; `digit`: how content he is;
 * `thanks`: nothing. Anything else is for a person to read.
 */
const heardAs = ['balance', 'pay', 'stop', 'start', 'help', 'secret', 'digit', 'thanks', 'message'] as const;
export type HeardAs = (typeof heardAs)[number];

export interface HeardText {
  readonly as: HeardAs;
  /** What stands behind the word. */
  readonly rest: string;
}

const keywords: Readonly<Record<string, HeardAs>> = {
  BAL: 'balance',
  BALANCE: 'balance',
  SALIO: 'balance',
  PAY: 'pay',
  LIPA: 'pay',
  SASULA: 'pay',
  ISHYURA: 'pay',
  STOP: 'stop',
  STOPALL: 'stop',
  UNSUBSCRIBE: 'stop',
  START: 'start',
  HELP: 'help',
  INFO: 'help',
  MSAADA: 'help',
};

const thanks = new Set(
  'THANKS THANK YOU THX VERY SO MUCH OK OKAY FINE GREAT ASANTE ASANTENI SANA SAWA WEBALE WEEBALE NNYO NYO KALE MURAKOZE CYANE'.split(
    ' ',
  ),
);
/** What may stand beside a word and leaves it a wish (see `wishIn`). */
const courtesies = new Set([...thanks, 'PLEASE', 'PLS', 'KINDLY', 'TAFADHALI', 'BAMBI', 'NYABUNEKA']);

const quotes = /[\p{Pi}\p{Pf}\p{Ps}\p{Pe}"'`*]/gu;
/** With what phones and people begin what they put under everything. */
const underneath = /^(?:[-_~]+$|sent (?:from|via|by)\b|get outlook|(?:best |kind )?regards\b)/iu;
const nameLike = /^(?:[-~] ?)?\p{Lu}[\p{L}\p{M}.'-]*(?: \p{Lu}[\p{L}\p{M}.'-]*){0,2}$/u;

const wordsIn = (text: string): readonly string[] => text.toUpperCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];

/**
 * What a text asks for, by its first word in any case, however it is quoted, pointed or signed: `BAL?`, `"pay 20,000"`,
 * `Stop. Thank you`. Behind a word a sentence is a message.
 */
export function heardIn(text: string): HeardText {
  const message = { as: 'message', rest: text.trim() } as const;
  // Letters of full width are letters; what nobody sees is nothing.
  const plain = text
    .normalize('NFKC')
    .replaceAll(/\p{Cf}/gu, '')
    .trim();
  const bare = plain.replaceAll(/[^\p{L}\p{N}\p{S}]/gu, '');
  if (bare === '') return { as: 'help', rest: '' };
  if (/^(\d{4}|\d{6})$/.test(bare)) return { as: 'secret', rest: '' };
  if (/^[1-5]$/.test(bare)) return { as: 'digit', rest: bare };
  const words = wordsIn(plain);
  const isThanks = /[\p{L}\p{N}]/u.test(plain)
    ? words.every((word) => thanks.has(word))
    : /\p{Extended_Pictographic}/u.test(plain);
  if (isThanks) return { as: 'thanks', rest: text.trim() };
  const [, word = '', behind = ''] = /^[^\p{L}\p{N}]*(\p{L}+)([^]*)$/u.exec(plain) ?? [];
  if (keywords[word.toUpperCase()] === 'pay') {
    const rest = behind
      .replaceAll(quotes, ' ')
      .replace(/^[\s.:!?,;]+/, '')
      .trim();
    return payOrderIn(rest) === null ? message : { as: 'pay', rest };
  }
  const as = wishIn(plain);
  return as === null ? message : { as, rest: '' };
}

/** A word that wants nothing behind it; null for a sentence. */
function wishIn(plain: string): HeardAs | null {
  const [first = '', ...below] = plain.split(/\s*\n\s*/);
  const [word = '', ...others] = wordsIn(first);
  const as = keywords[word] ?? null;
  // Who asks for help may say in the next line what for.
  if (others.length === 0 && as !== null && isSignature(below, as !== 'help')) return as;
  const besides = wordsIn(plain).filter((one) => !courtesies.has(one));
  const wish = besides.map((one) => keywords[one]).find((one) => one !== undefined) ?? null;
  const isPlain = besides.every((one) => keywords[one] === wish || (wish === 'stop' && one === 'ALL'));
  // An end of texts and a balance are easy to ask for. START behind other words may be an answer, and who begs for help wants a person.
  const isEasy = wish === 'stop' || wish === 'balance' || (wish === 'start' && as === 'start');
  return isPlain && isEasy ? wish : null;
}

/** Whether lines tell who or what has sent a text, and nothing else. */
function isSignature(lines: readonly string[], mayBeName: boolean): boolean {
  const [line, ...others] = lines.filter((one) => wordsIn(one).length > 0 || underneath.test(one));
  if (line === undefined || underneath.test(line)) return true;
  return mayBeName && nameLike.test(line) && isSignature(others, mayBeName);
}
