import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { money } from '#domain/money';
import { ProviderFailure } from './provider-failure.ts';
import { testMtn } from './mobile-money/test-adapters.ts';
import { startTestServer, type TestServer } from './test-server.ts';
import { TokenCache } from './token.ts';

const ok = { status: 200, body: undefined };

describe('a cached token', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const counted = (expiresIn: number) => {
    let issued = 0;
    const tokens = new TokenCache(() => Promise.resolve({ token: `token-${++issued}`, expiresIn }));
    const used: string[] = [];
    const use = (refused: readonly string[] = []) =>
      tokens.use((token) => {
        used.push(token);
        return Promise.resolve({ status: refused.includes(token) ? 401 : 200, body: undefined });
      });
    return { use, used };
  };

  it('is used until a fifth of its life is left', async () => {
    const { use, used } = counted(180);
    await use();
    vi.advanceTimersByTime(143_900);
    await use();
    vi.advanceTimersByTime(200);
    await use();
    expect(used).toEqual(['token-1', 'token-1', 'token-2']);
  });

  it('is asked for once by many at the same time', async () => {
    const { use, used } = counted(180);
    await Promise.all(Array.from({ length: 20 }, () => use()));
    expect(new Set(used)).toEqual(new Set(['token-1']));
  });

  it('is replaced once when it is refused, and once only by many', async () => {
    const { use, used } = counted(180);
    await use();
    const answers = await Promise.all(Array.from({ length: 5 }, () => use(['token-1'])));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(new Set(used)).toEqual(new Set(['token-1', 'token-2']));
  });

  it('that is refused at once is a failure: nothing was taken', async () => {
    const { use, used } = counted(180);
    await expect(use(['token-1', 'token-2', 'token-3'])).rejects.toMatchObject({ kind: 'not_taken' });
    expect(used).toHaveLength(2);
  });
});

it('without a token nothing was taken, and the next one asks again', async () => {
  const failures = [new ProviderFailure('unknown', 'no answer'), new ProviderFailure('refused', 'wrong key')];
  const tokens = new TokenCache(() => {
    const failure = failures.shift();
    return failure === undefined ? Promise.resolve({ token: 't', expiresIn: 60 }) : Promise.reject(failure);
  });
  await expect(tokens.use(() => Promise.resolve(ok))).rejects.toMatchObject({
    kind: 'not_taken',
    message: 'no answer',
  });
  await expect(tokens.use(() => Promise.resolve(ok))).rejects.toMatchObject({
    kind: 'not_taken',
    message: 'wrong key',
  });
  await expect(tokens.use(() => Promise.resolve(ok))).resolves.toEqual(ok);
});

describe('over the wire', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());

  it('a charge that meets an old token is sent once more, with the same id', async () => {
    let issued = 0;
    server.reply = ({ path, headers }) => {
      if (path.includes('token')) return { status: 200, body: { access_token: `t${++issued}`, expires_in: 3_600 } };
      return { status: headers['authorization'] === 'Bearer t1' ? 401 : 202 };
    };
    const charge = {
      attemptId: '6f1d4c1e-58a4-4c52-9a10-6a0d1b5f7c11',
      payer: '+256772000555',
      amount: money(1_000, 'UGX'),
      market: 'UG',
      reference: 'A1',
      callbackUrl: 'http://127.0.0.1:9/x',
    } as const;
    await expect(testMtn(server.url).charge(charge)).resolves.toEqual({ providerRequestId: charge.attemptId });
    const sent = server.asked.filter(({ path }) => path.includes('requesttopay'));
    expect(sent.map(({ headers }) => headers['x-reference-id'])).toEqual([charge.attemptId, charge.attemptId]);
    expect(server.asked.filter(({ path }) => path.includes('token'))).toHaveLength(2);
  });
});
