import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { markets } from '#domain/markets';
import { anyCase, type Case } from './any-plan.ts';
import { byUs, expectSame } from './plans-compared.ts';

/** The published table, as a person reads it: amounts with commas, rates with two decimals or a dash. */
const amount = z.string().transform((text) => Number(text.replaceAll(',', '')));
const percent = z.string().transform((text) => (text === '–' ? null : Number(text)));
const row = z.tuple([
  z.enum(markets),
  amount,
  z.string().transform((text) => z.looseObject({ instalments: z.int() }).parse(JSON.parse(text.replaceAll('`', '')))),
  amount,
  amount,
  amount,
  amount,
  z.string(),
  amount,
  percent,
  percent,
]);
const page = readFileSync('docs/plans.md', 'utf8');
const rows = [...page.matchAll(/^\| (?:UG|KE|RW) .*\|$/gm)].map(([text]) =>
  row.parse(
    text
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  ),
);
const usual = { markupPercent: 0, components: { vehicle: 100 }, frequency: 'weekly', depositPercent: 0 } as const;

it('the published examples cost by us and by Python what the page says', () => {
  expect(rows.length).toBeGreaterThan(10);
  const cases = rows.map(([market, price, plan]): Case => ({
    market,
    price,
    plan: { ...usual, ...plan },
    start: '2026-01-31',
  }));
  expectSame(cases);
  for (const [i, [, , plan, deposit, count, first, last, until, total, eu, us]] of rows.entries()) {
    const one = cases[i] ?? expect.fail();
    const ours = byUs(one);
    const said = JSON.stringify(plan);
    const [firstLine, lastLine] = [ours.lines[0], ours.lines.at(-1)];
    const shown = [ours.deposit, ours.lines.length, firstLine?.[1], lastLine?.[1], lastLine?.[0], ours.eu, ours.us];
    expect(shown, said).toEqual([deposit, count, first, last, until, eu, us]);
    expect(
      ours.lines.reduce((sum, [, of]) => sum + of, ours.deposit),
      said,
    ).toBe(total);
  }
});

it('random plans cost by Python what they cost by us', () => {
  expectSame(fc.sample(anyCase, 200));
});
