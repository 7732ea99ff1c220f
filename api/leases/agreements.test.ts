import { createHash, randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verification } from '#api/statements/verify';
import { findLease } from '#db/queries/leases';
import { agreements, leases, otpCodes, sessions, users } from '#db/schema/index';
import type { Agreement, Lease } from '#dev/api-types';
import { eventually } from '#dev/client';
import type { Customer } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { agreementTemplates } from '#domain/leases/agreement/templates';
import { system } from '#domain/identity/roles';
import { commandKey } from '#steering/command-key';
import { call, codeIn } from '#test/api-world';
import { cast, isOver, leaseIn, newCustomer, type Cast } from '#test/people';
import { logIn } from '#test/log-in';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { transact } from '#use-cases/context';
import { eraseUser } from '#use-cases/identity/erase-user';
import { orderSignature } from '#use-cases/leases/agreement/order-signature';

let platform: TestPlatform;
let staff: Cast;
let agentToken: string;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
  const [agent] = await platform.deps.db.select().from(users).where(eq(users.email, 'agent@example.com'));
  if (agent === undefined) throw new Error('there is no agent');
  agentToken = (await logIn(platform.deps, agent)).token;
});
afterAll(() => platform.close());

const path = ({ id }: { readonly id: string }) => ({ path: { id } });
const sha256Of = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');
const db = () => platform.deps.db;

const draft = (customer: Customer, lease: { readonly id: string }, language?: Agreement['language']) =>
  customer.client.post('/v1/agreements', {
    body: { leaseId: lease.id, ...(language === undefined ? {} : { language }) },
  });

