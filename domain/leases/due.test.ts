import { expect, it } from 'vitest';
import { dueFor, parseDue, partOf } from './due.ts';

it.each([
  ['deposit', dueFor('deposit'), { kind: 'deposit', of: '' }],
  ['deposit.2', partOf(dueFor('deposit'), 2), { kind: 'deposit', of: '' }],
  ['instalment-7.2', partOf(dueFor('instalment', 7), 2), { kind: 'instalment', of: '7.2' }],
  ['pay-1f-2e', partOf(dueFor('own', '1f-2e'), 1), { kind: 'own', of: '1f-2e' }],
  ['settle-1f-2e', dueFor('settlement', '1f-2e'), { kind: 'settlement', of: '1f-2e' }],
  ['something', 'something', { kind: null, of: '' }],
])('%s is kept as it was always spelt, and read again', (kept, due, read) => {
  expect(due).toBe(kept);
  expect(parseDue(due)).toEqual(read);
});
