import { buffer } from 'node:stream/consumers';
import type { StatementPaper } from '#db/queries/statements';
import type { StatementEntry, StatementTotal } from '#domain/leases/statement';
import { formatMoney, money } from '#domain/money';
import {
  factList,
  footers,
  heightOf,
  ink,
  letterhead,
  newPaper,
  sheet,
  write,
  type Document,
  type Issue,
} from '../paper.ts';

const columns = {
  date: { x: sheet.left, width: 58 },
  what: { x: 112, width: 186 },
  debit: { x: 302, width: 76 },
  credit: { x: 384, width: 76 },
  balance: { x: 466, width: 81 },
} as const;
const totalNames: Readonly<Record<StatementTotal, string>> = {
  paid: 'Paid',
  outstanding: 'Outstanding',
  overdue: 'Overdue',
  feesDue: 'Fees due',
  credit: 'Credit',
};

/** A statement as PDF for its customer. The same facts, code and time of issue give the same bytes. */
export async function renderPdf(statement: StatementPaper, issue: Issue): Promise<Buffer> {
  const doc = newPaper(`Account statement ${statement.reference}`, issue.issuedAt);
  const written = buffer(doc);
  const table = title(doc, statement, issue);
  entriesTable(doc, statement, table);
  footers(doc, `${statement.reference}  ·  amounts in ${statement.currency}`, issue);
  doc.end();
  return written;
}

/** The first page down to the table. @returns where the table begins. */
function title(doc: Document, statement: StatementPaper, issue: Issue): number {
  letterhead(doc, 'Account statement', `As of ${statement.asOf}`, issue);
  factList(
    doc,
    [
      ['Customer', statement.customer],
      ['Lease', statement.reference],
      ['Vehicle', statement.vehicle],
      ['Plan', statement.plan],
      ['Handed over', statement.handedOverOn ?? 'not yet'],
    ],
    114,
  );
  tiles(doc, statement, 206);
  owned(doc, statement, 268);
  return 316;
}

function tiles(doc: Document, { totals, currency }: StatementPaper, y: number): void {
  const names = Object.entries(totalNames) as [StatementTotal, string][];
  const gap = 8;
  const width = (sheet.right - sheet.left - gap * (names.length - 1)) / names.length;
  for (const [i, [key, name]] of names.entries()) {
    const x = sheet.left + i * (width + gap);
    doc.roundedRect(x, y, width, 46, 4).fill(ink.band);
    write(doc, name, x + 8, y + 9, { size: 8, color: ink.soft });
    write(doc, formatMoney(money(totals[key], currency)), x + 8, y + 24, { size: 9.5, bold: true, width: width - 12 });
  }
}

function owned(doc: Document, { ownedPercent, totalPrice, currency }: StatementPaper, y: number): void {
  const width = sheet.right - sheet.left;
  const price = formatMoney(money(totalPrice, currency));
  write(doc, `Owned: ${ownedPercent} % of the total price of ${price}`, sheet.left, y, { size: 9 });
  doc.roundedRect(sheet.left, y + 15, width, 7, 3.5).fill(ink.line);
  if (ownedPercent > 0)
    doc.roundedRect(sheet.left, y + 15, Math.max(7, (width * ownedPercent) / 100), 7, 3.5).fill(ink.accent);
}

function entriesTable(doc: Document, statement: StatementPaper, begin: number): void {
  let y = tableHead(doc, begin);
  if (statement.entries.length === 0) write(doc, 'Nothing was charged or paid yet.', sheet.left, y + 4, { size: 9 });
  for (const entry of statement.entries) {
    const row = rowOf(doc, entry, statement);
    if (y + row.height > sheet.bottom) {
      doc.addPage();
      write(doc, `Account statement ${statement.reference}`, sheet.left, 40, { size: 9, bold: true });
      write(doc, `As of ${statement.asOf}`, columns.debit.x, 40, { size: 9, color: ink.soft, ...toTheRight });
      y = tableHead(doc, 60);
    }
    row.draw(y);
    y += row.height;
  }
  const last = statement.entries.at(-1);
  if (last === undefined) return;
  if (y + 20 > sheet.bottom) {
    doc.addPage();
    y = sheet.top;
  }
  write(doc, 'Balance', columns.what.x, y + 6, { size: 9.5, bold: true });
  amount(doc, formatMoney(money(last.balance, statement.currency)), { x: 384, width: 163 }, y + 6, true);
}

const toTheRight = { width: sheet.right - columns.debit.x, align: 'right' } as const;

function tableHead(doc: Document, y: number): number {
  doc.rect(sheet.left, y, sheet.right - sheet.left, 18).fill(ink.accent);
  const style = { size: 8, bold: true, color: '#ffffff' };
  write(doc, 'Date', columns.date.x + 4, y + 5.5, style);
  write(doc, 'What for', columns.what.x, y + 5.5, style);
  for (const [name, { x, width }] of [
    ['Charged', columns.debit],
    ['Paid', columns.credit],
    ['Balance', columns.balance],
  ] as const)
    write(doc, name, x, y + 5.5, { ...style, width: width - 4, align: 'right' });
  return y + 18;
}

/** One entry: its description, beneath it what it was for. */
function rowOf(doc: Document, entry: StatementEntry, { currency }: StatementPaper) {
  const plain = (value: number) => formatMoney(money(value, currency)).replace(` ${currency}`, '');
  const description = entry.description.replace(/^./, (first) => first.toUpperCase());
  const parts = entry.split.map((part) => `${part.component} ${plain(part.amount)}`);
  const split = [...(entry.valueOn === entry.on ? [] : [`paid on ${entry.valueOn}`]), ...parts].join('  ·  ');
  const { x, width } = columns.what;
  const descriptionHeight = heightOf(doc, description, { size: 8.5, width });
  const splitHeight = split === '' ? 0 : heightOf(doc, split, { size: 7, width }) + 1;
  const height = descriptionHeight + splitHeight + 8;
  return {
    height,
    draw(y: number) {
      write(doc, entry.on, columns.date.x + 4, y + 4, { size: 8.5 });
      write(doc, description, x, y + 4, { size: 8.5, width });
      if (split !== '') write(doc, split, x, y + 5 + descriptionHeight, { size: 7, color: ink.soft, width });
      if (entry.debit > 0) amount(doc, plain(entry.debit), columns.debit, y + 4);
      if (entry.credit > 0) amount(doc, plain(entry.credit), columns.credit, y + 4);
      amount(doc, plain(entry.balance), columns.balance, y + 4);
      doc
        .moveTo(sheet.left, y + height)
        .lineTo(sheet.right, y + height)
        .lineWidth(0.5)
        .stroke(ink.line);
    },
  };
}

function amount(doc: Document, text: string, at: { x: number; width: number }, y: number, bold = false): void {
  write(doc, text, at.x, y, { size: bold ? 9.5 : 8.5, bold, width: at.width - 4, align: 'right' });
}
