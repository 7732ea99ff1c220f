import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markets } from '#domain/markets';
import { recorded } from '../test-server.ts';
import { HASH_KEY, testAdapters, testAirtel } from './test-adapters.ts';

/** Bodies of the right shape with one part replaced: what a random document never comes near. */
const bodies = testAdapters.flatMap(({ name }) =>
  recorded(new URL(`fixtures/${name}.json`, import.meta.url))('callbacks').map(({ body }) => JSON.stringify(body)),
);
const spoilt = fc.tuple(fc.constantFrom(...bodies), fc.nat(), fc.jsonValue()).map(([body, at, value]) => {
  const members = [...body.matchAll(/:("[^"]*"|-?\d[\d.]*|null|true|false)/g)];
  const member = members[at % members.length];
  if (member === undefined) return body;
  return `${body.slice(0, member.index + 1)}${JSON.stringify(value)}${body.slice(member.index + member[0].length)}`;
});
const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.json(),
  spoilt,
  fc.constantFrom(...bodies, '', 'null', '[]', '{}'),
);

const onlySyntaxErrors = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(SyntaxError);
  }
};

describe.each(testAdapters)('$name', ({ create }) => {
  it('reads any callback, or throws a SyntaxError', () => {
    const provider = create('http://127.0.0.1:9');
    fc.assert(
      fc.property(anything, fc.constantFrom(...markets), (body, market) =>
        onlySyntaxErrors(() => {
          const { amount } = provider.parseCallback(body, new Headers(), market);
          expect(amount === null || (Number.isSafeInteger(amount) && amount > 0)).toBe(true);
        }),
      ),
      { numRuns: 2_000 },
    );
  });

  it('reads any announcement of an inbound payment, or throws a SyntaxError', () => {
    const provider = create('http://127.0.0.1:9');
    fc.assert(
      fc.property(anything, (body) => onlySyntaxErrors(() => provider.parseInbound(body))),
      { numRuns: 2_000 },
    );
  });
});

describe("airtel's signature", () => {
  const sign = (text: string) => createHmac('sha256', HASH_KEY).update(text).digest('base64');
  const authentic = (body: string) =>
    testAirtel('http://127.0.0.1:9').parseCallback(body, new Headers(), 'UG').authentic;
  const transaction = '{ "id": "6f1d", "status_code": "TS", "amount": 1000.0, "message": "\\"hash\\":\\"x\\" }" }';

  it.each([
    ['fits the text as it was written', `{"transaction":${transaction},"hash":"${sign(transaction)}"}`, true],
    ['may stand first', `{"hash":"${sign(transaction)}", "transaction": ${transaction}}`, true],
    [
      'fits the compact text',
      `{"transaction":${transaction},"hash":"${sign(JSON.stringify(JSON.parse(transaction)))}"}`,
      true,
    ],
    ['does not fit', `{"transaction":${transaction},"hash":"${sign(`${transaction} `)}"}`, false],
    ['is nonsense', `{"transaction":${transaction},"hash":"x"}`, false],
    ['is absent', `{"transaction":${transaction}}`, true],
  ])('%s', (_, body, expected) => {
    expect(authentic(body)).toBe(expected);
  });

  it('does not survive any change', () => {
    const signed = `{"transaction":${transaction},"hash":"${sign(transaction)}"}`;
    expect(authentic(signed.replace('1000.0', '9000.0'))).toBe(false);
    expect(authentic(signed.replace('6f1d', '6f1e'))).toBe(false);
  });
});
