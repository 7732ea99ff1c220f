import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { AgreementRow } from '#db/queries/agreements';
import type { SealedAgreement } from '#use-cases/leases/agreement/prepare-signature';
import type { SealedFacts } from '#use-cases/statements/seal-statement';
import { groupedCode } from '#domain/leases/statement-code';
import { formatMoney } from '#domain/money';

const style = `
body { font: 16px/1.5 system-ui, sans-serif; color: #1c2430; background: #f3f6f9; margin: 0; padding: 2rem 1rem; }
main { max-width: 40rem; margin: 0 auto; background: #fff; padding: 1.5rem 2rem 2rem; border-top: 6px solid #0f5c4d; border-radius: 4px; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.5rem; }
dt { color: #5b6675; }
dd { margin: 0; overflow-wrap: anywhere; }
label { display: block; border: 2px dashed #d5dbe3; border-radius: 4px; padding: 1.5rem; text-align: center; cursor: pointer; }
label:focus-within { border-color: #0f5c4d; }
input { display: block; margin: .75rem auto 0; max-width: 100%; font: inherit; }
[data-result] { font-weight: 600; }
[data-result=same] { color: #0f5c4d; }
[data-result=other] { color: #b3261e; }
small { color: #5b6675; }
`;

/** Compares on the reader's own machine: the file is sent nowhere. */
const script = `
const field = document.querySelector('input');
const area = document.querySelector('label');
const result = document.querySelector('[data-result]');
const say = (kind, text) => { result.dataset.result = kind; result.textContent = text; };
async function compare(file) {
  if (!file) return;
  if (!globalThis.crypto?.subtle) return say('other', 'This browser can compare files over https only. Compare the SHA-256 above by hand.');
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  if (area.dataset.sha256.split(' ').includes(hex)) say('same', 'This is the file that was given out: not a byte was changed.');
  else say('other', 'This is NOT the file that was given out: it was changed, or belongs to another code.');
}
field.addEventListener('change', () => compare(field.files[0]));
area.addEventListener('dragover', (event) => event.preventDefault());
area.addEventListener('drop', (event) => { event.preventDefault(); compare(event.dataTransfer.files[0]); });
`;

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing but the two inline pieces above, by their hashes. */
export const verifyPolicy = `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

function layout(title: string, body: unknown, withScript = false) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        ${raw(`<style>${style}</style>`)}
      </head>
      <body>
        <main>${body}</main>
        ${withScript ? raw(`<script>${script}</script>`) : ''}
      </body>
    </html>`;
}

/** What we vouch for of one statement, and a field that compares a file with it. */
export function verifiedPage(facts: SealedFacts, kid: string) {
  const { totals } = facts;
  const rows = [
    ['Lease', facts.reference],
    ['As of', facts.asOf],
    ['Issued', `${facts.issuedAt.slice(0, 16).replace('T', ' ')} UTC, as ${facts.format.toUpperCase()}`],
    ['Paid', formatMoney(totals.paid)],
    ['Outstanding', formatMoney(totals.outstanding)],
    ['Overdue', formatMoney(totals.overdue)],
    ['Fees due', formatMoney(totals.feesDue)],
    ['Credit', formatMoney(totals.credit)],
    ['Code', groupedCode(facts.code)],
    ['SHA-256', facts.sha256],
  ];
  const body = html`<h1>This statement was given out by us</h1>
    <p>Compare these figures with the paper in your hand.</p>
    ${list(rows)} ${comparison(facts.sha256, '.pdf,.csv')}
    <p>
      <small
        >Signed with key ${kid}. The same for machines:
        <a href="/v1/statements/${facts.code}">/v1/statements/${facts.code}</a></small
      >
    </p>`;
  return layout('Statement verified', body, true);
}

const outcomes = { in_effect: 'In effect since', void: 'Void since' } as const;

/** The same of an agreement that was signed, whose file is either of two. */
export function signedPage(
  { kind, template, signedAt, termsSha256, htmlSha256, pdfSha256, code }: SealedAgreement,
  kid: string,
  { became, becameAt }: Pick<AgreementRow, 'became' | 'becameAt'>,
) {
  const rows = [
    ...(became === null ? [] : [[outcomes[became], becameAt?.toISOString().slice(0, 10) ?? '']]),
    ['Signed', `${signedAt.slice(0, 16).replace('T', ' ')} UTC`],
    ['Template', template],
    ['Code', groupedCode(code)],
    ['SHA-256 of the terms', termsSha256],
    ['SHA-256 of the PDF', pdfSha256],
    ['SHA-256 of the HTML', htmlSha256],
  ];
  const heading =
    became === 'void' ? `This ${kind} was signed, and never came about` : `This ${kind} was signed, and is kept by us`;
  const body = html`<h1>${heading}</h1>
    ${list(rows)} ${comparison(`${pdfSha256} ${htmlSha256}`, '.pdf,.html')}
    <p>
      <small>Signed with key ${kid}. The same for machines: <a href="/v1/verify/${code}">/v1/verify/${code}</a></small>
    </p>`;
  return layout('Agreement verified', body, true);
}

const list = (rows: readonly (readonly string[])[]) =>
  html`<dl>
    ${rows.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;

/** A field that compares a file with the hashes of those that were given out. */
const comparison = (hashes: string, accept: string) =>
  html`<label data-sha256="${hashes}"
      >Drop the file here, or choose it, to see whether it was changed. It does not leave this device.
      <input type="file" accept="${accept}" />
    </label>
    <p role="status" data-result="none"></p>`;

export function unknownPage() {
  const body = html`<h1>There is no such document</h1>
    <p>
      We gave out no document with this code. Look at the code again; if it is as printed, do not trust the paper.
    </p>`;
  return layout('No such document', body);
}

export function brokenPage() {
  const body = html`<h1>This document cannot be verified</h1>
    <p>
      We gave out a document with this code, but its signature is by no key that is in use, or does not fit it. Do not
      trust the paper.
    </p>`;
  return layout('Document not verified', body);
}
