import { expect, it } from 'vitest';
import { checklists, lacking, inspectionOutcome, type Mark } from './inspection.ts';
import { vehicleTypes } from './vehicle.ts';

const marked = (type: (typeof vehicleTypes)[number], said: Readonly<Record<string, Mark>> = {}) =>
  Object.fromEntries(checklists[type].items.map((item) => [item, { mark: said[item] ?? ('good' as const) }]));

it.each(vehicleTypes)('of a %s what is missing is named, each by its field', (type) => {
  const { items, pictures } = checklists[type];
  expect(lacking(type, { items: marked(type), pictures })).toEqual([]);
  const paths = lacking(type, { items: { sails: { mark: 'good' } }, pictures: ['damage'] }).map(({ path }) => path);
  expect(paths).toEqual([
    ...items.map((item) => `items.${item}`),
    'items.sails',
    ...pictures.map((side) => `pictures.${side}`),
  ]);
});

it.each([
  [{}, 'passed', 'A'],
  [{ paint: 'fair' }, 'passed', 'B'],
  [{ paint: 'fair', chain: 'fair', stand: 'fair', tyres: 'fair' }, 'passed', 'C'],
  [{ paint: 'poor' }, 'passed', 'C'],
  [{ helmets: 'missing' }, 'passed', 'C'],
  [{ brakes: 'poor' }, 'failed', 'D'],
  [{ mirrors: 'missing', paint: 'good' }, 'failed', 'D'],
] as const)('a motorcycle with %j is %s, %s', (said, result, grade) => {
  expect(inspectionOutcome(marked('motorcycle', said))).toEqual({ result, grade });
});
