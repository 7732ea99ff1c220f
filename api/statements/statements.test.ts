import { createHash, generateKeyPairSync, webcrypto } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { eq } from 'drizzle-orm';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chargeLateFees } from '#use-cases/leases/charge-late-fees';
import { reversePayment } from '#use-cases/payments/reversal/reverse-payment';
import { createApp } from '#api/app';
import { ownership } from './ownership.ts';
import { issuedStatement, statement as statementShape } from './statements.ts';
import { attempts, statements } from '#db/schema/index';
import { createTokenIssuer } from '#platform/tokens';
import { createApiWorld, type ApiWorld, type Person } from '#test/api-world';
import { bookLease, weeklyPlan } from '#test/lease-books';

let world: ApiWorld;
let customer: Person;
/** Another for each test: files are limited by user. */
let reader: Person;
let lease: Awaited<ReturnType<typeof bookLease>>;

beforeAll(async () => {
  world = await createApiWorld();
  customer = await world.customer();
  lease = await bookLease(world.database, world.deps.config, { customerId: customer.user.id });
  await lease.pays('2026-01-05T09:00:00Z', 25_000);
  await lease.handOver('2026-01-06T09:00:00Z');
  await lease.at('2026-01-20T06:00:00Z', (context) => chargeLateFees(context, { leaseId: lease.id }));
  await lease.pays('2026-01-21T06:00:00Z', 16_000);
});
beforeEach(async () => {
  reader = await world.staff('agent');
});
afterAll(() => world.close());

const ask = (token: string | undefined, query = '', headers: Record<string, string> = {}, id = lease.id) =>
  world.call('GET', `/v1/leases/${id}/statement${query}`, { token, headers });
