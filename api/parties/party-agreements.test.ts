import { createHash } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leases, sessions, users } from '#db/schema/index';
import { eventually } from '#dev/client';
import { leaseThat, type Customer } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { system } from '#domain/identity/roles';
import { call, codeIn } from '#test/api-world';
import { logIn } from '#test/log-in';
import { cast, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { refusal } from '#test/refusal';
import { transact } from '#use-cases/context';
import { eraseUser } from '#use-cases/identity/erase-user';
import { leaseRetention } from '#use-cases/leases/retention';

let platform: TestPlatform;
let staff: Cast;
let adminToken: string;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
  const [admin] = await platform.deps.db.select().from(users).where(eq(users.email, 'admin@example.com'));
  if (admin === undefined) throw new Error('there is no admin');
  adminToken = (await logIn(platform.deps, admin)).token;
});
afterAll(() => platform.close());

const path = ({ id }: { readonly id: string }) => ({ path: { id } });
const sha256Of = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

async function fileOf(token: string, { id }: { readonly id: string }, format: 'html' | 'pdf' = 'html') {
  const response = await fetch(`${platform.url}/v1/agreements/${id}/content?format=${format}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
}

/** The code that his phone gets for terms, his login being old. */
async function codeFor(customer: Customer, agreement: { readonly id: string }): Promise<string> {
  const old = { createdAt: new Date(Date.now() - 3_600_000) };
  await platform.deps.db.update(sessions).set(old).where(eq(sessions.userId, customer.id));
  const world = new SimulatorClient(platform.simulators);
  await customer.client.post('/v1/agreements/{id}/code', { ...path(agreement), body: {} });
  return eventually('the code', async () => {
    const { data } = await world.get('/sms', { query: { to: customer.phone } });
    const found = data.find(({ body }) => body.includes('sign'));
    return found === undefined ? undefined : codeIn(found.body);
  });
}

const signedOf = async (client: Customer['client'], lease: { readonly id: string }) =>
  (await client.get('/v1/agreements', { query: { leaseId: lease.id } })).data;
const propose = (owner: Customer, lease: { readonly id: string }, { phone }: Customer) =>
  owner.client.post('/v1/leases/{id}/transfers', { ...path(lease), body: { phone } });
const accept = (by: Customer, transfer: { readonly id: string }, more: { code?: string; sha256?: string } = {}) =>
  by.client.post('/v1/transfers/{id}/accept', {
    ...path(transfer),
    body: { name: by.name, paymentMethodId: by.paymentMethodId, ...more },
  });
const confirm = (transfer: { readonly id: string }) =>
  staff.admin.post('/v1/transfers/{id}/confirm', { ...path(transfer), body: {} });

/** Both files of what somebody has signed: as they were given out, and as everybody may verify them. */
async function expectKept(token: string, agreement: Awaited<ReturnType<typeof signedOf>>[number]) {
  const { signature, kind, sha256 } = agreement;
  if (signature === null) throw new Error('it is not signed');
  const html = await fileOf(token, agreement);
  const pdf = await fileOf(token, agreement, 'pdf');
  expect([sha256Of(html.bytes), sha256Of(pdf.bytes)]).toEqual([signature.htmlSha256, signature.pdfSha256]);
  expect(pdf.bytes.subarray(0, 5).toString()).toBe('%PDF-');
  const shown = await call(platform.url, 'GET', `/v1/verify/${signature.code}`, {});
  expect(shown.body).toMatchObject({ document: kind, unaltered: true, termsSha256: sha256 });
  const page = await call(platform.url, 'GET', `/verify/${signature.code}`, {});
  expect(page.body).toContain(`This ${kind} was signed`);
}

describe('whoever takes a lease over', () => {
  it('signs what is left of it, by a code for these terms, and it holds with the confirmation', async () => {
    const [owner, heir, stranger] = [
      await newCustomer(platform),
      await newCustomer(platform),
      await newCustomer(platform),
    ];
    const begun = await leaseIn('active', owner, staff);
    const lease = await owner.client.get('/v1/leases/{id}', path(begun));
    const proposed = await propose(owner, lease, heir);
    const body = { transferId: proposed.id };
    for (const other of [owner, stranger])
      expect(await refusal(other.client.post('/v1/agreements', { body }))).toEqual([
        422,
        'unprocessable',
        'transferId',
      ]);
    const draft = await heir.client.post('/v1/agreements', { body: { ...body, language: 'en' } });
    const { outstanding, totalPrice } = lease;
    expect(draft).toMatchObject({ kind: 'takeover', status: 'draft', liability: outstanding, totalPrice });
    const text = (await fileOf(heir.token, draft)).bytes.toString();
    for (const said of [heir.name, heir.phone, lease.reference, outstanding.amount.toLocaleString('en')])
      expect(text).toContain(said);
    // Of who has it nothing is told.
    for (const not of [owner.name, owner.phone]) expect(text).not.toContain(not);
    expect((await fileOf(owner.token, draft)).status).toBe(404);

    const code = await codeFor(heir, draft);
    expect(await refusal(accept(heir, proposed))).toEqual([403, 'second_factor_required']);
    expect(await refusal(accept(heir, proposed, { code, sha256: 'a'.repeat(64) }))).toEqual([
      409,
      'agreement_outdated',
    ]);
    expect(await accept(heir, proposed, { code, sha256: draft.sha256 })).toMatchObject({ status: 'accepted' });
    const [signed, ...more] = await signedOf(heir.client, lease);
    expect([signed, more]).toMatchObject([{ id: draft.id, status: 'signed', became: null }, []]);
    expect(await signedOf(owner.client, lease)).toEqual([]);
    await confirm(proposed);
    const [held] = await signedOf(heir.client, lease);
    if (held === undefined) throw new Error('nothing is signed');
    expect(held).toMatchObject({ became: 'in_effect', signature: { name: heir.name, by: 'code', channel: 'sms' } });
    expect(await heir.client.get('/v1/leases/{id}', path(lease))).toMatchObject({ customerId: heir.id });
    await expectKept(heir.token, held);
  });

  it('reads of the schedule that it has by now, and not of the one that it began with', async () => {
    const [owner, heir] = [await newCustomer(platform), await newCustomer(platform)];
    const lease = await leaseIn('active', owner, staff);
    const instalments = 2 * lease.instalmentsTotal;
    const body = { instalments, reason: 'he earns less' };
    await staff.agent.post('/v1/leases/{id}/restructure', { ...path(lease), body });
    const { deposit, totalPrice } = await owner.client.get('/v1/leases/{id}', path(lease));
    const { data: lines } = await owner.client.get('/v1/leases/{id}/schedule', path(lease));
    let paid = deposit.amount;
    const last = lines.find(({ amount }) => (paid += amount.amount) * 3 >= totalPrice.amount * 2);
    const { id: transferId } = await propose(owner, lease, heir);
    const draft = await heir.client.post('/v1/agreements', { body: { transferId, language: 'en' } });
    const text = (await fileOf(heir.token, draft)).bytes.toString();
    expect(text).toContain(`By the schedule that is with instalment ${last?.number}.`);
    expect(text).toContain(`After ${instalments / 2} instalments on time`);
  });

  it('is asked anew where nothing came of it, or the schedule is another one by then', async () => {
    const [owner, heir] = [await newCustomer(platform), await newCustomer(platform)];
    const lease = await leaseIn('active', owner, staff);
    const first = await propose(owner, lease, heir);
    await accept(heir, first);
    const [{ dueOn } = { dueOn: '' }] = (await owner.client.get('/v1/leases/{id}/schedule', path(lease))).data;
    const weekday = new Date(dueOn).getUTCDay() === 1 ? 'wednesday' : 'monday';
    await owner.client.post('/v1/leases/{id}/due-day', { ...path(lease), body: { weekday } });
    expect(await refusal(confirm(first))).toEqual([409, 'transfer_refused']);
    await heir.client.post('/v1/transfers/{id}/end', { ...path(first), body: {} });
    const second = await propose(owner, lease, heir);
    await accept(heir, second);
    expect(await confirm(second)).toMatchObject({ status: 'completed' });
    const became = (await signedOf(heir.client, lease)).map((one) => [one.transferId, one.became]);
    expect(became).toEqual([
      [second.id, 'in_effect'],
      [first.id, 'void'],
    ]);
  });
});

it('whoever answers for a lease signs for whom, for which lease and up to how much', async () => {
  const [owner, aunt] = [await newCustomer(platform), await newCustomer(platform)];
  const lease = await leaseIn('active', owner, staff);
  const asked = await owner.client.post('/v1/leases/{id}/guarantees', {
    ...path(lease),
    body: { name: aunt.name, phone: aunt.phone },
  });
  const body = { guaranteeId: asked.id };
  expect(await refusal(owner.client.post('/v1/agreements', { body }))).toEqual([422, 'unprocessable', 'guaranteeId']);
  const draft = await aunt.client.post('/v1/agreements', { body: { ...body, language: 'en' } });
  expect(draft).toMatchObject({ kind: 'guarantee', status: 'draft', liability: asked.cap });
  const text = (await fileOf(aunt.token, draft)).bytes.toString();
  for (const said of [aunt.name, owner.name, lease.reference, asked.cap.amount.toLocaleString('en')])
    expect(text).toContain(said);
  expect(text).not.toContain(owner.phone);
  const consent = (more: { code?: string; sha256?: string }) =>
    aunt.client.post('/v1/guarantees/{id}/consent', {
      ...path(asked),
      body: { name: aunt.name, cap: asked.cap, ...more },
    });
  const code = await codeFor(aunt, draft);
  expect(await refusal(consent({}))).toEqual([403, 'second_factor_required']);
  expect(await consent({ code, sha256: draft.sha256 })).toMatchObject({ status: 'consented' });
  // A phone that has lost the answer asks again, and is told what it was.
  expect(await consent({ code, sha256: draft.sha256 })).toMatchObject({ status: 'consented' });
  const [signed, ...more] = await signedOf(aunt.client, lease);
  if (signed === undefined) throw new Error('nothing is signed');
  expect([signed, more]).toMatchObject([{ id: draft.id, status: 'signed', became: 'in_effect' }, []]);
  await expectKept(aunt.token, signed);
  expect(await signedOf(owner.client, lease)).toEqual([]);
  expect(await signedOf(staff.agent, lease)).toMatchObject([{ id: draft.id }]);
});

it('the agreement of a lease that runs is kept though who signed it was erased, and after it as long as the law asks', async () => {
  const [owner, heir] = [await newCustomer(platform), await newCustomer(platform)];
  const lease = await leaseIn('reserved', owner, staff);
  await owner.client.post('/v1/leases/{id}/sign', { ...path(lease), body: { name: owner.name } });
  await leaseThat(owner.client, lease.id, 'paid', ({ status }) => status === 'awaiting_handover');
  await staff.agent.post('/v1/leases/{id}/handover', { ...path(lease), body: { odometerKm: 5 } });
  const [signed] = await signedOf(owner.client, lease);
  if (signed === undefined) throw new Error('nothing is signed');
  const transfer = await propose(owner, lease, heir);
  await accept(heir, transfer);
  await confirm(transfer);
  const { db } = platform.deps;
  await transact(db, system('test'), new Date(), (context) => eraseUser(context, owner.id));
  const [takeover, agreement] = await signedOf(staff.admin, lease);
  // His name is in the paper alone, which staff read on record.
  expect([takeover, agreement]).toMatchObject([
    { kind: 'takeover', signature: { name: heir.name } },
    { id: signed.id, customerId: owner.id, signature: { name: null } },
  ]);
  expect((await fileOf(heir.token, signed)).status).toBe(404);
  await expectKept(adminToken, signed);
  const sweep = async (at: Date) => {
    const { sql, config } = platform.deps;
    await leaseRetention.formerAgreements({ sql, at, config, beat: () => {} });
    return (await fileOf(adminToken, signed)).status;
  };
  const years = (count: number) => new Date(Date.now() + count * 366 * 86_400_000);
  expect(await sweep(years(20))).toBe(200);
  await db.update(leases).set({ endedAt: new Date() }).where(eq(leases.id, lease.id));
  expect(await sweep(years(5))).toBe(200);
  expect(await sweep(years(7))).toBe(404);
});
