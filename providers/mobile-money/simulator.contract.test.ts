import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startSimulators, type RunningSimulators } from '#dev/simulators/app';
import { localDate, localDateAt } from '#domain/calendar';
import { marketRules } from '#domain/markets';
import { money } from '#domain/money';
import type { DeclineReason } from '#domain/payments/decline';
import { ownDirectory } from '#test/directory';
import { outcomeOf, startTestServer, type TestServer } from '../test-server.ts';
import { createMtn } from './mtn.ts';
import type { CallbackClaim, MobileMoneyProvider, ProviderStatus, StatusRequest } from './provider.ts';
import { HASH_KEY, testAdapters, testAirtel, testMpesa, testMtn, type TestAdapter } from './test-adapters.ts';

const TIME_SCALE = 0.1;
let simulators: RunningSimulators;
let merchant: TestServer;
let dataDir: string;
beforeAll(async () => {
  dataDir = await ownDirectory('providers');
  const environment = {
    MTN_SUBSCRIPTION_KEY: 'subscription',
    MTN_DISBURSEMENT_API_USER: 'payer',
    MTN_DISBURSEMENT_API_KEY: 'payer-key',
    MTN_DISBURSEMENT_SUBSCRIPTION_KEY: 'payer-subscription',
    AIRTEL_HASH_KEY: HASH_KEY,
    AIRTEL_DISBURSEMENT_PIN: '4321',
    MPESA_PASSKEY: 'passkey',
    MPESA_SHORTCODE: '174379',
  };
  simulators = await startSimulators({ port: 0, dataDir, seed: 'test', timeScale: TIME_SCALE, environment });
  merchant = await startTestServer();
  merchant.reply = () => ({ status: 200, body: { ResultCode: '0', ResultDesc: 'Accepted' } });
});
afterAll(async () => {
  await simulators.stop();
  await merchant.close();
  await rm(dataDir, { recursive: true, force: true });
});

const transactions = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      reference: z.string().nullable(),
      amount: z.number(),
      status: z.string(),
      refunded: z.number(),
    }),
  ),
});
/** What the customer was really charged. */
async function truth(payer: string) {
  const answer = await fetch(`${simulators.url}/transactions?payer=${encodeURIComponent(payer)}`);
  return transactions.parse(await answer.json()).data;
}

