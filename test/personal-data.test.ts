import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import { temporal } from '@temporalio/proto';
import { sql } from 'drizzle-orm';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually } from '#dev/client';
import { leaseThat, proveIdentity, register, type Customer } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { localDateAt } from '#domain/calendar';
import type { StoredEvent } from '#domain/events/cloud-event';
import { system } from '#domain/identity/roles';
import { createLogger } from '#platform/log';
import { transact } from '#use-cases/context';
import { erasureReader } from '#use-cases/kyc/erasure-reader';
import { recordSubmission } from '#use-cases/kyc/record-submission';
import { startReader } from '#workers/events/reader';
import { kycWorkflowId } from '#workflows/kyc/messages';
import { call } from './api-world.ts';
import { cast, hoursLater, isOver, leaseIn, newCustomer, type Cast } from './people.ts';
import { startTestPlatform, type TestPlatform } from './platform.ts';

/** One customer's whole journey, and then: where are the name, the phone, the papers, the codes? */
let platform: TestPlatform;
let staff: Cast;
let customer: Customer;
let leaseId: string;
let secrets: Readonly<Record<string, string>>;
const log: string[] = [];

const person = { name: 'Zebulon Kiwanuka', phone: '+256779431107', market: 'UG', provider: 'mtn' } as const;
const document = 'CM94310731ABZQ';

beforeAll(async () => {
  const sink = new Writable({ write: (chunk: Buffer, _encoding, done) => (log.push(chunk.toString()), done()) });
  // Without the net that redacts: nothing may reach it in the first place.
  platform = await startTestPlatform({}, pino({ level: 'trace' }, sink));
  staff = await cast(platform);
  customer = await journey();
}, 120_000);
afterAll(() => platform.close());

const place = () => ({ api: platform.url, simulators: platform.simulators });
const sum = (amount: number) => ({ amount, currency: 'UGX' }) as const;

/** From registration to an active lease, with money of every kind, failures and messages on the way. */
async function journey(): Promise<Customer> {
  const one = await register(place(), person);
  await proveIdentity(one, document, 'UG');
  const lease = await leaseIn('active', one, staff);
  leaseId = lease.id;
  const { client } = one;
  const pay = { amount: sum(4_000), paymentMethodId: one.paymentMethodId } as const;
  await client.post('/v1/leases/{id}/pay', { path: { id: leaseId }, body: pay });
  const cash = { leaseId, amount: sum(3_000), receiptNumber: 'R-1' } as const;
  await staff.agent.post('/v1/payments/cash', { body: cash });
  const world = new SimulatorClient(platform.simulators);
  for (const account of [lease.reference, 'NOBODYKNOWS'])
    await world.post('/pay-bill', { body: { provider: 'mtn', payer: person.phone, account, ...sum(2_000) } });
  await eventually('money in suspense', async () => {
    const { data } = await staff.agent.get('/v1/suspense');
    return data.length > 0 ? data : undefined;
  });
  await client.post('/v1/leases/{id}/pause', { path: { id: leaseId }, body: { kind: 'illness', days: 2 } });
  await hoursLater(platform, leaseId, 12 * 24);
  await leaseThat(client, leaseId, 'paid once', ({ instalmentsPaid }) => instalmentsPaid > 0);
  for (const format of ['json', 'csv', 'pdf'])
    await call(platform.url, 'GET', `/v1/leases/${leaseId}/statement?format=${format}`, { token: one.token });
  // What is refused is logged by others, and here not either.
  await call(platform.url, 'POST', '/v1/auth/otp/verify', { body: { phone: person.phone, code: '000000' } });
  await call(platform.url, 'GET', `/v1/users?phone=${encodeURIComponent(person.phone)}`, { token: one.token });
  secrets = {
    name: person.name,
    phone: person.phone.slice(4),
    document,
    token: one.token.slice(-40),
    code: await loginCode(),
  };
  return one;
}

async function loginCode(): Promise<string> {
  const world = new SimulatorClient(platform.simulators);
  const { data } = await world.get('/sms', { query: { to: person.phone } });
  const code = data.map(({ body }) => /\b(\d{6})\b/.exec(body)?.[1]).find((one) => one !== undefined);
  if (code === undefined) throw new Error('no text had a code');
  return code;
}

