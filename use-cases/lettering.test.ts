import { buffer } from 'node:stream/consumers';
import { inflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { letteringOf } from './lettering.ts';
import { newPaper, write } from './paper.ts';

const own = expect.stringMatching(/DejaVuSansCondensed\.ttf$/);

it.each([
  ['Amina Nakato', 'Amina Nakato', 'Helvetica'],
  ['José Núñez – “Zoë” 5 €', 'José Núñez – “Zoë” 5 €', 'Helvetica'],
  ['e\u0301tat', 'état', 'Helvetica'],
  ['Ngu\u0303gi\u0303 wa M\u0169kami', 'Ng\u0169g\u0129 wa M\u0169kami', own],
  ['Ssebuŋŋa Ŋŋoma', 'Ssebuŋŋa Ŋŋoma', own],
  ['ɓalaƙa', 'ɓalaƙa', own],
  ['Tsegaye ፀጋዬ', 'Tsegaye ???', own],
])('prints %j as %j', (text, printed, face) => {
  expect(letteringOf(text)).toEqual({ text: printed, face });
});

/** All that a paper holds, its streams inflated. */
async function paperOf(...texts: readonly string[]): Promise<{ bytes: Buffer; content: string }> {
  const doc = newPaper('A paper', new Date('2026-01-05T09:00:00Z'));
  const written = buffer(doc);
  for (const bold of [false, true]) for (const text of texts) write(doc, text, 48, 48, { size: 9, bold });
  doc.end();
  const bytes = await written;
  const content = bytes
    .toString('latin1')
    .replaceAll(/stream\n([^]*?)\nendstream/g, (_, body: string) => inflate(Buffer.from(body, 'latin1')));
  return { bytes, content };
}

function inflate(body: Buffer): string {
  try {
    return inflateSync(body).toString('latin1');
  } catch {
    return '';
  }
}

it('writes a name with the letters that it has, to be read and to be searched', async () => {
  const { bytes, content } = await paperOf('Ng\u0169g\u0129', 'Ssebuŋŋa');
  for (const face of ['DejaVuSansCondensed', 'DejaVuSansCondensed-Bold'])
    expect(content).toMatch(new RegExp(`/FontName /[A-Z]{6}\\+${face}\n`));
  for (const letter of ['0169', '0129', '014b']) expect(content).toContain(`<${letter}>`);
  expect((await paperOf('Ng\u0169g\u0129', 'Ssebuŋŋa')).bytes.equals(bytes)).toBe(true);
});

it('carries no font where every reader has the letters', async () => {
  expect((await paperOf('Amina Nakato')).content).not.toContain('FontFile');
});
