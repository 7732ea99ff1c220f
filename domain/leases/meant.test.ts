import { expect, it } from 'vitest';
import { localDate } from '../calendar.ts';
import { byNeed, type Need } from './meant.ts';

const due = (on: string): Need => ({ status: 'active', late: 0, daysPastDue: 0, nextDueOn: localDate(on) });
const late = (days: number, sum = 1): Need => ({
  ...due('2026-11-01'),
  status: 'in_arrears',
  late: sum,
  daysPastDue: days,
});
const stage = (status: Need['status']): Need => ({ status, late: 0, daysPastDue: 0, nextDueOn: null });

it.each<[string, Need[], number[]]>([
  ['what is late before what is due, however new', [due('2026-11-29'), late(8)], [1, 0]],
  ['what is late longest, not what is late by most', [late(3, 9_000), late(8, 10)], [1, 0]],
  ['what is due first', [due('2026-12-06'), due('2026-11-30'), due('2026-12-01')], [1, 2, 0]],
  ['an offer before what is only due', [due('2026-11-29'), stage('offered')], [1, 0]],
  ['what is late before an offer', [stage('offered'), late(1)], [1, 0]],
  ['what is due before an application that others work on', [stage('assessing'), due('2027-01-01')], [1, 0]],
  ['a fee that is late before what is due', [due('2026-11-01'), { ...due('2026-12-01'), late: 5_000 }], [1, 0]],
  ['equals in their order', [stage('applied'), stage('verifying')], [0, 1]],
])('%s', (_, needs, order) => {
  expect(byNeed(needs, (need) => need).map((need) => needs.indexOf(need))).toEqual(order);
});
