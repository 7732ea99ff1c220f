import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localDate } from '../calendar.ts';
import { journalAccount, journalFormats, journalHead, journalTransfer, openingTransfer } from './journal.ts';
import { accounts } from './ledger.ts';

const id = '019a1b2c-0000-7000-8000-00000000abcd';
const transfer = {
  id,
  book: 'provider:mpesa',
  sequence: 7,
  kind: 'suspense',
  on: '2026-01-10',
  valueOn: '2026-01-09',
  description: 'Paid by "Nobody"; at\nthe till | 7',
  entries: [
    { account: 'clearing:mpesa', amount: 1_250_050, currency: 'KES' },
    { account: 'suspense:mpesa', amount: -1_250_050, currency: 'KES' },
  ],
} as const;

describe('an account of the journal', () => {
  it.each([
    [accounts.clearing('mtn'), 'Assets:Clearing:Mtn'],
    [accounts.float(id), `Assets:Float:${id.toUpperCase()}`],
    [accounts.tradeIn, 'Assets:Stock:TradeIn'],
    [accounts.office, 'Assets:Cash:Office'],
    [accounts.lostCash, 'Expenses:CashLost'],
    [accounts.receivable(id), `Assets:Receivable:${id.toUpperCase()}`],
    [accounts.deposit(id), `Liabilities:Deposit:${id.toUpperCase()}`],
    [accounts.unapplied(id), `Liabilities:Unapplied:${id.toUpperCase()}`],
    [accounts.disputed(id), `Assets:Disputed:${id.toUpperCase()}`],
    [accounts.suspense('airtel'), 'Liabilities:Suspense:Airtel'],
    [accounts.unearned('vehicle'), 'Liabilities:Unearned:Vehicle'],
    [accounts.income('fee'), 'Income:Earned:Fee'],
    [accounts.writeOff, 'Expenses:WriteOff'],
    [accounts.writeOffUnearned, 'Income:WriteOffUnearned'],
    [accounts.insurance, 'Assets:Insurance'],
    [accounts.recovery, 'Income:Recovery'],
    [accounts.rounding, 'Expenses:Rounding'],
  ])('%s is %s', (name, expected) => expect(journalAccount(name)).toBe(expected));

  it('has a place for every account of the chart, each another one', () => {
    const all = Object.values(accounts).map((account) => (typeof account === 'string' ? account : account('mtn')));
    expect(new Set(all.map(journalAccount)).size).toBe(all.length);
    expect(journalAccount('petty:cash')).toBe('Equity:NotInTheChart:Petty:Cash');
    expect(all.filter((name) => journalAccount(name).includes('NotInTheChart'))).toEqual([]);
  });
});

describe('the journal', () => {
  it('is what hledger reads', () => {
    expect(journalTransfer('hledger', transfer)).toBe(
      `2026-01-10 * (provider:mpesa/7) Paid by "Nobody", at the till , 7  ; transfer:${id}, kind:suspense, valueOn:2026-01-09
    Assets:Clearing:Mpesa  12500.50 KES
    Liabilities:Suspense:Mpesa  -12500.50 KES

`,
    );
  });

  it('is what Beancount reads', () => {
    expect(journalHead('beancount', ['clearing:mpesa', 'suspense:mpesa'], localDate('2026-01-10'))).toBe(
      '2026-01-10 open Assets:Clearing:Mpesa\n2026-01-10 open Liabilities:Suspense:Mpesa\n\n',
    );
    expect(journalTransfer('beancount', transfer)).toBe(`2026-01-10 * "Paid by \\"Nobody\\"; at the till | 7"
  transfer: "${id}"
  entry: "provider:mpesa/7"
  kind: "suspense"
  value-on: 2026-01-09
  Assets:Clearing:Mpesa  12500.50 KES
  Liabilities:Suspense:Mpesa  -12500.50 KES

`);
  });

  it('begins with what was before', () => {
    const opening = openingTransfer(localDate('2026-01-31'), [
      { name: 'clearing:mtn', currency: 'UGX', balance: 700 },
      { name: 'income:vehicle', currency: 'UGX', balance: -700 },
      { name: 'float:x', currency: 'UGX', balance: 0 },
    ]);
    expect(journalTransfer('hledger', opening).split('\n').slice(1, 4)).toEqual([
      '    Assets:Clearing:Mtn  700 UGX',
      '    Income:Earned:Vehicle  -700 UGX',
      '',
    ]);
  });

  it('has a line for each entry, whatever people wrote', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 60 }),
        fc.constantFrom(...journalFormats),
        (description, format) => {
          const lines = journalTransfer(format, { ...transfer, description }).split('\n');
          expect(lines).toHaveLength(format === 'hledger' ? 5 : 9);
          if (format === 'hledger') expect(lines[0]?.split(';')).toHaveLength(2);
        },
      ),
    );
  });
});
