import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localDate } from '#domain/calendar';
import { marketRules } from '#domain/markets';
import { money } from '#domain/money';
import { recorded, startTestServer, type TestServer } from '../test-server.ts';
import { ProviderFailure } from '../provider-failure.ts';
import { testAdapters } from './test-adapters.ts';
import { fields, instantIn, optionalText, textOf } from './wire.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** How providers and the gateways before them say nothing; `undefined` leaves the field out. */
const nothings = [undefined, null, '', ' ', '\t\n', 'null', 'NULL', ' null '] as const;
const nothing = fc.constantFrom(...nothings);

/** A document with one of its leaves, or one of its branches, saying nothing. */
const emptied = (documents: readonly unknown[]) =>
  fc.tuple(fc.constantFrom(...documents), fc.nat(), nothing).map(([document, at, value]) => {
    const copy: unknown = structuredClone(document);
    const places = placesIn(copy);
    const place = places[at % places.length];
    if (place !== undefined) place(value);
    return copy;
  });

function placesIn(value: unknown): ((replacement: unknown) => void)[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key) => [
    (replacement: unknown) => void Reflect.set(value, key, replacement),
    ...placesIn(Reflect.get(value, key)),
  ]);
}

/** Every string in what was read says something; only an account may be left to an agent. */
function saysSomething(read: unknown): void {
  if (typeof read === 'string') expect(read.trim()).not.toMatch(/^(null)?$/i);
  else if (typeof read === 'number') expect(Number.isSafeInteger(read) && read > 0).toBe(true);
  else if (read instanceof Date) expect(read.getTime()).not.toBeNaN();
  else if (typeof read === 'object' && read !== null)
    for (const [name, part] of Object.entries(read)) if (!(name === 'account' && part === '')) saysSomething(part);
}

const notices: Record<string, object> = {
  mtn: {
    type: 'PAYBILL',
    status: 'SUCCESSFUL',
    financialTransactionId: '23503499',
    externalId: 'LEASE7',
    amount: '7000',
    currency: 'UGX',
    payer: { partyIdType: 'MSISDN', partyId: '256772000555' },
    paidAt: '2026-11-22T09:15:00Z',
  },
  airtel: {
    transaction: {
      type: 'PAYBILL',
      status_code: 'TS',
      airtel_money_id: 'MP261122.0915.A1',
      reference: 'LEASE7',
      amount: 7_000,
      currency: 'UGX',
      msisdn: '701000555',
      paid_at: '2026-11-22 09:15:00',
    },
  },
  mpesa: {
    TransID: 'RKTQDM7W99',
    TransTime: '20261122091500',
    TransAmount: '70.00',
    BillRefNumber: 'LEASE7',
    MSISDN: '254712000555',
  },
};

describe.each(testAdapters)('$name', ({ name, market, unit, create }) => {
  const of = recorded(new URL(`fixtures/${name}.json`, import.meta.url));
  const amount = money(25_000 * unit, marketRules(market).currency);
  const provider = create('http://127.0.0.1:9');
  const bodiesOf = (section: string) =>
    of(section).flatMap(({ answer }) => (answer.body === undefined ? [] : [answer.body]));

  it('a callback that leaves something out claims nothing in its place', () => {
    const bodies = of('callbacks').map(({ body }) => body);
    fc.assert(
      fc.property(emptied(bodies), (body) => {
        try {
          const { authentic: _, ...claim } = provider.parseCallback(JSON.stringify(body), new Headers(), market);
          saysSomething(claim);
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('an announcement that leaves something out names nobody in its place', () => {
    fc.assert(
      fc.property(emptied([notices[name]]), (body) => {
        try {
          const { authentic: _, ...payment } = provider.parseInbound(JSON.stringify(body));
          saysSomething(payment);
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('a status or a statement that leaves something out has no receipt, payer, amount or reference in its place', async () => {
    const asked = { attemptId: 'a', providerRequestId: 'ws_CO_1', market, amount, charged: amount };
    const ways = [
      ['status', () => create(server.url).status(asked)],
      [
        'partialRefundStatus',
        () => create(server.url).refundStatus({ ...asked, charged: money(unit, amount.currency) }),
      ],
      ['refundStatus', () => create(server.url).refundStatus(asked)],
      ['statement', () => create(server.url).statement(localDate('2026-11-22'), market)],
    ] as const;
    for (const [section, ask] of ways) {
      const bodies = bodiesOf(section);
      if (bodies.length === 0) continue;
      await fc.assert(
        fc.asyncProperty(emptied(bodies), async (body) => {
          server.reply = ({ path }) =>
            /token|oauth/.test(path)
              ? { status: 200, body: { access_token: 't', expires_in: '180' } }
              : { status: 200, body };
          try {
            saysSomething(await ask());
          } catch (error) {
            expect(error).toBeInstanceOf(ProviderFailure);
          }
        }),
        { numRuns: 150 },
      );
    }
  });
});

describe('the reader', () => {
  it.each(nothings)('reads %j as nothing', (value) => {
    expect(textOf(value)).toBeNull();
    expect(fields({ a: optionalText }).parse({ a: value })).toEqual({ a: null });
    expect(fields({ a: optionalText }).parse({})).toEqual({ a: null });
  });

  it.each([
    [23_503_452, '23503452'],
    [0, '0'],
    [100.5, '100.5'],
    [' x ', 'x'],
    ['nullify', 'nullify'],
    // Beyond what a number of JSON carries exactly: another receipt than the provider's is worse than none.
    [2 ** 63, null],
    [Number.NaN, null],
    [true, null],
    [{}, null],
    ['A\u0000\tB\ud800', 'A\uFFFD B\uFFFD'],
  ])('reads %j as %j', (value, expected) => {
    expect(textOf(value)).toBe(expected);
  });

  it('reads keys in any case, the documented spelling first', () => {
    const shape = fields({ TransID: optionalText });
    expect(shape.parse({ transid: 'a', Other: 1 })).toEqual({ TransID: 'a' });
    expect(shape.parse({ TransID: 'right', TRANSID: 'wrong' })).toEqual({ TransID: 'right' });
    expect(shape.parse({ TRANSID: 'wrong', TransID: 'right' })).toEqual({ TransID: 'right' });
  });

  it.each([
    ['UG', '2026-11-22T09:15:00Z', '2026-11-22T09:15:00.000Z'],
    ['UG', '2026-11-22T09:15:00+0300', '2026-11-22T06:15:00.000Z'],
    ['UG', '2026-11-22 09:15:00', '2026-11-22T06:15:00.000Z'],
    ['RW', '2026-11-22T09:15:00.250', '2026-11-22T07:15:00.250Z'],
    ['KE', '20261122091500', '2026-11-22T06:15:00.000Z'],
    ['KE', '20261122991500', null],
    ['KE', 'yesterday', null],
    ['KE', '2026-13-22T09:15:00Z', null],
  ] as const)('in %s %s is %s', (market, written, instant) => {
    expect(instantIn(market, written)?.toISOString() ?? null).toBe(instant);
  });
});