async function fileOf(token: string, { id }: { readonly id: string }, format: 'html' | 'pdf' = 'html') {
  const response = await fetch(`${platform.url}/v1/agreements/${id}/content?format=${format}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

/** The code that the phone has got for a draft. */
async function codeFor(customer: Customer, agreement: { readonly id: string }): Promise<string> {
  const world = new SimulatorClient(platform.simulators);
  const before = (await world.get('/sms', { query: { to: customer.phone } })).data.length;
  await customer.client.post('/v1/agreements/{id}/code', { ...path(agreement), body: {} });
  return eventually('the code', async () => {
    const { data } = await world.get('/sms', { query: { to: customer.phone } });
    const found = data.slice(0, data.length - before).find(({ body }) => body.includes('sign'));
    return found === undefined ? undefined : codeIn(found.body);
  });
}

const sign = (customer: Customer, lease: { readonly id: string }, more: Record<string, unknown> = {}, key?: string) =>
  call(platform.url, 'POST', `/v1/leases/${lease.id}/sign`, {
    token: customer.token,
    key,
    body: { name: customer.name, ...more },
  });
const refusedBy = ({ status, body }: { readonly status: number; readonly body: unknown }) => [
  status,
  (body as { code?: string }).code,
];
const agreementsOf = async (customer: Customer, lease: { readonly id: string }) =>
  (await customer.client.get('/v1/agreements', { query: { leaseId: lease.id } })).data;
/** Every session of his is old: what proved who he is then proves nothing now. */
const longAgo = (customer: Customer) =>
  db()
    .update(sessions)
    .set({ createdAt: sql`created_at - interval '20 minutes'` })
    .where(eq(sessions.userId, customer.id));

async function reserved(): Promise<{ customer: Customer; lease: Lease }> {
  const customer = await newCustomer(platform);
  return { customer, lease: await leaseIn('reserved', customer, staff) };
}

describe('the agreement of a lease', () => {
  it('is read in four languages, and says what is agreed on to the shilling', async () => {
    const { customer, lease } = await reserved();
    const texts: string[] = [];
    for (const language of ['en', 'lg', 'sw', 'rw'] as const) {
      const drafted = await draft(customer, lease, language);
      expect(drafted).toMatchObject({ kind: 'agreement', status: 'draft', language, totalPrice: lease.totalPrice });
      const { bytes, headers } = await fileOf(customer.token, drafted);
      expect(sha256Of(bytes)).toBe(drafted.sha256);
      expect(headers.get('etag')).toBe(`"${drafted.sha256}"`);
      expect((await fileOf(customer.token, drafted)).bytes.equals(bytes)).toBe(true);
      const pdf = await fileOf(customer.token, drafted, 'pdf');
      expect(pdf.bytes.subarray(0, 5).toString()).toBe('%PDF-');
      expect((await fileOf(customer.token, drafted, 'pdf')).bytes.equals(pdf.bytes)).toBe(true);
      expect((await draft(customer, lease, language)).id).toBe(drafted.id);
      texts.push(bytes.toString());
    }
    for (const text of texts)
      for (const said of [customer.name, customer.phone, lease.reference, 'Hire Purchase Act, 2009', 'UGX'])
        expect(text).toContain(said);
    expect(texts[0]).toContain(lease.totalPrice.amount.toLocaleString('en'));
    expect(new Set(texts).size).toBe(4);
  });

  it.each([
    ['no name of his is signed, and somebody asks', 'Somebody Else', 1],
    ['one of his names is signed, in other letters', 'nakató', 0],
  ])('where %s', async (_what, name, asked) => {
    const { customer, lease } = await reserved();
    await db().update(users).set({ name: 'Amina Nakato' }).where(eq(users.id, customer.id));
    expect(await sign(customer, lease, { name })).toMatchObject({ status: 200, body: { status: 'awaiting_deposit' } });
    const [signed] = await agreementsOf(customer, lease);
    const query = { leaseId: lease.id, kind: 'signed_by_another_name' } as const;
    const { data } = await staff.agent.get('/v1/cases', { query });
    expect(data.map(({ detail }) => detail)).toEqual(asked === 0 ? [] : [{ agreementId: signed?.id }]);
    expect(signed?.signature?.name).toBe(name);
  });

  it('is signed by name and a code for these terms, kept as bytes, and verified by everybody without a name', async () => {
    const { customer, lease } = await reserved();
    const drafted = await draft(customer, lease, 'sw');
    await longAgo(customer);
    expect(refusedBy(await sign(customer, lease))).toEqual([403, 'second_factor_required']);
    const code = await codeFor(customer, drafted);
    const { status, body } = await sign(customer, lease, { code, sha256: drafted.sha256 });
    expect([status, body]).toMatchObject([200, { status: 'awaiting_deposit' }]);
    const [signed] = await agreementsOf(customer, lease);
    if (signed?.signature == null) throw new Error('it is not signed');
    expect(signed).toMatchObject({ status: 'signed', signature: { name: customer.name, by: 'code', channel: 'sms' } });
    expect((body as Lease).agreementSignedAt).toBe(signed.signedAt);

    const html = await fileOf(customer.token, signed);
    const pdf = await fileOf(customer.token, signed, 'pdf');
    expect([sha256Of(html.bytes), sha256Of(pdf.bytes)]).toEqual([
      signed.signature.htmlSha256,
      signed.signature.pdfSha256,
    ]);
    // What was read is in it, byte for byte, with the signature beneath.
    const section = html.bytes.toString().lastIndexOf('\n<section>');
    const terms = `${html.bytes.toString().slice(0, section)}\n</main>\n</body>\n</html>\n`;
    expect(sha256Of(terms)).toBe(drafted.sha256);
    expect(html.bytes.toString()).toContain(drafted.sha256);
    // A hash or a phone may have the same digits in it.
    expect(html.bytes.toString()).not.toMatch(new RegExp(`\\b${code}\\b`));
    for (const format of ['html', 'pdf'] as const)
      for (const token of [customer.token, agentToken])
        expect((await fileOf(token, signed, format)).bytes.equals(format === 'html' ? html.bytes : pdf.bytes)).toBe(
          true,
        );

    const shown = verification.parse((await call(platform.url, 'GET', `/v1/verify/${signed.signature.code}`, {})).body);
    expect(shown).toMatchObject({
      document: 'agreement',
      unaltered: true,
      format: 'pdf',
      sha256: signed.signature.pdfSha256,
      htmlSha256: signed.signature.htmlSha256,
      termsSha256: drafted.sha256,
      template: 'UG-sw-1',
    });
    const page = await call(platform.url, 'GET', `/verify/${signed.signature.code.toLowerCase()}`, {});
    expect([page.status, page.body]).toEqual([200, expect.stringContaining(signed.signature.pdfSha256)]);
    for (const text of [JSON.stringify(shown), String(page.body)])
      for (const secret of [customer.name, customer.phone, lease.id, lease.reference])
        expect(text).not.toContain(secret);
  });

  it('is signed by nobody with a wrong code, one of a login, of other terms, or one that is too old', async () => {
    const { customer, lease } = await reserved();
    await longAgo(customer);
    const [english, luganda] = [await draft(customer, lease, 'en'), await draft(customer, lease, 'lg')];
    const needsFactor = [403, 'second_factor_required'];
    const code = await codeFor(customer, english);
    const wrong = code === '000000' ? '000001' : '000000';
    expect(refusedBy(await sign(customer, lease, { code: wrong, sha256: english.sha256 }))).toEqual(needsFactor);
    expect(refusedBy(await sign(customer, lease, { code, sha256: luganda.sha256 }))).toEqual(needsFactor);
    // Nor does it log in.
    const login = await call(platform.url, 'POST', '/v1/auth/otp/verify', { body: { phone: customer.phone, code } });
    expect(login.status).toBe(401);
    await db()
      .update(otpCodes)
      .set({ expiresAt: new Date(0) })
      .where(eq(otpCodes.purpose, `sign:${english.sha256}`));
    expect(refusedBy(await sign(customer, lease, { code, sha256: english.sha256 }))).toEqual(needsFactor);
    expect(await agreementsOf(customer, lease)).toHaveLength(2);
    // One that was right, but guessed at five times before, is good for nothing.
    const next = await codeFor(customer, english);
    for (let i = 0; i < 5; i += 1)
      await sign(customer, lease, { code: wrong === next ? '000002' : wrong, sha256: english.sha256 });
    expect(refusedBy(await sign(customer, lease, { code: next, sha256: english.sha256 }))).toEqual(needsFactor);
    const lasts = await codeFor(customer, english);
    expect((await sign(customer, lease, { code: lasts, sha256: english.sha256 })).status).toBe(200);
    // Used: what it would sign is signed. Tapped twice it says so; by another name it is refused.
    const again = { code: lasts, sha256: english.sha256 };
    expect(await sign(customer, lease, again)).toMatchObject({ status: 200, body: { status: 'awaiting_deposit' } });
    expect(refusedBy(await sign(customer, lease, { ...again, name: 'Another Name' }))).toEqual([409, 'invalid_state']);
    expect(refusedBy(await sign(customer, lease, { ...again, code: wrong }))).toEqual([409, 'invalid_state']);
    expect(
      (await call(platform.url, 'POST', `/v1/agreements/${english.id}/code`, { token: customer.token, body: {} }))
        .status,
    ).toBe(409);
  });

  it('is not signed as it was read where it says something else now; another draft is', async () => {
    const { customer, lease } = await reserved();
    const before = await draft(customer, lease);
    await db().update(users).set({ name: 'Another Name' }).where(eq(users.id, customer.id));
    expect(refusedBy(await sign(customer, lease, { sha256: before.sha256 }))).toEqual([409, 'agreement_outdated']);
    expect((await fileOf(customer.token, before)).status).toBe(409);
    expect(refusedBy(await sign(customer, lease, { sha256: '0'.repeat(64) }))).toEqual([409, 'agreement_outdated']);
    // Who names no terms signs those of now.
    expect((await sign(customer, lease)).status).toBe(200);
    const [signed] = await agreementsOf(customer, lease);
    expect(signed).toMatchObject({ status: 'signed', signature: { by: 'login' } });
    expect((await fileOf(customer.token, signed ?? before)).bytes.toString()).toContain('Another Name');
  });

  it('is signed once by who taps three times at once, and nobody is refused', async () => {
    const { customer, lease } = await reserved();
    await draft(customer, lease);
    const taps = await Promise.all([1, 2, 3].map(() => sign(customer, lease)));
    expect(taps.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await agreementsOf(customer, lease)).filter(({ status }) => status === 'signed')).toHaveLength(1);
  });

  it('is signed by nobody who asked a moment before the vehicle was held, and has read nothing', async () => {
    const { customer, lease } = await reserved();
    const row = await findLease(db(), lease.id);
    if (row === undefined) throw new Error('there is no lease');
    const isProven = () => Promise.reject(new Error('nobody is asked'));
    const signer = { actor: { role: 'customer', id: customer.id }, name: customer.name, isProven } as const;
    const asked = orderSignature(platform.deps, { ...row, status: 'offered' }, signer);
    await expect(asked).rejects.toMatchObject({ code: 'agreement_outdated' });
    expect((await customer.client.get('/v1/leases/{id}', path(lease))).status).toBe('reserved');
  });

  it('is signed once by a request that is sent again while the first is carried out, which both hear', async () => {
    const { customer, lease } = await reserved();
    const before = await findLease(db(), lease.id);
    if (before === undefined) throw new Error('there is no lease');
    const actor = { role: 'customer', id: customer.id } as const;
    const isProven = () => Promise.resolve({ by: 'login', channel: 'sms' } as const);
    const key = commandKey(new Date(), `POST /v1/leases/${lease.id}/sign`, 'twice');
    const asks = () => orderSignature(platform.deps, before, { actor, name: customer.name, isProven }, key);
    expect(await asks()).toMatchObject({ status: 'awaiting_deposit' });
    // It had read that the lease is reserved.
    expect(await asks()).toMatchObject({ status: 'awaiting_deposit' });
    const another = orderSignature(platform.deps, before, { actor, name: 'Another Name', isProven });
    await expect(another).rejects.toMatchObject({ code: 'invalid_state' });
    expect(await agreementsOf(customer, lease)).toHaveLength(1);
  });

  it('stays as it was signed whatever law or template comes later', async () => {
    const { customer, lease } = await reserved();
    expect((await sign(customer, lease)).status).toBe(200);
    const [signed] = await agreementsOf(customer, lease);
    if (signed?.signature == null) throw new Error('it is not signed');
    const before = await fileOf(customer.token, signed, 'pdf');
    const templates = agreementTemplates.UG as unknown as { version: number; laws: object }[];
    templates.push({ version: 2, laws: { contract: 'Another Act', signature: 'Another Act', data: 'Another Act' } });
    try {
      const other = await reserved();
      expect(await draft(other.customer, other.lease)).toMatchObject({ template: 'UG-en-2' });
      for (const format of ['html', 'pdf'] as const) {
        const { bytes } = await fileOf(customer.token, signed, format);
        expect(sha256Of(bytes)).toBe(signed.signature[`${format}Sha256`]);
      }
      expect((await fileOf(customer.token, signed, 'pdf')).bytes.equals(before.bytes)).toBe(true);
    } finally {
      templates.pop();
    }
    await expect(db().update(agreements).set({ total: 1 }).where(eq(agreements.id, signed.id))).rejects.toThrow();
    await expect(db().delete(agreements).where(eq(agreements.id, signed.id))).rejects.toThrow();
    await expect(
      db()
        .update(leases)
        .set({ totalPrice: lease.totalPrice.amount + 1 })
        .where(eq(leases.id, lease.id)),
    ).rejects.toThrow();
    await expect(
      db()
        .update(leases)
        .set({ agreedTotal: lease.totalPrice.amount + 1 })
        .where(eq(leases.id, lease.id)),
    ).rejects.toThrow();
  });

  it('is signed once where the process dies between the document and the lease', async () => {
    const { customer, lease } = await reserved();
    const drafted = await draft(customer, lease);
    await longAgo(customer);
    const code = await codeFor(customer, drafted);
    const key = randomUUID();
    const asked = { code, sha256: drafted.sha256 };
    // Nobody takes the command: the document is drawn, and the request comes to no answer.
    await platform.withoutWorkers(async () => {
      const answer = await Promise.race([
        sign(customer, lease, asked, key),
        new Promise<null>((done) => setTimeout(() => done(null), 1_500)),
      ]);
      expect(answer === null || answer.status === 202).toBe(true);
      const [row] = await db().select().from(agreements).where(eq(agreements.id, drafted.id));
      expect(row).toMatchObject({ inForceAt: null, pdfSha256: expect.any(String) });
      expect(await agreementsOf(customer, lease)).toMatchObject([{ status: 'draft', signature: null }]);
      const verify = await call(platform.url, 'GET', `/v1/verify/${row?.code}`, {});
      expect(verify.status).toBe(404);
    });
    const again = await sign(customer, lease, asked, randomUUID());
    expect([200, 409]).toContain(again.status);
    expect(await agreementsOf(customer, lease)).toMatchObject([{ id: drafted.id, status: 'signed' }]);
    expect((await customer.client.get('/v1/leases/{id}', path(lease))).agreementSignedAt).not.toBeNull();
  });

  it('is its customer’s and of staff alone, and goes with him', async () => {
    const { customer, lease } = await reserved();
    const stranger = await newCustomer(platform, { verified: false });
    const drafted = await draft(customer, lease);
    const theirs = await call(platform.url, 'POST', '/v1/agreements', {
      token: stranger.token,
      body: { leaseId: lease.id },
    });
    expect(theirs.status).toBe(422);
    expect((await fileOf(stranger.token, drafted)).status).toBe(404);
    expect((await sign(customer, lease)).status).toBe(200);
    const [signed] = await agreementsOf(customer, lease);
    if (signed?.signature == null) throw new Error('it is not signed');
    const given = await customer.client.get('/v1/me/export');
    expect(JSON.stringify(given)).toContain(signed.sha256);
    await customer.client.post('/v1/leases/{id}/withdraw', { ...path(lease), body: {} });
    await isOver(platform, lease.id);
    // What was signed of a lease that never came about is not in effect, and says so.
    const [over] = await agreementsOf(customer, lease);
    expect(over).toMatchObject({ status: 'signed', became: 'void', becameAt: expect.any(String) });
    const page = await call(platform.url, 'GET', `/verify/${signed.signature.code}`, {});
    expect(page.body).toContain('never came about');
    await transact(db(), system('test'), new Date(), (context) => eraseUser(context, customer.id));
    const [row] = await db().select().from(agreements).where(eq(agreements.id, signed.id));
    expect(row).toMatchObject({ signedName: null, htmlEncrypted: null, pdfEncrypted: null, sha256: signed.sha256 });
    const { body } = await call(platform.url, 'GET', `/v1/verify/${signed.signature.code}`, {});
    expect(body).toMatchObject({ unaltered: true, sha256: signed.signature.pdfSha256, became: 'void' });
  });
});
