import { expect, it } from 'vitest';
import { marksOf } from './told-apart.ts';

const boxer = { vehicle: 'Bajaj Boxer BM 100', year: 2023, place: 'Ntinda', registration: 'UFA 123K' } as const;

it.each([
  ['alone', [boxer], [null]],
  ['of other names', [boxer, { ...boxer, vehicle: 'TVS HLX' }], [null, null]],
  ['of other years', [boxer, { ...boxer, year: 2021 }], ['2023', '2021']],
  [
    'at other places',
    [boxer, { ...boxer, year: 2021 }, { ...boxer, place: 'Wakiso road market' }],
    ['2023 Ntinda', '2021 Ntinda', '2023 Wakiso road.'],
  ],
  ['at one place', [boxer, { ...boxer, registration: 'UFA 124K' }], ['2023 123K', '2023 124K']],
  [
    'where nobody knows the place',
    [boxer, { ...boxer, place: null, registration: 'ufb 77' }],
    ['2023 123K', '2023 FB77'],
  ],
  [
    'whose names end beyond the screen',
    [
      { ...boxer, vehicle: 'Mitsubishi Canter 4.2 tonnes with a box' },
      { ...boxer, vehicle: 'Mitsubishi Canter 4.2 tonnes, open', year: 2020 },
    ],
    ['2023', '2020'],
  ],
  [
    'that are written with other letters',
    [
      { ...boxer, vehicle: 'Citroën Ami' },
      { ...boxer, vehicle: 'Citroen Ami', year: 2020 },
    ],
    ['2023', '2020'],
  ],
])('vehicles %s are told apart by as little as does it', (_, vehicles, marks) => {
  expect(marksOf(vehicles)).toEqual(marks);
});