const statementOf = async (id = lease.id) => {
  const { status, body } = await ask(customer.token, '', {}, id);
  expect(status, JSON.stringify(body)).toBe(200);
  return statementShape.parse(body);
};
/** A file as it was sent: bytes, not text. */
async function download(format: 'csv' | 'pdf', id = lease.id, token = reader.token) {
  const response = await fetch(`${world.url}/v1/leases/${id}/statement?format=${format}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(response.status).toBe(200);
  const bytes = Buffer.from(await response.arrayBuffer());
  const code = response.headers.get('x-statement-code') ?? '';
  return { bytes, code, headers: response.headers, sha256: createHash('sha256').update(bytes).digest('hex') };
}
const verify = (code: string) => world.call('GET', `/v1/statements/${code}`);

describe('the statement', () => {
  it('has every entry with what it was for, and agrees with the lease', async () => {
    const { totals, entries } = await statementOf();
    const shown = entries.map(({ on, kind, debit, credit, balance, split }) => [
      on,
      kind,
      debit.amount,
      credit.amount,
      balance.amount,
      split.map(({ component, amount }) => `${component} ${amount.amount}`).join(', '),
    ]);
    expect(shown).toEqual([
      ['2026-01-05', 'receipt', 0, 25_000, -25_000, 'deposit 20000, credit 5000'],
      ['2026-01-06', 'handover', 120_000, 0, 95_000, 'deposit 20000, vehicle 80000, insurance 15000, tracker 5000'],
      ['2026-01-20', 'late_fee', 500, 0, 95_500, 'fee 500'],
      ['2026-01-21', 'receipt', 0, 16_000, 79_500, expect.stringMatching(/vehicle \d+.*fee 500/)],
    ]);
    expect(entries.at(-1)?.balance.amount).toBe(
      totals.outstanding.amount + totals.feesDue.amount - totals.credit.amount,
    );
    for (const { debit, credit, split } of entries)
      expect(split.reduce((sum, { amount }) => sum + amount.amount, 0)).toBe(Math.max(debit.amount, credit.amount));
  });

  it('of 730 daily lines has them all', async () => {
    const plan = { ...weeklyPlan, frequency: 'daily', instalments: 730 } as const;
    const long = await bookLease(world.database, world.deps.config, { customerId: customer.user.id, plan });
    await long.pays('2026-01-05T09:00:00Z', 20_000);
    await long.handOver('2026-01-06T09:00:00Z');
    const day = (i: number) => new Date(Date.UTC(2026, 0, 7 + i, 6)).toISOString();
    for (let i = 0; i < 730; i += 10) await long.pays(day(i), 100_000);
    const { entries, totals } = await statementOf(long.id);
    expect([entries.length, totals.outstanding.amount, entries.at(-1)?.balance.amount]).toEqual([75, 0, 0]);
    const { bytes } = await download('pdf', long.id);
    expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');
  });
});

describe('who may read it', () => {
  it('is its customer and staff; for others there is no such lease', async () => {
    const [other, agent] = await Promise.all([world.customer(), world.staff('agent')]);
    for (const path of ['statement', 'statement?format=pdf', 'ownership']) {
      const read = (token?: string) => world.call('GET', `/v1/leases/${lease.id}/${path}`, { token });
      expect((await read(agent.token)).status, path).toBe(200);
      expect((await read(other.token)).status, path).toBe(404);
      expect((await read()).status, path).toBe(401);
    }
  });

  it.each(['?format=docx', '?format=', '?asof=2026-01-01'])('refuses %s', async (query) => {
    expect(await ask(customer.token, query)).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });
});

describe('formats', () => {
  it.each([
    ['text/csv', 'text/csv'],
    ['application/pdf', 'application/pdf'],
    ['application/pdf;q=0.5, text/csv', 'text/csv'],
    ['application/json', 'application/json'],
    ['text/html', 'application/json'],
    ['*/*', 'application/json'],
  ])('for Accept: %s it is %s', async (accept, type) => {
    const { status, headers } = await ask(reader.token, '', { accept });
    expect([status, headers.get('content-type')?.split(';')[0]]).toEqual([200, type]);
  });

  it('as CSV is RFC 4180, amounts as decimals beside their currency, formulas defused', async () => {
    const market = 'KE';
    const shillings = await bookLease(world.database, world.deps.config, { market, customerId: customer.user.id });
    await shillings.pays('2026-01-05T09:00:00Z', 20_050);
    const { bytes, headers, code } = await download('csv', shillings.id);
    const [head = '', first = '', rest] = bytes.toString('utf8').split('\r\n');
    expect(head.startsWith('date,time,kind,description,debit,credit,balance,currency,for_deposit')).toBe(true);
    expect(first).toBe(
      `2026-01-05,2026-01-05T09:00:00.000Z,receipt,inbound of 200.50 KES by mpesa,0.00,200.50,-200.50,KES,200.00,,,,,,,,,0.50,${shillings.reference},${code.replaceAll(/.{5}(?!$)/g, '$&-')},2026-01-05`,
    );
    expect(rest).toBe('');
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="statement-${shillings.reference}-${code}.csv"`,
    );
  });

  it('is the same file, by the same code, until something changes', async () => {
    const one = await bookLease(world.database, world.deps.config, { customerId: customer.user.id });
    await one.pays('2026-01-05T09:00:00Z', 1_000);
    for (const format of ['csv', 'pdf'] as const) {
      const [first, again] = [await download(format, one.id), await download(format, one.id)];
      expect([again.code, again.sha256]).toEqual([first.code, first.sha256]);
      await one.pays('2026-01-06T09:00:00Z', 1_000);
      expect((await download(format, one.id)).code).not.toBe(first.code);
    }
  });

  it('as files are limited to twenty a minute for each user, JSON is not', async () => {
    for (let i = 0; i < 20; i += 1) await download('csv');
    const refused = await ask(reader.token, '?format=pdf');
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await ask(reader.token)).status).toBe(200);
    expect((await ask(customer.token, '?format=csv')).status).toBe(200);
  });

  it('shows a payment that was taken back', async () => {
    const one = await bookLease(world.database, world.deps.config, { customerId: customer.user.id });
    await one.pays('2026-01-05T09:00:00Z', 5_000);
    const [paid] = await world.database.db.select().from(attempts).where(eq(attempts.leaseId, one.id));
    await one.at('2026-01-06T09:00:00Z', (context) =>
      reversePayment(context, { leaseId: one.id, attemptId: paid?.id ?? '', reason: 'test' }),
    );
    const { entries, totals } = await statementOf(one.id);
    expect(entries.map(({ kind, balance }) => [kind, balance.amount])).toEqual([
      ['receipt', -5_000],
      ['reversal', 0],
    ]);
    expect(totals.paid.amount).toBe(0);
  });
});

