import { stringify } from 'csv-stringify/sync';
import { splitComponents, type Statement } from '#domain/leases/statement';
import { decimalOf } from '#domain/money';

const amounts = ['debit', 'credit', 'balance'] as const;

/**
 * A statement as RFC 4180: UTF-8, CRLF, a header. Amounts are decimals of the currency, which has a column of
 * its own; `for_…` are the parts of the entry. Text that a spreadsheet would take for a formula begins with an
 * apostrophe. The same facts give the same bytes.
 */
export function renderCsv(statement: Statement, code: string): Buffer {
  const { currency } = statement;
  // Interest and principal are of declining plans alone: others keep the columns that they had.
  const has = (name: string) =>
    statement.entries.some(({ split }) => split.some(({ component }) => component === name));
  const shown = splitComponents.filter((name) => (name !== 'interest' && name !== 'principal') || has(name));
  const rows = statement.entries.map(({ at, on, kind, description, debit, credit, balance, split, valueOn }) => {
    const parts = shown.map((name) => split.find(({ component }) => component === name)?.amount ?? null);
    return [
      on,
      at.toISOString(),
      kind,
      description,
      debit,
      credit,
      balance,
      currency,
      ...parts,
      statement.reference,
      code,
      valueOn,
    ];
  });
  const columns = [
    'date',
    'time',
    'kind',
    'description',
    ...amounts,
    'currency',
    ...shown.map((name) => `for_${name}`),
    'lease',
    'statement',
    'value_date',
  ];
  const text = stringify([columns, ...rows], {
    record_delimiter: '\r\n',
    escape_formulas: true,
    // Amounts are numbers until here: a minus of ours is no formula.
    cast: { number: (amount) => decimalOf({ amount, currency }) },
  });
  return Buffer.from(text, 'utf8');
}
