import { expect, it } from 'vitest';
import { priorityAfter } from './ticket.ts';

it.each([
  ['low', { category: 'accident' }, 'urgent'],
  ['low', { category: 'theft' }, 'urgent'],
  ['low', { category: 'breakdown' }, 'high'],
  ['urgent', { category: 'other' }, 'urgent'],
  ['high', { category: 'complaint' }, 'high'],
  ['low', { category: 'accident', priority: 'normal' }, 'normal'],
  ['urgent', { priority: 'low' }, 'low'],
  ['normal', {}, 'normal'],
] as const)('makes what was %s and is said to be %j %s', (before, said, after) => {
  expect(priorityAfter(before, said)).toBe(after);
});