const told = async (path: string, body: object) => {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(simulators.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(answer.ok).toBe(true);
};

async function until<Result>(
  what: () => Result | undefined | Promise<Result | undefined>,
  milliseconds = 6_000,
): Promise<Result> {
  for (const end = performance.now() + milliseconds; ;) {
    const found = await what();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`not within ${milliseconds} ms: ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A path that tells nothing of the payment, as the platform's do. */
const secretOf = (id: string) => `/callbacks/${Buffer.from(id).toString('base64url')}`;

/** A payment as its caller sees it: what the provider answered, what callbacks claimed. */
function payment({ name, market, unit, create }: TestAdapter, payer: string) {
  const provider = create(`${simulators.url}/${name}`);
  const attemptId = randomUUID();
  const amount = money(25_000 * unit, marketRules(market).currency);
  const callbackUrl = merchant.url + secretOf(attemptId);
  const claims = () => claimsAt(provider, secretOf(attemptId), market);
  const charge = () =>
    outcomeOf(provider.charge({ attemptId, payer, amount, market, reference: 'LEASE7', callbackUrl }));
  const known = { id: null as string | null };
  const asked = (): StatusRequest => {
    const claim = claims().at(-1) ?? null;
    return { attemptId, market, amount, claim, providerRequestId: known.id ?? claim?.providerRequestId ?? null };
  };
  return { provider, attemptId, amount, payer, claims, charge, known, status: () => provider.status(asked()) };
}

function claimsAt(provider: MobileMoneyProvider, path: string, market: TestAdapter['market']): CallbackClaim[] {
  return merchant.asked
    .filter((asked) => asked.path.split('?')[0] === path)
    .map(({ body }) => provider.parseCallback(body, new Headers(), market));
}

/** Charges as the platform does: again when it was certainly not taken, otherwise by asking. */
async function collect(
  paid: ReturnType<typeof payment>,
  patience = 6_000,
): Promise<{ sent: string[]; status: ProviderStatus }> {
  const sent: string[] = [];
  const send = async () => {
    const said = await paid.charge();
    sent.push(typeof said === 'string' ? said : 'accepted');
    if (typeof said !== 'string') paid.known.id = said.providerRequestId;
    return said !== 'not_taken';
  };
  const status = await until(async () => {
    if (!sent.some((said) => said !== 'not_taken') && !(await send())) return undefined;
    const said = await paid.status();
    if (said.state === 'not_found') await send();
    return said.state === 'succeeded' || said.state === 'failed' ? said : undefined;
  }, patience);
  return { sent, status };
}

interface Row {
  /** Outcomes of the calls that charge; M-Pesa's own where it differs. */
  readonly sent?: readonly string[];
  readonly sentByMpesa?: readonly string[];
  readonly ends: 'succeeded' | DeclineReason;
  readonly claims: readonly (CallbackClaim['state'] | 'less')[];
}
const paid: Row = { ends: 'succeeded', claims: ['succeeded'] };
const rows: Record<string, Row> = {
  '555': paid,
  '001': paid,
  '002': { ...paid, claims: [] },
  '003': { ...paid, claims: ['succeeded', 'succeeded', 'succeeded'] },
  '004': paid,
  '005': { ...paid, claims: ['failed'] },
  '006': { ends: 'no_funds', claims: ['succeeded'] },
  '007': { ...paid, claims: ['succeeded', 'failed'] },
  '010': { ends: 'no_funds', claims: ['failed'] },
  '012': { ends: 'declined', claims: ['failed'] },
  '013': { ends: 'no_subscriber', claims: ['failed'] },
  '014': { ends: 'over_limit', claims: ['failed'] },
  '015': { ends: 'expired', claims: ['failed'] },
  '020': { ...paid, sent: ['unknown'] },
  '021': { ...paid, sent: ['unknown', 'unknown', 'accepted'], sentByMpesa: ['not_taken', 'not_taken', 'accepted'] },
  '022': { ...paid, sent: ['unknown'] },
  '024': paid,
  '030': { ...paid, claims: ['less'] },
};

describe.each(testAdapters)('$name and the simulator agree', (adapter) => {
  const { name, unit, market, phone, create } = adapter;

  it.each(Object.entries(rows))('%s', async (digits, row) => {
    const attempt = payment(adapter, phone(digits));
    const { sent, status } = await collect(attempt);
    expect(sent).toEqual((name === 'mpesa' ? row.sentByMpesa : undefined) ?? row.sent ?? ['accepted']);
    const charged = await truth(attempt.payer);
    if (row.ends === 'succeeded') {
      expect(charged).toMatchObject([
        { reference: attempt.attemptId, amount: attempt.amount.amount, status: 'charged' },
      ]);
      expect(status).toEqual({ state: 'succeeded', receipt: charged[0]?.id, amount: attempt.amount });
    } else {
      expect(charged).toEqual([]);
      expect(status).toMatchObject({ state: 'failed', reason: row.ends });
    }
    const claims = await until(() => (attempt.claims().length >= row.claims.length ? attempt.claims() : undefined));
    const half = 12_500 * unit;
    expect(claims.map(({ state, amount }) => (amount === half ? 'less' : state))).toEqual(row.claims);
    expect(claims.every(({ authentic }) => authentic)).toBe(true);
  });

  it('023 stays pending for ever', async () => {
    const attempt = payment(adapter, phone('023'));
    await expect(collect(attempt, 500)).rejects.toThrow('not within');
    await expect(attempt.status()).resolves.toEqual({ state: 'pending' });
    expect(await truth(attempt.payer)).toEqual([]);
  });

  it('011 lacks funds for two charges, then pays', async () => {
    const payer = phone('011');
    const ends: string[] = [];
    for (let n = 0; n < 3; n++) ends.push((await collect(payment(adapter, payer))).status.state);
    expect(ends).toEqual(['failed', 'failed', 'succeeded']);
    expect(await truth(payer)).toHaveLength(1);
  });

  it('a lost answer and a lost callback: only M-Pesa cannot tell', async () => {
    const attempt = payment(adapter, phone('555'));
    const nobody = {
      ...attempt,
      status: () => attempt.provider.status({ attemptId: attempt.attemptId, market, providerRequestId: null }),
    };
    const expected = name === 'mpesa' ? 'cannot_tell' : 'not_found';
    expect(await nobody.status()).toEqual({ state: expected });
  });

  it('is down: nothing is taken', async () => {
    await told('/faults', { down: true, providers: [name] });
    const attempt = payment(adapter, phone('555'));
    expect(await attempt.charge()).toBe('not_taken');
    await expect(attempt.provider.ping()).rejects.toMatchObject({ kind: 'not_taken' });
    await told('/faults', { rateLimited: 1, providers: [name] });
    expect(await attempt.charge()).toBe('not_taken');
    await told('/faults', {});
    await expect(attempt.provider.ready()).resolves.toBeUndefined();
    await told('/faults', { down: true, providers: [name] });
    // With a token in hand the charge goes out; only M-Pesa says with it that nothing was taken.
    expect(await attempt.charge()).toBe(name === 'mpesa' ? 'not_taken' : 'unknown');
    await told('/faults', {});
    await expect(attempt.provider.ping()).resolves.toBeUndefined();
    expect((await collect(attempt)).status.state).toBe('succeeded');
    expect(await truth(attempt.payer)).toHaveLength(1);
  });

  it('gives a part back, and no more than was paid', async () => {
    const attempt = payment(adapter, phone('555'));
    const { status } = await collect(attempt);
    const receipt = status.state === 'succeeded' ? (status.receipt ?? '') : '';
    const give = async (part: number) => {
      const refundId = randomUUID();
      const { attemptId, provider, payer } = attempt;
      const amount = money(part * unit, attempt.amount.currency);
      const callbackUrl = merchant.url + secretOf(refundId);
      const said = await outcomeOf(
        provider.refund({ refundId, attemptId, receipt, payer, amount, charged: attempt.amount, market, callbackUrl }),
      );
      if (typeof said === 'string') return said;
      const claims = name === 'airtel' ? null : await until(() => claimsAt(provider, secretOf(refundId), market).at(0));
      const ended = await provider.refundStatus({
        attemptId: refundId,
        providerRequestId: said.providerRequestId,
        market,
        amount,
        charged: attempt.amount,
        claim: claims,
      });
      return { ended, claims };
    };
    expect(await give(10_000)).toMatchObject({ ended: { state: 'succeeded', amount: { amount: 10_000 * unit } } });
    expect(await truth(attempt.payer)).toMatchObject([{ refunded: 10_000 * unit, status: 'charged' }]);
    // Wallets pay out whatever they are told to; a refund by receipt gives no more back than was paid.
    const tooMuch = await give(name === 'mtn' ? 20_000 : 25_000);
    if (name === 'airtel') expect(tooMuch).toBe('refused blocked');
    // That it was reversed before may be said of this very request.
    else if (name === 'mpesa')
      expect(tooMuch).toMatchObject({ ended: { state: 'cannot_tell' }, claims: { state: 'unclear' } });
    else expect(tooMuch).toMatchObject({ ended: { state: 'failed' }, claims: { state: 'failed' } });
    expect(await truth(attempt.payer)).toMatchObject([{ refunded: 10_000 * unit }]);
  });

  it('announces what a customer pays by himself', async () => {
    const server = `${simulators.url}/${name}`;
    const path = `/inbound-${name.slice(0, 2)}`;
    const urls = { confirmation: merchant.url + path, validation: `${merchant.url}/may-pay` };
    if (name === 'mpesa') await testMpesa(`${simulators.url}/mpesa`).registerPayBill(urls);
    else await told('/inbound-urls', { provider: name, url: urls.confirmation });
    const payer = phone('555');
    const amount = money(7_000 * unit, marketRules(market).currency);
    const began = Date.now();
    await told('/pay-bill', { provider: name, payer, account: ' LEASE7 ', ...amount });
    const notice = await until(() => merchant.asked.find((asked) => asked.path === path));
    const [transaction] = await truth(payer);
    const { paidAt, ...inbound } = create(server).parseInbound(notice.body);
    const who = name === 'mpesa' ? { payerMasked: `+${payer.slice(1, 6)}****${payer.slice(-3)}` } : { payer };
    expect(inbound).toEqual({
      provider: name,
      receipt: transaction?.id,
      account: 'LEASE7',
      amount,
      authentic: true,
      ...who,
    });
    expect(Math.abs(paidAt.getTime() - began)).toBeLessThan(5_000);
    if (name === 'mpesa') {
      const validation = merchant.asked.find((asked) => asked.path === '/may-pay');
      expect(create(server).parseInbound(validation?.body ?? '')).toMatchObject({ account: 'LEASE7', amount });
    }
  });

  it('has on its statement what moved: charge, refund, and what a customer paid by himself', async () => {
    const attempt = payment(adapter, phone('002'));
    const { status } = await collect(attempt);
    const receipt = status.state === 'succeeded' ? (status.receipt ?? '') : '';
    const { attemptId, provider, payer, amount } = attempt;
    const [refundId, part] = [randomUUID(), money(10_000 * unit, amount.currency)];
    const callbackUrl = merchant.url + secretOf(refundId);
    await provider.refund({ refundId, attemptId, receipt, payer, amount: part, charged: amount, market, callbackUrl });
    await told('/pay-bill', { provider: name, payer, account: 'LEASE7', ...part });
    const today = localDateAt(Date.now(), market);
    const lines = await until(async () => {
      const own = (await provider.statement(today, market)).lines.filter((line) => line.payer === payer);
      return own.length === 3 ? own : undefined;
    });
    const byType = new Map(lines.map(({ at: _at, ...line }) => [line.type, line]));
    expect(byType.get('charge')).toMatchObject({ receipt, reference: attemptId, amount, originalReceipt: null });
    // What a wallet pays out names no charge.
    const originalReceipt = name === 'mtn' ? receipt : null;
    expect(byType.get('refund')).toMatchObject({ reference: refundId, amount: part, originalReceipt });
    expect(byType.get('payBill')).toMatchObject({ reference: null, amount: part, account: 'LEASE7' });
    expect(lines.every(({ at }) => Math.abs(at.getTime() - Date.now()) < 10_000)).toBe(true);
    expect(await provider.statement(localDate('2020-01-01'), market)).toEqual({ lines: [], unread: [] });
    if (name !== 'mpesa') {
      const elsewhere = await provider.statement(localDateAt(Date.now(), 'RW'), 'RW');
      expect(elsewhere.lines.filter((line) => line.payer === payer)).toEqual([]);
    }
  });
});

it('mtn opens no product with the credentials of another', async () => {
  const collection = { apiUser: 'user', apiKey: 'key', subscriptionKey: 'subscription' };
  const mtn = createMtn({ baseUrl: `${simulators.url}/mtn`, isSandbox: false, collection, disbursement: collection });
  const amount = money(1_000, 'UGX');
  const order = { refundId: randomUUID(), attemptId: randomUUID(), receipt: null, payer: '+256772000555' };
  const refund = { ...order, amount, charged: amount, market: 'UG', callbackUrl: merchant.url } as const;
  expect(await outcomeOf(mtn.refund(refund))).toBe('not_taken');
  const own = testMtn(`${simulators.url}/mtn`);
  expect(await outcomeOf(own.refund(refund))).toBe('refused provider_error');
});

describe('airtel', () => {
  const airtel = testAdapters.find(({ name }) => name === 'airtel');

  it('gives the whole back by the receipt, once, and its answer is final', async () => {
    if (airtel === undefined) throw new Error('no airtel');
    const attempt = payment(airtel, airtel.phone('555'));
    const { status } = await collect(attempt);
    const receipt = status.state === 'succeeded' ? status.receipt : null;
    const { attemptId, provider, payer, amount } = attempt;
    const give = async () => {
      const order = {
        refundId: randomUUID(),
        attemptId,
        receipt,
        payer,
        amount,
        charged: amount,
        market: 'UG',
      } as const;
      return outcomeOf(provider.refund({ ...order, callbackUrl: merchant.url }));
    };
    const given = await give();
    expect(given).toMatchObject({ receipt: expect.stringMatching(/./) });
    expect(await truth(payer)).toMatchObject([{ refunded: amount.amount, status: 'reversed' }]);
    const { lines } = await provider.statement(localDateAt(Date.now(), 'UG'), 'UG');
    expect(lines.find(({ originalReceipt }) => originalReceipt === receipt)).toMatchObject({
      type: 'refund',
      reference: null,
      receipt: typeof given === 'string' ? '' : given.receipt,
    });
    expect(await give()).toBe('refused blocked');
    expect(await truth(payer)).toMatchObject([{ refunded: amount.amount }]);
  });

  it('pays a part out to one id once, however often it is asked, and not with another PIN', async () => {
    if (airtel === undefined) throw new Error('no airtel');
    const attempt = payment(airtel, airtel.phone('555'));
    await collect(attempt);
    const { attemptId, provider, payer, amount: charged } = attempt;
    const ids = { refundId: randomUUID(), attemptId, receipt: null };
    const order = {
      ...ids,
      payer,
      amount: money(4_000, 'UGX'),
      charged,
      market: 'UG',
      callbackUrl: merchant.url,
    } as const;
    const asked = { ...order, attemptId: order.refundId, providerRequestId: null };
    expect(await provider.refundStatus(asked)).toEqual({ state: 'not_found' });
    const wrong = testAirtel(`${simulators.url}/airtel`, undefined, { pin: '0000', publicKey: null });
    expect(await outcomeOf(wrong.refund(order))).toBe('refused provider_error');
    for (let n = 0; n < 3; n++) expect(await provider.refund(order)).toEqual({ providerRequestId: order.refundId });
    expect(await provider.refundStatus(asked)).toMatchObject({ state: 'succeeded', amount: { amount: 4_000 } });
    expect(await truth(payer)).toMatchObject([{ refunded: 4_000, status: 'charged' }]);
  });

  it('a tampered signature is seen, and what is true is asked', async () => {
    if (airtel === undefined) throw new Error('no airtel');
    await told('/faults', { tamperedSignatures: 1 });
    const attempt = payment(airtel, airtel.phone('555'));
    expect((await collect(attempt)).status.state).toBe('succeeded');
    const claim = await until(() => attempt.claims().at(0));
    expect(claim).toMatchObject({ authentic: false, state: 'succeeded' });
    await told('/faults', {});
  });
});

describe('mpesa', () => {
  const mpesa = testAdapters.find(({ name }) => name === 'mpesa');

  it('tells of a time-out at another URL than the result, which may come all the same', async () => {
    if (mpesa === undefined) throw new Error('no mpesa');
    const attempt = payment(mpesa, mpesa.phone('555'));
    const { status } = await collect(attempt);
    const receipt = status.state === 'succeeded' ? status.receipt : null;
    const { attemptId, provider, payer, amount } = attempt;
    await told('/faults', { queueTimeOuts: 1, providers: ['mpesa'] });
    const refundId = randomUUID();
    const path = secretOf(refundId);
    const callbackUrl = merchant.url + path;
    await provider.refund({ refundId, attemptId, receipt, payer, amount, charged: amount, market: 'KE', callbackUrl });
    const timeOut = await until(() => claimsAt(provider, `${path}/timeout`, 'KE').at(0));
    expect(timeOut).toMatchObject({ state: 'unclear', receipt: null });
    expect(claimsAt(provider, path, 'KE')).toEqual([]);
    expect(await until(() => claimsAt(provider, path, 'KE').at(0))).toMatchObject({ state: 'succeeded' });
    await told('/faults', {});
  });

  it('pays a part out once, and tells of it who asks by our id, at a URL of its own', async () => {
    if (mpesa === undefined) throw new Error('no mpesa');
    const attempt = payment(mpesa, mpesa.phone('555'));
    await collect(attempt);
    const { attemptId, provider, payer, amount: charged } = attempt;
    const refundId = randomUUID();
    const path = secretOf(refundId);
    const amount = money(300_00, 'KES');
    const order = { refundId, attemptId, receipt: null, payer, amount, charged, callbackUrl: merchant.url + path };
    const asked = { ...order, attemptId: refundId, providerRequestId: null, market: 'KE' } as const;
    const answers = () =>
      merchant.asked.filter((one) => one.path.split('?')[0] === `${path}/status`).map(({ body }) => body);
    expect(await provider.refundStatus(asked)).toEqual({ state: 'cannot_tell' });
    // Daraja knows nothing of it: that says nothing.
    expect(provider.parseStatus?.(await until(() => answers().at(0)))).toBeNull();
    const sent = await provider.refund({ ...order, market: 'KE' });
    expect(await outcomeOf(provider.refund({ ...order, market: 'KE' }))).toMatch(/^unknown/);
    expect(await provider.refundStatus(asked)).toEqual({ state: 'cannot_tell' });
    const claim = provider.parseStatus?.(await until(() => answers().at(1)));
    expect(claim).toMatchObject({ state: 'succeeded', amount: 300_00, providerRequestId: sent.providerRequestId });
    expect(await provider.refundStatus({ ...asked, claim })).toMatchObject({ state: 'succeeded', amount });
    expect(await truth(payer)).toMatchObject([{ refunded: 300_00, status: 'charged' }]);
    const tellsPart = { ...order, amount: charged, charged: money(charged.amount + 100, 'KES') } as const;
    const whole = testMpesa(`${simulators.url}/mpesa`, undefined, null);
    expect(await outcomeOf(whole.refund({ ...tellsPart, market: 'KE' }))).toMatch(/^refused/);
  });

  it('registers no URL that Safaricom refuses', async () => {
    const urls = { confirmation: `${merchant.url}/callbacks/mpesa/x`, validation: merchant.url };
    await expect(testMpesa(`${simulators.url}/mpesa`).registerPayBill(urls)).rejects.toThrow(RangeError);
  });
});
