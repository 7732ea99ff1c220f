import { expect, it } from 'vitest';
import { localDate } from '../calendar.ts';
import { isValidOn, lapsedKinds, lapseNotice, type PaperKind } from './papers.ts';

const today = localDate('2026-06-15');
const paper = (from: string | null, until: string | null, kind: PaperKind = 'insurance') => ({
  kind,
  validFrom: from === null ? null : localDate(from),
  validUntil: until === null ? null : localDate(until),
});

it.each([
  [null, null, true],
  ['2026-06-15', '2026-06-15', true],
  ['2026-06-16', null, false],
  [null, '2026-06-14', false],
] as const)('a paper from %s until %s is valid today: %s', (from, until, valid) => {
  expect(isValidOn(paper(from, until), today)).toBe(valid);
});

it.each([
  ['none was handed in', [], []],
  ['it lapsed', [paper(null, '2026-06-14')], ['insurance']],
  ['it begins tomorrow', [paper('2026-06-16', '2027-06-15')], ['insurance']],
  ['it was renewed', [paper(null, '2026-06-14'), paper('2026-06-15', '2027-06-14')], []],
  ['another paper lapsed', [paper(null, '2026-06-14', 'import_papers')], []],
] as const)('what a vehicle lacks on the road where %s', (_, papers, lapsed) => {
  expect(lapsedKinds('UG', papers, today)).toEqual(lapsed);
});

it.each([
  ['2026-07-16', null],
  ['2026-07-15', 30],
  ['2026-06-23', 30],
  ['2026-06-22', 7],
  ['2026-06-16', 7],
  ['2026-06-15', 0],
  ['2026-05-01', 0],
])('of one that is valid until %s the notice is %s', (until, notice) => {
  expect(lapseNotice(localDate(until), today)).toBe(notice);
});