/** The names of the secrets that `text` has, in clear, in hexadecimal or in base64. */
function found(text: string, names = Object.keys(secrets)): string[] {
  return names.filter((name) => {
    const secret = secrets[name] ?? '';
    const bytes = Buffer.from(secret);
    // A code of six digits alone is in any long number.
    if (name === 'code') return new RegExp(`\\b${secret}\\b`).test(text);
    return [secret, bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, '').slice(0, -1)].some((form) =>
      text.includes(form),
    );
  });
}

/** Every row of every table, and what is encrypted in it opened too. */
async function rows(): Promise<readonly { readonly table: string; readonly clear: string; readonly opened: string }[]> {
  const { db } = platform.database;
  const tables = z.array(z.object({ name: z.string() })).parse([
    ...(await db.execute(sql`
      select format('%I.%I', table_schema, table_name) as name from information_schema.tables
      where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema') order by 1`)),
  ]);
  expect(tables.length).toBeGreaterThan(20);
  const all = await Promise.all(
    tables.map(async ({ name }) => {
      const found = await db.execute(sql.raw(`select t::text as row from ${name} t`));
      return z
        .array(z.object({ row: z.string() }))
        .parse([...found])
        .map(({ row }) => ({ table: name, clear: row, opened: opened(row) }));
    }),
  );
  return all.flat();
}

const opened = (row: string) => row.replaceAll(/\bk1\.[\w-]{38,}/g, (sealed) => platform.encryption.decrypt(sealed));

/** Where a secret is, table by table. */
const tablesWith = (all: Awaited<ReturnType<typeof rows>>, name: string, of: 'clear' | 'opened') => [
  ...new Set(all.filter((row) => found(row[of], [name]).length > 0).map(({ table }) => table)),
];