describe('verification', () => {
  it('tells by the code what was signed, however the code is typed', async () => {
    for (const format of ['csv', 'pdf'] as const) {
      const { code, sha256 } = await download(format);
      const { totals } = await statementOf();
      for (const typed of [code, code.toLowerCase(), code.replaceAll(/.{5}(?!$)/g, '$&-')]) {
        const answer = await verify(typed);
        expect(answer.status).toBe(200);
        const facts = issuedStatement.parse(answer.body);
        expect(facts).toMatchObject({ code, sha256, format, reference: lease.reference, totals, kid: 'test' });
        expect(decodeProtectedHeader(facts.signature)).toEqual({ alg: 'ES256', kid: 'test', typ: 'statement+jws' });
        expect(decodeJwt(facts.signature)).toMatchObject({ code, sha256, reference: lease.reference });
      }
    }
  });

  it('finds a file that was changed by one byte', async () => {
    const { bytes, code } = await download('pdf');
    const changed = Buffer.from(bytes);
    changed[changed.length >> 1] = (changed[changed.length >> 1] ?? 0) ^ 1;
    const { sha256 } = issuedStatement.parse((await verify(code)).body);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    expect(createHash('sha256').update(changed).digest('hex')).not.toBe(sha256);
  });

  it('has a page without a token, with nothing personal, that runs only its own script and style', async () => {
    const { code, sha256 } = await download('pdf');
    const { status, headers, body } = await world.call('GET', `/verify/${code}`);
    const page = String(body);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/html');
    for (const fact of [lease.reference, sha256, '40,500 UGX', '79,500 UGX']) expect(page).toContain(fact);
    expect(page).not.toMatch(/Test Person|Bajaj|UBOOK|\+256/);
    expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    for (const [, directive, content = ''] of page.matchAll(/<(style|script)>([^]*?)<\/\1>/g))
      expect(policy, directive).toContain(`'sha256-${createHash('sha256').update(content).digest('base64')}'`);
    expect(page.match(/<(style|script)/g)).toHaveLength(2);
    expect(headers.get('ratelimit-policy')).toContain('"address"');
  });

  it('compares a file on the device of its reader', async () => {
    const { code, bytes } = await download('csv');
    const page = String((await world.call('GET', `/verify/${code}`)).body);
    const [, script = ''] = /<script>([^]*)<\/script>/.exec(page) ?? [];
    const [, sha256 = ''] = /data-sha256="(\w+)"/.exec(page) ?? [];
    const chosen: Record<string, () => Promise<void>> = {};
    const element = (files: Blob[]) => ({
      files,
      dataset: { sha256, result: '' },
      addEventListener: (event: string, listener: () => Promise<void>) => (chosen[event] = listener),
    });
    const compare = async (file: Uint8Array<ArrayBuffer>) => {
      const shown = { input: element([new Blob([file])]), label: element([]), '[data-result]': element([]) };
      const document = { querySelector: (name: keyof typeof shown) => shown[name] };
      runInNewContext(script, { document, crypto: webcrypto, Uint8Array });
      await chosen['change']?.();
      return shown['[data-result]'].dataset.result;
    };
    expect(await compare(new Uint8Array(bytes))).toBe('same');
    expect(await compare(new Uint8Array([...bytes, 10]))).toBe('other');
  });

  it('knows no other code', async () => {
    for (const code of ['00000000000000000000', 'nonsense', '%3Cscript%3E', 'U'.repeat(20)]) {
      const page = await world.call('GET', `/verify/${code}`);
      expect([page.status, page.headers.get('content-type')], code).toEqual([
        404,
        expect.stringContaining('text/html'),
      ]);
      expect(await verify(code), code).toMatchObject({ status: 404, body: { code: 'not_found' } });
    }
    expect((await verify('x'.repeat(41))).status).toBe(404);
  });

  it('does not believe a row that was changed, nor a signature by another key or for another purpose', async () => {
    const one = await bookLease(world.database, world.deps.config, { customerId: customer.user.id });
    const { code } = await download('csv', one.id);
    const set = (changes: Partial<typeof statements.$inferInsert>) =>
      world.database.db.update(statements).set(changes).where(eq(statements.code, code));
    const { signature, ...facts } = issuedStatement.parse((await verify(code)).body);
    const forged = { ...facts, totals: { ...facts.totals, paid: { amount: 9_999_999, currency: 'UGX' } } };
    const stranger = createTokenIssuer({ JWT_KEYS: keySet('test') });
    const attacks = [
      { signature: await stranger.signDocument('statement+jws', forged) },
      { signature: await world.deps.tokens.signDocument('other+jws', forged) },
      { signature: signature.replace(/\.[^.]+\./, `.${Buffer.from(JSON.stringify(forged)).toString('base64url')}.`) },
      { signature: customer.token },
      { signature, sha256: '0'.repeat(64) },
    ];
    for (const attack of attacks) {
      await set({ sha256: facts.sha256, ...attack });
      expect(await verify(code)).toMatchObject({ status: 409, body: { code: 'conflict' } });
      const page = await world.call('GET', `/verify/${code}`);
      expect([page.status, String(page.body)]).toEqual([409, expect.stringContaining('cannot be verified')]);
    }
    await set({ signature, sha256: facts.sha256 });
    expect((await verify(code)).status).toBe(200);
    const asToken = await world.call('GET', '/v1/me', { token: signature });
    expect(asToken.status).toBe(401);
  });

  it('goes on after the keys were rotated, until the old key is taken away', async () => {
    const { code } = await download('pdf');
    const [old] = (JSON.parse(world.deps.config.JWT_KEYS) as { keys: unknown[] }).keys;
    const [fresh] = (JSON.parse(keySet('fresh')) as { keys: unknown[] }).keys;
    const later = (keys: unknown[]) =>
      createApp({ ...world.deps, tokens: createTokenIssuer({ JWT_KEYS: JSON.stringify({ keys }) }) });
    const rotated = await later([fresh, old]).request(`/v1/statements/${code}`);
    expect([rotated.status, await rotated.json()]).toEqual([200, expect.objectContaining({ kid: 'test' })]);
    expect((await later([fresh, old]).request(`/verify/${code}`)).status).toBe(200);
    expect((await later([fresh]).request(`/v1/statements/${code}`)).status).toBe(409);
  });
});

