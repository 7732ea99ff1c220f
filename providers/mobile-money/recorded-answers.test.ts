import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localDate } from '#domain/calendar';
import { marketRules } from '#domain/markets';
import { formatMoney, money } from '#domain/money';
import { outcomeOf, recorded, startTestServer, type Reply, type TestServer } from '../test-server.ts';
import type { CallbackClaim, ProviderStatus } from './provider.ts';
import { ProviderFailure } from '../provider-failure.ts';
import type { StatementLine } from './statement.ts';
import { testAdapters } from './test-adapters.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

function answering(reply: Reply) {
  server.reply = ({ path }) => {
    if (/token|oauth/.test(path)) return { status: 200, body: { access_token: 't', expires_in: '180' } };
    return path.includes('encryption-keys') ? { status: 200, body: { data: { key: rsaKey } } } : reply;
  };
}

/** As Airtel gives it out: base64 of DER. */
const rsaKey = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  .publicKey.export({ format: 'der', type: 'spki' })
  .toString('base64');

/** Every answer in fixtures/ is served over HTTP, and has one meaning. */
describe.each(testAdapters)('$name', ({ name, market, unit, create }) => {
  const of = recorded(new URL(`fixtures/${name}.json`, import.meta.url));
  const { currency } = marketRules(market);
  const amount = money(25_000 * unit, currency);
  const ids = { attemptId: '6f1d4c1e-58a4-4c52-9a10-6a0d1b5f7c11', callbackUrl: 'http://127.0.0.1:9/secret' };
  const payer = market === 'KE' ? '+254712000555' : '+256772000555';
  const provider = () => create(server.url);

  it.each(of('token'))('token: $name → $outcome', async ({ answer, outcome }) => {
    server.reply = () => answer;
    const said = await outcomeOf(provider().ping());
    expect(said ?? 'accepted').toBe(outcome);
  });

  it.each(of('tokenRefused'))('a token that is refused is renewed, once: $name', async ({ answer, outcome }) => {
    const [taken] = of('charge');
    server.asked.length = 0;
    let calls = 0;
    server.reply = ({ path }) => {
      if (/token|oauth/.test(path)) return { status: 200, body: { access_token: `t${calls}`, expires_in: '180' } };
      calls += 1;
      return calls === 1 ? answer : (taken?.answer ?? answer);
    };
    const said = await outcomeOf(provider().charge({ ...ids, payer, amount, market, reference: 'A1' }));
    expect(typeof said === 'string' ? said : 'accepted').toBe(outcome);
    expect(server.asked.map(({ path }) => /token|oauth/.test(path))).toEqual([true, false, true, false]);
    const sent = server.asked.filter(({ path }) => !/token|oauth/.test(path));
    expect(sent.map(({ headers }) => headers['authorization'])).toEqual(['Bearer t0', 'Bearer t1']);
    server.reply = ({ path }) =>
      /token|oauth/.test(path) ? { status: 200, body: { access_token: 't', expires_in: '180' } } : answer;
    expect(await outcomeOf(provider().charge({ ...ids, payer, amount, market, reference: 'A1' }))).toBe('not_taken');
  });

  it.each(of('charge'))('charge: $name → $outcome', async ({ answer, outcome }) => {
    answering(answer);
    const said = await outcomeOf(provider().charge({ ...ids, payer, amount, market, reference: 'A1' }));
    expect(typeof said === 'string' ? said : 'accepted').toBe(outcome);
  });

  const refund = { ...ids, refundId: '0b51c9d2-5d6f-4c3e-8f3e-0d9d9f0b3a01', receipt: 'R1', payer, amount, market };

  it.each(of('refund'))('refund: $name → $outcome', async ({ answer, outcome }) => {
    answering(answer);
    const said = await outcomeOf(provider().refund({ ...refund, charged: amount }));
    expect(typeof said === 'string' ? said : 'accepted').toBe(outcome);
  });

  it.each(of('partialRefund'))('refund of a part: $name → $outcome', async ({ answer, outcome }) => {
    answering(answer);
    const said = await outcomeOf(provider().refund({ ...refund, charged: money(30_000 * unit, currency) }));
    expect(typeof said === 'string' ? said : 'accepted').toBe(outcome);
  });

  it.each(of('status'))('status: $name → $outcome', async ({ answer, outcome }) => {
    answering(answer);
    expect(words(await statusOf(provider().status({ ...ids, providerRequestId: 'ws_CO_1', market, amount })))).toBe(
      outcome,
    );
  });

  const asked = { ...ids, providerRequestId: 'the-request', market, amount: money(5_000, currency) };

  it.each(of('refundStatus'))('status of a refund: $name → $outcome', async ({ answer, outcome }) => {
    answering(answer);
    expect(words(await statusOf(provider().refundStatus({ ...asked, charged: asked.amount })))).toBe(outcome);
  });

  it.each(of('partialRefundStatus'))(
    'status of the refund of a part: $name → $outcome',
    async ({ answer, outcome }) => {
      answering(answer);
      expect(words(await statusOf(provider().refundStatus({ ...asked, charged: amount })))).toBe(outcome);
    },
  );

  it.each(of('statement'))('statement: $name → $outcome', async ({ answer, outcome }) => {
    answering(answer);
    const said = await provider()
      .statement(localDate('2026-11-22'), market)

      .then(
        ({ lines, unread }) => [...listed(lines), ...unread.map(({ field }) => `unread ${field}`)].join(' | '),
        (error: unknown) => {
          const [, why] = /\((.*)\)$/.exec(error instanceof ProviderFailure ? error.message : '') ?? [];
          return `throws ${why}`;
        },
      );
    expect(said).toBe(outcome);
  });

  it.each(of('callbacks'))('callback: $name → $claim', ({ body, claim }) => {
    expect(claimed(provider().parseCallback(JSON.stringify(body), new Headers(), market))).toBe(claim);
  });
});

async function statusOf(work: Promise<ProviderStatus>): Promise<ProviderStatus | string> {
  const said = await outcomeOf(work);
  return typeof said === 'string' ? `throws ${said}` : said;
}

function words(status: ProviderStatus | string): string {
  if (typeof status === 'string') return status;
  if (status.state === 'failed') return `failed ${status.reason}`;
  if (status.state !== 'succeeded') return status.state;
  return `succeeded ${status.amount.amount} ${formatMoney(status.amount).slice(-3)} ${status.receipt}`;
}

function listed(lines: readonly StatementLine[]): string[] {
  const one = ({ type, amount, receipt, reference }: StatementLine) =>
    `${type} ${amount.amount} ${receipt}${reference === null ? '' : ` of ${reference}`}`;
  return lines.map(one);
}

function claimed({ state, reason, amount, receipt, providerRequestId }: CallbackClaim): string {
  const id = providerRequestId === null ? null : `of ${providerRequestId}`;
  return [state, reason, amount, receipt, id].filter((word) => word !== null).join(' ');
}
