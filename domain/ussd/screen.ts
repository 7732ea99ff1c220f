import type { Phrase, Values } from '../phrase.ts';
import type { Note } from './phrases.ts';
import type { State, UssdWish } from './state.ts';

/** Says a phrase in the language of the session. */
export type Say = (phrase: Phrase, values?: Values) => string;

export interface View {
  readonly text: string;
  /** What can be chosen by its number, from 1. */
  readonly choices?: readonly string[];
  /** Nothing is asked any more: the session is over. */
  readonly ends?: true;
  /** Nothing lies before it. */
  readonly isFirst?: true;
}

/** The same screen again, with what is wrong. */
export interface Wrong {
  readonly wrong: Note;
  readonly values?: Values;
}

export type Turn = State | UssdWish | Wrong;

/** A screen: what it shows, and what an input on it means. Both are functions of what the session has. */
export interface Screen<Data> {
  readonly show: (data: Data, say: Say) => View;
  readonly take: (data: Data, input: string) => Turn;
}

export const notChosen: Wrong = { wrong: 'wrongChoice' };

/** What somebody chooses by its number. */
export function chosen<T>(from: readonly T[], input: string, then: (one: T) => Turn): Turn {
  const one = /^\d{1,2}$/.test(input) ? from[Number(input) - 1] : undefined;
  return one === undefined ? notChosen : then(one);
}

/** For what is confirmed by 1. */
export const confirmed = (input: string, turn: Turn): Turn => (input === '1' ? turn : notChosen);

export const home: UssdWish = { do: 'home' };
