import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedProvider } from '#dev/simulators/simulated';
import { marketRules } from '#domain/markets';
import { money } from '#domain/money';
import { outcomeOf, startTestServer, type Reply, type TestServer } from '../test-server.ts';
import { airtelChargeAnswers, airtelDisbursementAnswers, airtelRefundAnswers } from './airtel-answers.ts';
import type { AnswerRow } from './answers.ts';
import { mpesaAnswers } from './mpesa-answers.ts';
import { mtnAnswers } from './mtn-answers.ts';
import type { MobileMoneyProvider } from './provider.ts';
import { testAdapters, type TestAdapter } from './test-adapters.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const key = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');

/** Tokens and keys are there; what moves money is answered so. */
function answering(reply: Reply): void {
  server.reply = ({ path }) => {
    if (/token|oauth/.test(path)) return { status: 200, body: { access_token: 't', expires_in: '180' } };
    return path.includes('encryption-keys') ? { status: 200, body: { data: { key } } } : reply;
  };
}

/** The body that carries a code, in the provider's form. */
const bodies: Record<SimulatedProvider, (code: string) => object> = {
  mtn: (code) => ({ code, message: '…' }),
  airtel(code) {
    if (code === 'transaction SUCCESS') return { data: { transaction: { status: 'SUCCESS', airtel_money_id: 'CI1' } } };
    return { status: code.startsWith('DP') ? { response_code: code } : { result_code: code } };
  },
  mpesa(code) {
    const [word, number] = code.split(' ');
    if (word !== 'ResponseCode') return { requestId: '1', errorCode: code, errorMessage: '…' };
    return { ResponseCode: number, CheckoutRequestID: 'ws_CO_1', ConversationID: 'AG_1' };
  },
};
/** One code of those that a row stands for. */
const example = (row: AnswerRow) =>
  row.code.replace(/^\*$/, '403.001.77').replace('400.*', '400.002.99').replace('*', '7');

type Sends = 'charge' | 'refund' | 'refundOfPart';
function sent({ market, unit, phone }: TestAdapter, provider: MobileMoneyProvider, what: Sends) {
  const { currency } = marketRules(market);
  const amount = money(25_000 * unit, currency);
  const attemptId = '6f1d4c1e-58a4-4c52-9a10-6a0d1b5f7c11';
  const common = { attemptId, payer: phone('555'), amount, market, callbackUrl: 'http://127.0.0.1:9/secret' };
  if (what === 'charge') return outcomeOf(provider.charge({ ...common, reference: 'A1' }));
  const charged = what === 'refund' ? amount : money(30_000 * unit, currency);
  const refundId = '0b51c9d2-5d6f-4c3e-8f3e-0d9d9f0b3a01';
  return outcomeOf(provider.refund({ ...common, refundId, receipt: 'R1', charged }));
}

const tables: readonly (readonly [SimulatedProvider, Sends, readonly AnswerRow[]])[] = [
  ['mtn', 'charge', mtnAnswers],
  ['mtn', 'refund', mtnAnswers],
  ['airtel', 'charge', airtelChargeAnswers],
  ['airtel', 'refund', airtelRefundAnswers],
  ['airtel', 'refundOfPart', airtelDisbursementAnswers],
  ['mpesa', 'charge', mpesaAnswers],
  ['mpesa', 'refund', mpesaAnswers],
];

describe.each(tables)('%s, %s', (name, what, table) => {
  const adapter = testAdapters.find((one) => one.name === name);
  if (adapter === undefined) throw new Error(`no ${name}`);
  const outcome = async (reply: Reply) => {
    answering(reply);
    const said = await sent(adapter, adapter.create(server.url), what);
    return typeof said === 'string' ? said.split(' ')[0] : 'taken';
  };

  it.each(table.map((row) => ({ ...row })))('$status $code is $means ($source)', async (row) => {
    const code = example(row);
    for (const status of row.status === 'any' ? [200, 400, 500, 503] : [row.status]) {
      const reply = code === '' ? { status, text: '' } : { status, body: bodies[name](code) };
      expect(await outcome(reply), String(status)).toBe(row.means);
    }
  });

  it.each([408, 425, 429, 499, 500, 502, 503, 504, 520, 599])(
    '%i without a word that is known is unknown',
    async (status) => {
      const replies = [
        { text: '' },
        { text: '<html>' },
        { text: 'null' },
        { body: [] },
        { body: bodies[name]('NEVER.SEEN') },
      ];
      for (const reply of replies) expect(await outcome({ status, ...reply }), JSON.stringify(reply)).toBe('unknown');
    },
  );

  it('a success that nobody can read, and a connection that breaks, are unknown', async () => {
    for (const text of ['', ' ', '<html>', 'null', '[]', '{}', '"ok"', '{"status":']) {
      expect(await outcome({ status: 200, text }), text).toBe('unknown');
      expect(await outcome({ status: 201, text }), text).toBe('unknown');
    }
    expect(await outcome('hang up')).toBe('unknown');
    expect(await outcome('silence')).toBe('unknown');
  });
});