function keySet(kid: string): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return JSON.stringify({ keys: [{ ...privateKey.export({ format: 'jwk' }), kid }] });
}

describe('ownership', () => {
  const read = async (id: string) => {
    const { status, body } = await world.call('GET', `/v1/leases/${id}/ownership`, { token: customer.token });
    expect(status, JSON.stringify(body)).toBe(200);
    return ownership.parse(body);
  };
  const own = () => bookLease(world.database, world.deps.config, { customerId: customer.user.id });
  const amounts = (part: Record<string, { amount: number }> | null) =>
    part === null ? null : Object.fromEntries(Object.entries(part).map(([name, { amount }]) => [name, amount]));

  it('tells what is owned, what is missing to two thirds, and what settling or leaving costs today', async () => {
    const one = await own();
    await one.pays('2026-01-05T09:00:00Z', 20_000);
    expect((await read(one.id)).settleToday).toBeNull();
    expect(amounts((await read(one.id)).leaveToday)).toEqual({ amount: 0, refund: 20_000, kept: 0, forgiven: 100_000 });

    // Three weeks ago by the lease's clock: three lines are due, the third one today.
    const began = Date.now() - 21 * 86_400_000;
    await one.handOver(new Date(began).toISOString());
    await one.pays(new Date(began + 86_400_000).toISOString(), 15_000);
    const now = await read(one.id);
    expect(now).toMatchObject({ ownedPercent: 29, twoThirdsPaid: false, paid: { amount: 35_000 } });
    expect(amounts(now.twoThirdsAt)).toEqual({ paid: 80_000, missing: 45_000 });
    expect(amounts(now.leaveToday)).toEqual({ amount: 5_000, refund: 0, kept: 35_000, forgiven: 80_000 });
    // The seven lines that are not due yet cost their markup less: 70,000 × 20 / 120.
    expect(amounts(now.settleToday)).toEqual({ amount: 85_000 - 11_666, saved: 11_666 });
    expect(now.explanation).toContain('35,000 UGX of 120,000 UGX, which is 29 %');
  });

  it('reaches two thirds with exactly what was missing', async () => {
    const one = await own();
    await one.pays('2026-01-05T09:00:00Z', 20_000);
    await one.handOver('2026-01-06T09:00:00Z');
    await one.pays('2026-01-07T09:00:00Z', 59_999);
    expect(await read(one.id)).toMatchObject({ twoThirdsPaid: false, twoThirdsAt: { missing: { amount: 1 } } });
    await one.pays('2026-01-08T09:00:00Z', 1);
    expect(await read(one.id)).toMatchObject({ twoThirdsPaid: true, twoThirdsAt: { missing: { amount: 0 } } });
  });
});
