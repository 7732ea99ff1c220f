import { describe, expect, it } from 'vitest';
import { localDate } from '#domain/calendar';
import { readStatement } from './statement.ts';

const at = '2026-12-01T06:00:00+03:00';
const paid = { type: 'payBill', receipt: 'TLA1', reference: null, account: 'X', payer: null, amount: 100_000, at };
const line = { ...paid, currency: 'KES' };
const read = (data: readonly unknown[]) => {
  const body = { date: '2026-12-01', data };
  return readStatement('mpesa', { status: 200, body }, { date: localDate('2026-12-01'), market: 'KE' });
};
const nothing = { field: 'type', type: null, receipt: null, amount: null };

describe('a line of a statement that cannot be read', () => {
  it.each([
    [
      { ...line, type: 'fee', amount: 500 },
      { field: 'type', type: 'fee', receipt: 'TLA1', amount: 500 },
    ],
    [
      { ...line, receipt: '' },
      { field: 'receipt', type: 'payBill', receipt: null, amount: 100_000 },
    ],
    [
      { ...line, amount: 0 },
      { field: 'amount', type: 'payBill', receipt: 'TLA1', amount: 0 },
    ],
    [
      { ...line, amount: '1,000' },
      { field: 'amount', type: 'payBill', receipt: 'TLA1', amount: null },
    ],
    [
      { ...line, currency: 'shillings' },
      { field: 'currency', type: 'payBill', receipt: 'TLA1', amount: 100_000 },
    ],
    [
      { ...line, at: 'at six' },
      { field: 'at', type: 'payBill', receipt: 'TLA1', amount: 100_000 },
    ],
    [null, nothing],
    ['a line', nothing],
  ])('holds up no other: %j', (other, unread) => {
    const { lines, unread: kept } = read([line, other]);
    expect({ receipts: lines.map(({ receipt }) => receipt), kept }).toEqual({ receipts: ['TLA1'], kept: [unread] });
  });

  it('is of nobody here where it is in another market’s currency', () => {
    expect(read([{ ...line, type: 'fee', currency: 'UGX' }])).toEqual({ lines: [], unread: [] });
  });

  it('is no statement where no line has a form that is known', () => {
    expect(() => read([{ ...line, at: 'at six' }])).toThrow('data.0.at is wrong');
  });
});

it.each([
  ['+254711234100', '+254711234100'],
  ['254711234100', '+254711234100'],
  [254_711_234_100, '+254711234100'],
  ['2547 ***** 100', null],
  ['711234100', null],
  ['9f86d081884c7d659a2feaa0c55ad015', null],
])('a payer who is written as %s is %s', (payer, known) => {
  expect(read([{ ...line, payer }]).lines[0]?.payer).toBe(known);
});
