import { buffer } from 'node:stream/consumers';
import type { AgreementPart, Terms } from '#domain/leases/agreement/terms';
import { footers, heightOf, ink, letterhead, newPaper, sheet, write, type Document, type Issue } from '../../paper.ts';

const WIDTH = sheet.right - sheet.left;
const NAMES = 130;
const TEXT = 9;

/** Terms as PDF; a draft has no code to verify. The same terms, code and time are the same bytes. */
export async function renderAgreementPdf(terms: Terms, issue: Issue | null, at: Date): Promise<Buffer> {
  const doc = newPaper(terms.title, at, terms.language);
  const written = buffer(doc);
  letterhead(doc, terms.title, terms.subtitle, issue);
  let y = 108;
  // Beside the code that verifies it there is no room for long lines.
  for (const [i, part] of terms.parts.entries()) y = drawPart(doc, part, y + 10, i === 0 ? 350 : WIDTH);
  footers(doc, terms.title, issue);
  doc.end();
  return written;
}

/** @returns where it ends */
function drawPart(
  doc: Document,
  { heading, facts = [], table, texts = [] }: AgreementPart,
  begin: number,
  width: number,
): number {
  let y = onPage(doc, begin, 40);
  write(doc, heading, sheet.left, y, { size: 10.5, bold: true, color: ink.accent });
  y += 16;
  for (const [name, value] of facts) {
    const height = heightOf(doc, value, { size: TEXT, width: width - NAMES }) + 3;
    y = onPage(doc, y, height);
    write(doc, name, sheet.left, y, { size: TEXT, color: ink.soft, width: NAMES - 6 });
    write(doc, value, sheet.left + NAMES, y, { size: TEXT, width: width - NAMES });
    y += Math.max(height, heightOf(doc, name, { size: TEXT, width: NAMES - 6 }) + 3);
  }
  if (table !== undefined) {
    y = drawRow(doc, table.head, y + 4, true);
    for (const row of table.rows) y = drawRow(doc, row, y, false);
    y += 4;
  }
  for (const text of texts) {
    const height = heightOf(doc, text, { size: TEXT, width });
    y = onPage(doc, y, height);
    write(doc, text, sheet.left, y, { size: TEXT, width });
    y += height + 3;
  }
  return y;
}

function drawRow(doc: Document, cells: readonly string[], begin: number, bold: boolean): number {
  const y = onPage(doc, begin, 14);
  const width = WIDTH / cells.length;
  for (const [i, cell] of cells.entries()) write(doc, cell, sheet.left + i * width, y, { size: 8.5, bold });
  doc
    .moveTo(sheet.left, y + 12)
    .lineTo(sheet.right, y + 12)
    .lineWidth(0.5)
    .stroke(ink.line);
  return y + 14;
}

/** Where something so high stands: on the next page where this one has no room for it. */
function onPage(doc: Document, y: number, height: number): number {
  if (y + height <= sheet.bottom) return y;
  doc.addPage();
  return sheet.top;
}
