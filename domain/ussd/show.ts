import { inGsm } from '../gsm.ts';
import { isApplication } from '../leases/status.ts';
import { inLanguage, type Phrase, type Values } from '../phrase.ts';
import { notes } from './phrases.ts';
import type { Screen, Say, Turn, View } from './screen.ts';
import { namedLine, screens } from './screens.ts';
import { goTo, type Lease, type ScreenName, type Screens, type State, type UssdWish } from './state.ts';
import { words } from './wording.ts';

/** Characters of an answer at most, with the word that begins it (Africa's Talking's limit of a screen). */
export const MOST_CHARACTERS = 182;

/** Leases of which a text tells beside the first. */
const MOST_LINES = 3;

/** What is typed on every screen for the next part of a long list, and for the menu. */
const MORE = '98';
const MENU = '0';

/** An answer to the gateway: the session goes on, or ends. */
export interface Shown {
  readonly type: 'CON' | 'END';
  readonly text: string;
}

/** What a state shows in a language. @param missing hears of every phrase that the language does not have */
export function shownOf(state: State, language: string, missing?: () => void): Shown {
  const say = sayIn(language, missing);
  const view = viewOf(state, say);
  const pages = pagesOf(view, view.ends === true ? '' : noteOf(state, say), say);
  const text = pages[(state.page ?? 0) % pages.length] ?? '';
  return { type: view.ends === true ? 'END' : 'CON', text };
}

/** What a state says, in one text and without what may be chosen: for an SMS. */
function saidOf(state: State, language: string): string {
  return viewOf(state, sayIn(language)).text;
}

/** Where several leases stand, in one text: the first in full, the others in a line each. */
export function balancesSaid([first, ...others]: readonly [Lease, ...Lease[]], language: string): string {
  const say = sayIn(language);
  const head = isApplication(first.status) ? inGsm(namedLine(first, say)) : saidOf(goTo('balance', first), language);
  return [head, ...others.slice(0, MOST_LINES).map((lease) => inGsm(namedLine(lease, say)))].join('\n');
}

/** What came of an input after the phone was told to wait: a result, or that it is dialled again for what is asked next. */
export function resultOf(state: State, language: string): string {
  const say = sayIn(language);
  return state.at === 'said' ? saidOf(state, language) : `${noteOf(state, say)}${say(words.dialAgain)}`;
}

/** What an input means where a session is. */
export function turnOf(state: State, input: string, language: string): State | UssdWish {
  const { note: _note, noteValues: _values, ...same } = state;
  const typed = input.trim();
  const { isFirst } = viewOf(state, sayIn(language));
  if (typed === MENU && isFirst !== true) return { do: 'home' };
  if (typed === MORE) return { ...same, page: (state.page ?? 0) + 1 };
  const turn = takenBy(state, typed);
  return 'wrong' in turn ? { ...same, note: turn.wrong, ...(turn.values && { noteValues: turn.values }) } : turn;
}

/** True for a state that this version of us knows. */
export const isKnown = ({ at }: { readonly at: string }): boolean => Object.hasOwn(screens, at);

function screenOf<K extends ScreenName>(at: K): Screen<Screens[K]> {
  return screens[at];
}

function viewOf<K extends ScreenName>({ at, data }: State<K>, say: Say): View {
  const view = screenOf(at).show(data, say);
  return { ...view, text: inGsm(view.text), ...(view.choices && { choices: view.choices.map(inGsm) }) };
}

function takenBy<K extends ScreenName>({ at, data }: State<K>, input: string): Turn {
  return screenOf(at).take(data, input);
}

const sayIn =
  (language: string, missing?: () => void): Say =>
  (phrase: Phrase, values?: Values) =>
    inLanguage(phrase, language, values, missing);

const noteOf = ({ note, noteValues }: State, say: Say) =>
  note === undefined ? '' : `${say(notes[note], noteValues)}\n`;

/**
 * The screens that a view takes. Where it is longer than one, 98 goes on: the text first, as much as fits at a time, then
 * as many choices as fit, numbered through, under its last part. What ends a session is one screen.
 */
export function pagesOf({ text, choices = [], ends, isFirst }: View, note: string, say: Say): string[] {
  const lines = choices.map((choice, i) => `${i + 1} ${choice}`);
  const last = ends === true || isFirst === true ? [] : [`${MENU} ${say(words.menu)}`];
  const whole = [`${note}${text}`, ...lines, ...last].join('\n');
  if (fits(whole) || ends === true) return [whole];
  const foot = [`${MORE} ${say(words.more)}`, ...last];
  const parts = partsOf(`${note}${text}`, [lines[0] ?? '', ...foot]);
  const head = parts.at(-1) ?? '';
  const before = parts.slice(0, -1).map((part) => [part, ...foot].join('\n'));
  return [...before, ...withChoices(head, lines, foot)];
}

function withChoices(head: string, lines: readonly string[], foot: readonly string[]): string[] {
  const pages: string[] = [];
  let rest = lines;
  do {
    let count = Math.min(1, rest.length);
    while (count < rest.length && fits([head, ...rest.slice(0, count + 1), ...foot].join('\n'))) count += 1;
    pages.push([head, ...rest.slice(0, count), ...foot].join('\n'));
    rest = rest.slice(count);
  } while (rest.length > 0);
  return pages;
}

/** A text in parts of whole words, each of which fits above what stands below. */
function partsOf(text: string, below: readonly string[]): string[] {
  const parts: string[] = [];
  let part = '';
  for (const word of text.split(' ')) {
    const longer = part === '' ? word : `${part} ${word}`;
    if (part !== '' && !fits([longer, ...below].join('\n'))) {
      parts.push(part);
      part = word;
    } else part = longer;
  }
  return [...parts, part];
}

const fits = (text: string) => `CON ${text}`.length <= MOST_CHARACTERS;
