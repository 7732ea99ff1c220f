import type { AgreementPart, Terms } from '#domain/leases/agreement/terms';

const style = `
body { font: 16px/1.5 system-ui, sans-serif; color: #1c2430; background: #f3f6f9; margin: 0; padding: 2rem 1rem; }
main { max-width: 44rem; margin: 0 auto; background: #fff; padding: 1.5rem 2rem 2rem; border-top: 6px solid #0f5c4d; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.05rem; margin: 1.5rem 0 .3rem; }
p { margin: .3rem 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.5rem; margin: 0; }
dt, small { color: #5b6675; }
dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; margin: .6rem 0; }
th, td { text-align: left; padding: .2rem .6rem; border-bottom: 1px solid #d5dbe3; }
`;

const marks: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string) => text.replaceAll(/[&<>"']/g, (mark) => marks[mark] ?? mark);

/** Terms as a page that needs nothing else: the same terms are the same bytes. */
export function renderAgreementHtml({ language, title, subtitle, parts }: Terms): Buffer {
  const page = `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p><small>${escaped(subtitle)}</small></p>
${parts.map(section).join('\n')}
</main>
</body>
</html>
`;
  return Buffer.from(page, 'utf8');
}

function section({ heading, facts = [], table, texts = [] }: AgreementPart): string {
  const list = facts.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join('\n');
  const row = (cells: readonly string[], tag: 'th' | 'td') =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  return [
    `<section>\n<h2>${escaped(heading)}</h2>`,
    ...(list === '' ? [] : [`<dl>\n${list}\n</dl>`]),
    ...(table === undefined
      ? []
      : [`<table>\n${row(table.head, 'th')}\n${table.rows.map((cells) => row(cells, 'td')).join('\n')}\n</table>`]),
    ...texts.map((text) => `<p>${escaped(text)}</p>`),
    '</section>',
  ].join('\n');
}
