import { expect, it } from 'vitest';
import { groupedCode, readStatementCode, statementCode } from './statement-code.ts';

const code = statementCode(Uint8Array.from({ length: 20 }, (_, i) => 250 - 7 * i));

it('is twenty letters, read again however it was typed', () => {
  expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{20}$/);
  expect(groupedCode(code)).toMatch(/^(\w{5}-){3}\w{5}$/);
  expect(readStatementCode(groupedCode(code).toLowerCase())).toBe(code);
  expect(readStatementCode(` ${code} `)).toBe(code);
  expect(readStatementCode('ILO00-00000-00000-00000')).toBe('11000000000000000000');
});

it.each(['', 'ABC', `${code}0`, `${code.slice(1)}U`, `${code.slice(1)}é`])('refuses %j', (typed) => {
  expect(readStatementCode(typed)).toBeNull();
});
