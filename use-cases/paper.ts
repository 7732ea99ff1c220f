import { create as createQrCode } from 'qrcode';
import PdfDocument from 'pdfkit';
import { letteringOf } from './lettering.ts';

/** What a paper says of itself. */
export interface Issue {
  /** For people: in groups. */
  readonly code: string;
  readonly verifyUrl: string;
  readonly issuedAt: Date;
}

export type Document = PDFKit.PDFDocument;

/** Whose papers these are. */
export const house = 'Rent-to-own mobility marketplace';
export const ink = { text: '#1c2430', soft: '#5b6675', line: '#d5dbe3', band: '#f3f6f9', accent: '#0f5c4d' } as const;
/** A4 in points. */
export const sheet = { width: 595.28, height: 841.89, left: 48, right: 547.28, top: 48, bottom: 781 } as const;

/** An empty paper; the same title and time of issue give the same bytes. */
export function newPaper(title: string, issuedAt: Date, lang = 'en'): Document {
  const info = {
    Title: title,
    Author: house,
    Creator: house,
    Producer: house,
    CreationDate: issuedAt,
    ModDate: issuedAt,
  };
  return new PdfDocument({ size: 'A4', margin: 0, bufferPages: true, lang, displayTitle: true, info });
}

/** The head of the first page: whose paper it is, what it is, and the code that verifies it; a draft has none. */
export function letterhead(doc: Document, title: string, subtitle: string, issue: Issue | null): void {
  doc.rect(0, 0, sheet.width, 6).fill(ink.accent);
  write(doc, house, sheet.left, 40, { size: 10, bold: true, color: ink.accent });
  const size = title.length > 30 ? 13 : 22;
  write(doc, title, sheet.left, 56 + (22 - size) / 2, { size, bold: true });
  write(doc, subtitle, sheet.left, 84, { size: 10, color: ink.soft });
  if (issue === null) return;
  qrCode(doc, issue.verifyUrl, { x: 437, y: 40, size: 100 });
  write(doc, 'Verify this paper', 417, 144, { size: 8, color: ink.soft, width: 140, align: 'center' });
  write(doc, issue.code, 417, 156, { size: 8, bold: true, width: 140, align: 'center' });
}

/** Names and values beneath each other. @returns where they end */
export function factList(doc: Document, facts: readonly (readonly [string, string])[], begin: number): number {
  for (const [i, [name, value]] of facts.entries()) {
    const y = begin + 16 * i;
    write(doc, name, sheet.left, y, { size: 9, color: ink.soft });
    write(doc, value, 142, y, { size: 9.5, width: 270 });
  }
  return begin + 16 * facts.length;
}

/** Beneath every page: `about` the paper, its address and its number. */
export function footers(doc: Document, about: string, issue: Issue | null): void {
  const { count } = doc.bufferedPageRange();
  const issued = issue === null ? 'Draft' : `Issued ${issue.issuedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  for (let i = 0; i < count; i += 1) {
    doc.switchToPage(i);
    const y = 800;
    write(doc, `${about}  ·  ${issued}`, sheet.left, y, { size: 7.5, color: ink.soft });
    if (issue !== null) write(doc, issue.verifyUrl, sheet.left, y + 11, { size: 7.5, color: ink.soft });
    write(doc, `Page ${i + 1} of ${count}`, 302, y, { size: 7.5, color: ink.soft, width: 245, align: 'right' });
  }
}

/** Drawn as squares: sharp at any size, and nothing that changes from run to run. */
function qrCode(doc: Document, text: string, { x, y, size }: { x: number; y: number; size: number }): void {
  const { modules } = createQrCode(text, { errorCorrectionLevel: 'M' });
  const side = size / modules.size;
  for (let row = 0; row < modules.size; row += 1) {
    for (let column = 0; column < modules.size; column += 1)
      if (modules.get(row, column) !== 0) doc.rect(x + column * side, y + row * side, side, side);
  }
  doc.fill(ink.text);
}

interface Style {
  readonly size: number;
  readonly bold?: boolean;
  readonly color?: string;
  readonly width?: number;
  readonly align?: 'left' | 'right' | 'center';
}

export function write(doc: Document, text: string, x: number, y: number, style: Style): void {
  const { color = ink.text, width, align = 'left' } = style;
  const lettered = take(doc, text, style);
  doc.fillColor(color).text(lettered, x, y, width === undefined ? { lineBreak: false } : { width, align });
}

/** In points, of a text in lines so wide. */
export function heightOf(doc: Document, text: string, style: Style & { readonly width: number }): number {
  return doc.heightOfString(take(doc, text, style), { width: style.width });
}

/** Takes the face and size that a text is written in. @returns the text as it is printed */
function take(doc: Document, text: string, { size, bold = false }: Style): string {
  const lettering = letteringOf(text, bold);
  doc.font(lettering.face).fontSize(size);
  return lettering.text;
}
