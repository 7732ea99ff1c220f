import { z } from '@hono/zod-openapi';
import { stringify } from 'csv-stringify/sync';
import type { Context } from 'hono';
import { currencies, decimalOf, type Currency, type Money } from '#domain/money';

type Cell = string | number | null;
const sum = z.object({ amount: z.number(), currency: z.enum(currencies) });
const mediaType = 'text/csv';
/** Columns that are counts; every other number is minor units of the row's currency, where it has one. */
const counts = new Set(['leases', 'month']);

/** What the document says of an answer that can be a file as well. */
export const csvFile = { 'text/csv': { schema: z.string() } } as const;

/** Rows as RFC 4180, for spreadsheets: a header, amounts as decimals of the row's currency, formulas made harmless. */
export function answerCsv<Row extends { readonly currency?: Currency } & { readonly [K in keyof Row]: Cell }>(
  c: Context,
  name: string,
  rows: readonly Row[],
) {
  const columns = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) =>
    Object.entries<Cell>(row).map(([column, value]) => cell(column, value, row.currency)),
  );
  const text = stringify([columns, ...cells], {
    record_delimiter: '\r\n',
    escape_formulas: true,
    // Amounts are no text until here: a minus of ours is no formula.
    cast: { object: (amount) => ({ value: decimalOf(sum.parse(amount)), escape_formulas: false }) },
  });
  return c.text(text, 200, {
    'content-type': `${mediaType}; charset=utf-8; header=present`,
    'content-disposition': `attachment; filename="${name}.csv"`,
    'cache-control': 'private, no-store',
  });
}

/** An amount of less than nothing is no formula. */
function cell(column: string, value: Cell, currency: Currency | undefined): Cell | Money {
  if (typeof value !== 'number' || currency === undefined || counts.has(column)) return value;
  return { amount: value, currency };
}
