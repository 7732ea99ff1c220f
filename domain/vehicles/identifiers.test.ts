import { describe, expect, it } from 'vitest';
import { identifiersOf, readRegistration, readVin } from './identifiers.ts';

describe('a VIN', () => {
  it.each([
    ['1M8GDM9AXKP042788', '1M8GDM9AXKP042788'],
    ['1hgcm82633a004352', '1HGCM82633A004352'],
    ['5GZCZ43D13S812715', '5GZCZ43D13S812715'],
    ['WVWZZZ1JZ3W386752', 'WVWZZZ1JZ3W386752'],
    ['MD2 A11CZ 5GWC 12345', 'MD2A11CZ5GWC12345'],
    ['NZE141-6012345', 'NZE1416012345'],
    ['DUF1234', 'DUF1234'],
  ])('%s is %s', (typed, vin) => expect(readVin(typed)).toEqual({ vin }));

  it.each([['WVWZZZ1JZ3W3867521'], ['ABC'], ['WVW_ZZ1JZ3W386752']])('is not %s', (typed) =>
    expect(readVin(typed)).toEqual({ wrong: expect.stringContaining('17 letters') }),
  );
});

describe('a registration', () => {
  it.each([
    ['UG', 'uba123a', 'UBA 123A'],
    ['UG', 'UMA 123AB', 'UMA 123AB'],
    ['UG', ' u f k  101-b ', 'UFK 101B'],
    ['KE', 'kaa 123a', 'KAA 123A'],
    ['KE', 'KMCA123A', 'KMCA 123A'],
    ['RW', 'RAA123A', 'RAA 123 A'],
    ['RW', 'RAA 123 A', 'RAA 123 A'],
    // Plates of embassies, of the government, personal and temporary ones.
    ['UG', 'cd 01  05u', 'CD 01 05U'],
    ['UG', 'UTEST 1', 'UTEST 1'],
    ['KE', 'GK-B 123C', 'GK-B 123C'],
  ] as const)('%s %s is %s', (market, typed, registration) =>
    expect(readRegistration(typed, market)).toEqual({ registration }),
  );

  it.each([
    ['UG', 'UBA 123A 45678 9'],
    ['RW', '--'],
    ['KE', 'KÀA 123A'],
  ] as const)('%s has none like %s', (market, typed) =>
    expect(readRegistration(typed, market)).toEqual({ wrong: 'must be at most 12 letters and digits' }),
  );
});

it('both are refused by their names, and come in their forms', () => {
  expect(() => identifiersOf({ vin: '1', registration: '' }, 'UG')).toThrow(
    expect.objectContaining({
      code: 'unprocessable',
      errors: [
        { path: 'vin', message: expect.any(String) },
        { path: 'registration', message: expect.any(String) },
      ],
    }),
  );
  expect(identifiersOf({ vin: 'md2-1234', registration: 'uba123a', make: 'X' }, 'UG')).toEqual({
    vin: 'MD21234',
    registration: 'UBA 123A',
    make: 'X',
  });
  expect(identifiersOf({ registration: undefined }, 'UG')).toEqual({ registration: undefined });
});