describe('personal data', () => {
  it('is in no line that the processes log', () => {
    expect(log.length).toBeGreaterThan(30);
    expect(log.flatMap((line) => found(line).map((name) => `${name}: ${line}`))).toEqual([]);
  });

  it('is in the database in clear only where a name is needed to serve its owner', async () => {
    const all = await rows();
    expect(tablesWith(all, 'name', 'clear')).toEqual(['identity.users', 'leases.leases']);
    for (const name of ['phone', 'document', 'token', 'code']) expect(tablesWith(all, name, 'clear'), name).toEqual([]);
    // The search can find what it looks for.
    expect(tablesWith(all, 'phone', 'opened')).toEqual(expect.arrayContaining(['identity.users', 'payments.methods']));
    expect(tablesWith(all, 'document', 'opened')).toContain('kyc.submissions');
  });

  it('is in nothing that Temporal keeps: histories, summaries, search attributes', async () => {
    const { connection, options, workflow } = platform.temporal;
    const { namespace } = options;
    const mine = await eventually('the workflows', async () => {
      const all: { workflowId: string; runId: string }[] = [];
      for await (const one of workflow.list())
        if (one.taskQueue.startsWith(platform.config.TASK_QUEUE_PREFIX)) all.push(one);
      return all.some(({ workflowId }) => workflowId === `lease-${leaseId}`) ? all : undefined;
    });
    expect(mine.length).toBeGreaterThan(3);
    let bytes = 0;
    for (const { workflowId, runId } of mine) {
      const execution = { workflowId, runId };
      const { history } = await connection.workflowService.getWorkflowExecutionHistory({ namespace, execution });
      const description = await connection.workflowService.describeWorkflowExecution({ namespace, execution });
      const raw = Buffer.concat([
        temporal.api.history.v1.History.encode(history ?? {}).finish(),
        temporal.api.workflowservice.v1.DescribeWorkflowExecutionResponse.encode(description).finish(),
      ]);
      bytes += raw.length;
      expect(found(raw.toString('latin1')), workflowId).toEqual([]);
      expect(raw.includes(runId), workflowId).toBe(true);
    }
    expect(bytes).toBeGreaterThan(20_000);
  });

  it('is gone when it is erased after the lease, and the books are what they were', async () => {
    const { client } = customer;
    const refused = await call(platform.url, 'DELETE', '/v1/me', { token: customer.token });
    expect(refused).toMatchObject({ status: 409, body: { code: 'invalid_state' } });
    // Money that waits for its owner keeps its payer's data until somebody says whose it is.
    const waiting = await staff.agent.get('/v1/suspense');
    for (const { id } of waiting.data)
      await staff.agent.post('/v1/suspense/{id}/resolve', { path: { id }, body: { leaseId } });
    const quote = await client.post('/v1/leases/{id}/settlement-quote', { path: { id: leaseId } });
    await client.post('/v1/leases/{id}/settle', { path: { id: leaseId }, body: { quoteId: quote.id } });
    await leaseThat(client, leaseId, 'settled', ({ status }) => status === 'settled_early');
    await isOver(platform, leaseId);
    // What is owed to him at the registers is his until it is done.
    const owed = await eventually('what is to be done at the registers', async () => {
      const { data } = await staff.agent.get('/v1/collateral-steps', { query: { leaseId } });
      return data.some(({ kind }) => kind === 'title') ? data.filter(({ status }) => status === 'open') : undefined;
    });
    expect(await call(platform.url, 'DELETE', '/v1/me', { token: customer.token })).toMatchObject({ status: 409 });
    const on = localDateAt(Date.now(), 'UG');
    for (const { id } of owed)
      await staff.agent.post('/v1/collateral-steps/{id}/done', { path: { id }, body: { on, reference: 'R 1' } });

    const stranger = await newCustomer(platform);
    const books = async () => {
      const balance = await staff.admin.get('/v1/ledger/trial-balance');
      const { data } = await staff.admin.get('/v1/payments', { query: { leaseId, limit: 100 } });
      const { asOf: _asOf, ...lease } = await staff.admin.get('/v1/leases/{id}', { path: { id: leaseId } });
      return { balance, payments: data.map(({ payerMasked: _payerMasked, ...payment }) => payment), lease };
    };
    const before = await books();
    const { db } = platform.database;
    const reader = erasureReader(platform.temporal);
    const check = async () =>
      (await platform.temporal.workflow.getHandle(kycWorkflowId(customer.id)).describe()).status.name;
    expect(await check()).toBe('RUNNING');
    const { encryption } = platform;
    const hashes = [encryption.hash('phone', person.phone), encryption.hash('document', `UG:nationalId:${document}`)];
    const hashed = async () =>
      (await rows()).filter(({ clear }) => hashes.some((hash) => clear.includes(hash))).map(({ table }) => table);
    expect(await hashed()).toEqual(expect.arrayContaining(['identity.users', 'kyc.submissions', 'payments.methods']));
    // Who reads of erasures has died with the workers: nothing is told when the customer is erased.
    await platform.withoutWorkers(async () => {
      expect((await call(platform.url, 'DELETE', '/v1/me', { token: customer.token })).status).toBe(204);
      expect(await books()).toEqual(before);
      expect(await check()).toBe('RUNNING');
      const order = {
        submissionId: randomUUID(),
        userId: customer.id,
        documentType: 'nationalId',
        documentNumberEncrypted: platform.encryption.encrypt(document),
        documentNumberHash: platform.encryption.hash('document', document),
        country: 'UG',
        documentIds: [],
        noticeVersion: '1',
        consentedAt: new Date().toISOString(),
        documentExpiresOn: null,
      } as const;
      await expect(
        transact(db, system('kyc'), new Date(), (context) => recordSubmission(context, order)),
      ).rejects.toMatchObject({ code: 'not_found' });
      // The first to live again dies when it has ended the check, before it has written that down.
      let deaths = 0;
      const dying = {
        ...reader,
        async take(event: StoredEvent) {
          await reader.take(event);
          if (deaths++ === 0) throw new Error('it dies');
        },
      };
      const running = await startReader({ database: platform.database, log: createLogger('test', 'silent') }, dying);
      await eventually('the check to end', async () => (deaths > 1 ? true : undefined));
      await running.stop();
      expect(await check()).toBe('TERMINATED');
    });

    const all = await rows();
    for (const name of ['name', 'phone', 'document']) expect(tablesWith(all, name, 'opened'), name).toEqual([]);
    expect(await hashed()).toEqual([]);
    const other = await stranger.client.get('/v1/me');
    expect(other.phone).toBe(stranger.phone);
  });
});
