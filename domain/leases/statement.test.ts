import { describe, expect, it } from 'vitest';
import * as ledger from '../ledger/ledger.ts';
import { statementEntries, type LedgerMovement } from './statement.ts';

const id = 'L1';
const { clearing, unapplied } = ledger.accounts;
const part = (component: string, amount: number) => ({ component, instalment: 1, amount });
const mtn = clearing('mtn');
const owedByComponent = new Map([
  ['vehicle', 800],
  ['insurance', 200],
]);

function move(kind: string, entries: readonly ledger.Entry[]): LedgerMovement {
  const on = '2026-03-01';
  return { kind, entries, at: new Date('2026-03-01T09:00:00Z'), on, valueOn: on, description: kind };
}

/** `[debit, credit, balance, split]` of every line. */
const lines = (...movements: LedgerMovement[]) =>
  statementEntries(id, movements).map(({ debit, credit, balance, split }) => [
    debit,
    credit,
    balance,
    split.map(({ component, amount }) => `${component} ${amount}`).join(', '),
  ]);

describe('a statement', () => {
  it('follows a lease from deposit to the last payment, each line with what it was for', () => {
    const fees = [part('fee', 30), part('vehicle', 790), part('insurance', 200)];
    expect(
      lines(
        move('receipt', ledger.receipt(id, mtn, [part('deposit', 100), part('credit', 10)], 'application')),
        move('handover', ledger.handover(id, 100, owedByComponent)),
        move('credit_applied', ledger.receipt(id, unapplied(id), [part('vehicle', 10)], 'running')),
        move('late_fee', ledger.lateFee(id, 50)),
        move('fee_waiver', ledger.waiver(id, new Map([['fee', 20]]))),
        move('receipt', ledger.receipt(id, mtn, [...fees, part('credit', 5)], 'running')),
        move('refund', ledger.refund(id, mtn, 5)),
      ),
    ).toEqual([
      [0, 110, -110, 'deposit 100, credit 10'],
      [1_100, 0, 990, 'deposit 100, vehicle 800, insurance 200'],
      [50, 0, 1_040, 'fee 50'],
      [0, 20, 1_020, 'fee 20'],
      [0, 1_025, -5, 'vehicle 790, insurance 200, fee 30, credit 5'],
      [5, 0, 0, 'credit 5'],
    ]);
  });

  it('shows a payment that was taken back as owed again', () => {
    const paid = ledger.receipt(id, mtn, [part('vehicle', 80), part('insurance', 20)], 'running');
    expect(
      lines(
        move('receipt', paid),
        move('reversal', ledger.takenBack(id, mtn, [part('vehicle', 80), part('insurance', 20)], 'running')),
      ),
    ).toEqual([
      [0, 100, -100, 'vehicle 80, insurance 20'],
      [100, 0, 0, 'vehicle 80, insurance 20'],
    ]);
  });

  it('shows a deposit that is taken back and paid again while the lease runs', () => {
    expect(
      lines(
        move('reversal', ledger.takenBack(id, mtn, [part('deposit', 100)], 'running')),
        move('receipt', ledger.receipt(id, mtn, [part('deposit', 100), part('vehicle', 7)], 'running')),
      ),
    ).toEqual([
      [100, 0, 100, 'deposit 100'],
      [0, 107, -7, 'deposit 100, vehicle 7'],
    ]);
  });

  it('shows what is given up, which is owed still, and what is paid of it after that as recovery', () => {
    const later = [part('vehicle', 60), part('fee', 5), part('credit', 3)];
    expect(
      lines(
        move('handover', ledger.handover(id, 0, owedByComponent)),
        move('write_off', ledger.writeOff(id, owedByComponent)),
        move('receipt', ledger.receipt(id, mtn, later, 'written_off')),
        move('reversal', ledger.takenBack(id, mtn, later, 'written_off')),
      ),
    ).toEqual([
      [1_000, 0, 1_000, 'vehicle 800, insurance 200'],
      [1_000, 1_000, 1_000, 'vehicle 800, insurance 200'],
      [0, 68, 932, 'recovery 65, credit 3'],
      [68, 0, 1_000, 'recovery 65, credit 3'],
    ]);
  });

  it('leaves out what moves between the accounts of the customer', () => {
    expect(lines(move('deposit_released', ledger.releaseDeposit(id, 100)))).toEqual([]);
  });
});
