import type { LocalDate } from '../calendar.ts';
import { decimalOf, type Currency } from '../money.ts';
import type { Entry } from './ledger.ts';

/**
 * The books as a journal for plain-text accounting: hledger (hledger.org, journal format) and Beancount 2 or 3. Both
 * take the same names of accounts, in the form that Beancount is strict about: five roots, and parts that begin with a
 * capital or a digit.
 */
export const journalFormats = ['hledger', 'beancount'] as const;
export type JournalFormat = (typeof journalFormats)[number];

interface JournalTransfer {
  readonly id: string;
  readonly book: string;
  readonly sequence: number;
  readonly kind: string;
  /** Business date and value date, local dates. */
  readonly on: string;
  readonly valueOn: string;
  readonly description: string;
  readonly entries: readonly (Entry & { readonly currency: Currency })[];
}

/** By the first part of an account's name in the ledger: where the rest of it hangs. */
const roots: Readonly<Record<string, string>> = {
  clearing: 'Assets:Clearing',
  float: 'Assets:Float',
  stock: 'Assets:Stock',
  cash: 'Assets:Cash',
  subsidy: 'Assets:Subsidy',
  insurance: 'Assets:Insurance',
  suspense: 'Liabilities:Suspense',
  unearned: 'Liabilities:Unearned',
  income: 'Income:Earned',
  write_off: 'Expenses:WriteOff',
  recovery: 'Income:Recovery',
  rounding: 'Expenses:Rounding',
};
/** Of a lease, by the last part. */
const leaseRoots: Readonly<Record<string, string>> = {
  receivable: 'Assets:Receivable',
  sale: 'Assets:Sale',
  disputed: 'Assets:Disputed',
  former: 'Assets:Former',
  deposit: 'Liabilities:Deposit',
  unapplied: 'Liabilities:Unapplied',
};
/** Where the root is another than that of what stands beside it. */
const exceptions: Readonly<Record<string, string>> = {
  'cash:lost': 'Expenses:CashLost',
  'write_off:unearned': 'Income:WriteOffUnearned',
};

/**
 * `lease:0190…:receivable` is `Assets:Receivable:0190…`, `clearing:mtn` is `Assets:Clearing:Mtn`. What the chart of
 * accounts does not have stands out, and breaks no journal.
 */
export function journalAccount(name: string): string {
  const [first = '', ...rest] = name.split(':');
  const special = exceptions[name];
  if (special !== undefined) return special;
  const [root, parts] = first === 'lease' ? [leaseRoots[rest[1] ?? ''], rest.slice(0, 1)] : [roots[first], rest];
  if (root === undefined) return ['Equity:NotInTheChart', ...name.split(':').map(part)].join(':');
  return [root, ...parts.map(part)].join(':');
}

/** Identifiers in capitals, words with a capital: `trade_in` is `TradeIn`. */
function part(text: string): string {
  if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(text)) return text.toUpperCase();
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('') || 'X';
}

/** What stands before the transfers: the first day of each account where the format asks for it. */
export function journalHead(format: JournalFormat, accounts: readonly string[], first: LocalDate | null): string {
  const names = [...new Set(accounts.map(journalAccount))].toSorted();
  const lines = names.map((name) => (format === 'hledger' ? `account ${name}` : `${first ?? ''} open ${name}`));
  const commodities = format === 'hledger' ? hledgerCommodities : [];
  return [...commodities, ...lines, '', ''].join('\n');
}

/**
 * What every account held at the end of a day, as one transfer of that day. Balances of the ledger sum to zero in each
 * currency, so it balances by itself.
 */
export function openingTransfer(
  day: LocalDate,
  balances: readonly { readonly name: string; readonly currency: Currency; readonly balance: number }[],
): JournalTransfer {
  const entries = balances
    .filter(({ balance }) => balance !== 0)
    .map(({ name, currency, balance }) => ({ account: name, amount: balance, currency }));
  return {
    id: 'none',
    book: 'opening',
    sequence: 0,
    kind: 'opening',
    on: day,
    valueOn: day,
    description: `balances of ${day}`,
    entries,
  };
}

/** So that hledger knows how many decimals each has. */
const hledgerCommodities = ['commodity 1000. UGX', 'commodity 1000.00 KES', 'commodity 1000. RWF'];

/** One transfer, with where to find it in the ledger. It ends with an empty line. */
export function journalTransfer(format: JournalFormat, transfer: JournalTransfer): string {
  return format === 'hledger' ? inHledger(transfer) : inBeancount(transfer);
}

function inHledger({ id, book, sequence, kind, on, valueOn, description, entries }: JournalTransfer): string {
  // A semicolon begins a comment; what stands before a bar would be taken for a payee.
  const told = line(description).replaceAll(/[;|]/g, ',');
  const postings = entries.map(
    (entry) => `    ${journalAccount(entry.account)}  ${decimalOf(entry)} ${entry.currency}`,
  );
  return [
    `${on} * (${book}/${sequence}) ${told}  ; transfer:${id}, kind:${kind}, valueOn:${valueOn}`,
    ...postings,
    '',
    '',
  ].join('\n');
}

function inBeancount({ id, book, sequence, kind, on, valueOn, description, entries }: JournalTransfer): string {
  const told = line(description).replaceAll(/[\\"]/g, String.raw`\$&`);
  const postings = entries.map((entry) => `  ${journalAccount(entry.account)}  ${decimalOf(entry)} ${entry.currency}`);
  return [
    `${on} * "${told}"`,
    `  transfer: "${id}"`,
    `  entry: "${book}/${sequence}"`,
    `  kind: "${kind}"`,
    `  value-on: ${valueOn}`,
    ...postings,
    '',
    '',
  ].join('\n');
}

/** Texts of people may have any line breaks; a journal is read line by line. */
function line(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
