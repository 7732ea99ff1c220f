import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currencies, money } from '#domain/money';
import { fromMajor, toMajor } from './amounts.ts';

describe('amounts on the wire', () => {
  it.each([
    [1_250_000, 'UGX', '1250000'],
    [125_000, 'KES', '1250'],
    [125_050, 'KES', '1250.50'],
    [5, 'KES', '0.05'],
    [9_007_199_254_740_991, 'KES', '90071992547409.91'],
  ] as const)('%i %s is %s', (amount, currency, wire) => {
    expect(toMajor(money(amount, currency))).toBe(wire);
  });

  it('come back as they went', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 15 - 1 }), fc.constantFrom(...currencies), (amount, currency) => {
        expect(fromMajor(toMajor({ amount, currency }), currency)).toEqual({ amount, currency });
      }),
    );
  });

  it.each([
    ['1000.00', 'UGX', 1_000],
    [1_000, 'RWF', 1_000],
    [0.29, 'KES', 29],
    [' 10.1 ', 'KES', 1_010],
    ['1000.50', 'UGX', null],
    ['1.005', 'KES', null],
    ['0', 'KES', null],
    ['-5', 'KES', null],
    ['1e3', 'UGX', null],
    ['1,000', 'UGX', null],
    ['', 'UGX', null],
    [Number.NaN, 'UGX', null],
    [1e21, 'UGX', null],
    ['999999999999999', 'KES', null],
  ] as const)('%j in %s is read as %j', (wire, currency, minor) => {
    expect(fromMajor(wire, currency)).toEqual(minor === null ? null : { amount: minor, currency });
  });
});
