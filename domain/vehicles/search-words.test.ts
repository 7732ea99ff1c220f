import { expect, it } from 'vitest';
import { readTyped } from './search-words.ts';

it.each([
  ['the boxer', { types: [], years: [], rest: 'boxer' }],
  ['Bajaj Motorcycle', { types: ['motorcycle'], years: [], rest: 'bajaj' }],
  ['boda boda', { types: ['motorcycle'], years: [], rest: '' }],
  ['motorcyle', { types: ['motorcycle'], years: [], rest: '' }],
  ['motocrycle', { types: ['motorcycle'], years: [], rest: '' }],
  ['motrocylce', { types: [], years: [], rest: 'motrocylce' }],
  ['mortorcycle', { types: ['motorcycle'], years: [], rest: '' }],
  ['pikipkii', { types: ['motorcycle'], years: [], rest: '' }],
  ['vans or lorries', { types: ['van', 'truck'], years: [], rest: '' }],
  ['toyota hiace van 2019', { types: ['van'], years: [2019], rest: 'toyota hiace' }],
  ['boxer 2026', { types: [], years: [2026], rest: 'boxer' }],
  ['hlx 125', { types: [], years: [], rest: 'hlx 125' }],
  ['track', { types: [], years: [], rest: 'track' }],
  ['the', { types: [], years: [], rest: '' }],
])('%s', (typed, wanted) => {
  expect(readTyped(typed)).toMatchObject(wanted);
});

it('is nothing without a word', () => {
  expect(readTyped(' % ')).toBeNull();
});
