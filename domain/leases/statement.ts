import type { LocalDate } from '../calendar.ts';
import { money, type Currency } from '../money.ts';
import { accounts, type Entry } from '../ledger/ledger.ts';

/** What a part of a payment or a charge was for, in the order it is shown. */
export const splitComponents = [
  'deposit',
  'vehicle',
  'insurance',
  'tracker',
  'maintenance',
  'battery',
  'interest',
  'principal',
  'fee',
  'recovery',
  'disputed',
  'credit',
] as const;

interface SplitPart {
  readonly component: (typeof splitComponents)[number];
  /** Minor units; negative where it goes the other way than the entry. */
  readonly amount: number;
}

/** A transfer of a lease with its entries, as the ledger has it. */
export interface LedgerMovement {
  readonly at: Date;
  /** Business date. */
  readonly on: string;
  /** The day from which it counts: earlier, where a payment became known later. */
  readonly valueOn: string;
  readonly kind: string;
  readonly description: string;
  readonly entries: readonly Entry[];
}

/** One line of a customer's account: a debit is owed, a credit was paid or forgiven. Minor units. */
export interface StatementEntry {
  readonly at: Date;
  /** The day on which it was posted, and the one from which it counts. */
  readonly on: string;
  readonly valueOn: string;
  readonly kind: string;
  readonly description: string;
  readonly debit: number;
  readonly credit: number;
  /** What is owed after it, fees and what is in dispute included, less the deposit held and credit. */
  readonly balance: number;
  /** Sums to the credit where the entry is one, otherwise to the debit. */
  readonly split: readonly SplitPart[];
}

/** Everything that a statement shows, on the lease's own clock. */
export interface Statement {
  readonly reference: string;
  readonly currency: Currency;
  readonly asOf: LocalDate;
  readonly ownedPercent: number;
  readonly totals: Readonly<Record<StatementTotal, number>>;
  readonly entries: readonly StatementEntry[];
}

export type StatementTotal = 'paid' | 'outstanding' | 'overdue' | 'feesDue' | 'credit';

/** The totals as money. */
export function totalsOf({ totals, currency }: Pick<Statement, 'totals' | 'currency'>) {
  const sum = (total: StatementTotal) => money(totals[total], currency);
  return {
    paid: sum('paid'),
    outstanding: sum('outstanding'),
    overdue: sum('overdue'),
    feesDue: sum('feesDue'),
    credit: sum('credit'),
  };
}

/**
 * The customer's account as the ledger has it, oldest first: it cannot differ from the books. What moves
 * between the customer's own accounts (credit that pays a line) changes nothing that is owed and is left out.
 * What is given up is a loss of the house, and the customer owes it still: it is charged and given up in one line, the balance stays, and
 * what comes of it later is less to pay. So is what it has cost to keep a vehicle that was taken back.
 *
 * @param opening the line that stands before them
 */
export function statementEntries(
  leaseId: string,
  movements: readonly LedgerMovement[],
  opening?: StatementEntry,
): StatementEntry[] {
  let balance = opening?.balance ?? 0;
  const own = movements.flatMap(({ entries, ...movement }) => {
    const { owed, givenUp } = changeOf(leaseId, movement.kind, entries);
    const net = sum(owed.values()) + givenUp;
    const debit = Math.max(0, net) + givenUp;
    const credit = Math.max(0, -net) + givenUp;
    if (debit === 0 && credit === 0) return [];
    balance += net;
    return [{ ...movement, debit, credit, balance, split: splitOf(owed, credit >= debit) }];
  });
  return opening === undefined ? own : [opening, ...own];
}

/** Transfers by which money comes, goes or pays something else than it did; others say what is owed. */
const moneyMoves = new Set([
  'receipt',
  'reversal',
  'refund',
  'credit_applied',
  'deposit_released',
  'restructure_undone',
]);
/** What is nothing of a price; of a lease that is made over it is even. */
const besidePrice = new Set<SplitPart['component']>(['fee', 'recovery', 'disputed', 'credit']);

/**
 * What the statement of whoever has taken a lease over begins with: all that was owed and all that was paid until then, in one
 * line that tells neither when nor how.
 *
 * @param before what belongs to those who had it before, also where it was posted since
 */
export function openingEntry(
  leaseId: string,
  before: readonly LedgerMovement[],
  { at, on }: Pick<StatementEntry, 'at' | 'on'>,
): StatementEntry {
  const [paid, owed] = [new Map<string, number>(), new Map<string, number>()];
  for (const { kind, entries } of before)
    for (const [component, amount] of changeOf(leaseId, kind, entries).owed) {
      owed.set(component, (owed.get(component) ?? 0) + amount);
      if (moneyMoves.has(kind)) paid.set(component, (paid.get(component) ?? 0) + amount);
    }
  for (const component of besidePrice) paid.delete(component);
  const balance = sum(owed.values());
  const credit = -sum(paid.values());
  const split = credit === 0 ? splitOf(owed, false) : splitOf(paid, true);
  const description = 'paid by who had it before';
  return { at, on, valueOn: on, kind: 'taken_over', description, debit: balance + credit, credit, balance, split };
}

/** By how much a transfer changes what is owed in the books, by component, and what of it is given up there alone. */
function changeOf(leaseId: string, kind: string, entries: readonly Entry[]) {
  const owed = new Map<string, number>();
  const add = (component: string, amount: number) => owed.set(component, (owed.get(component) ?? 0) + amount);
  for (const { account, amount } of entries) {
    const [group = '', component = ''] = account.split(':');
    if (account === accounts.deposit(leaseId)) add('deposit', amount);
    else if (account === accounts.unapplied(leaseId)) add('credit', amount);
    else if (account === accounts.disputed(leaseId)) add('disputed', amount);
    else if (account === accounts.recovery) add('recovery', amount);
    // What a receivable is made of is written on its other side: unearned while it is owed, income once it is paid.
    else if (group === 'unearned') add(component, -amount);
  }
  // Old transfers of a deposit that was paid, or taken back, while the lease ran passed no account of the lease.
  if (kind === 'receipt' || kind === 'reversal') add('deposit', earnedAtOnce(entries));
  if (kind.startsWith('keeping_costs')) add('fee', amountOn(entries, accounts.writeOff));
  return { owed, givenUp: Math.max(0, -amountOn(entries, accounts.writeOffUnearned)) };
}

const amountOn = (entries: readonly Entry[], name: string): number =>
  sum(entries.flatMap(({ account, amount }) => (account === name ? [amount] : [])));

function earnedAtOnce(entries: readonly Entry[]): number {
  return sum(entries.filter(({ account }) => /^(unearned|income):/.test(account)).map(({ amount }) => amount));
}

function splitOf(owed: ReadonlyMap<string, number>, isCredit: boolean): SplitPart[] {
  return splitComponents
    .map((component) => {
      const change = owed.get(component) ?? 0;
      return { component, amount: isCredit ? -change : change };
    })
    .filter(({ amount }) => amount !== 0);
}

function sum(amounts: Iterable<number>): number {
  let total = 0;
  for (const amount of amounts) total += amount;
  return total;
}
