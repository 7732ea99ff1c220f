import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type postgres from 'postgres';
import { openDriver } from './driver.ts';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { ownDirectory } from '#test/directory';
import { migrate } from './migrate.ts';

/**
 * A database that was in use at older migrations is brought up to date with its rows: an empty one says nothing of what
 * a migration writes into rows that are there. It takes some seconds: every migration there is, once.
 */
const migrations = fileURLToPath(new URL('./migrations', import.meta.url));
const journal = z
  .looseObject({ entries: z.array(z.looseObject({ tag: z.string() })) })
  .parse(JSON.parse(readFileSync(join(migrations, 'meta', '_journal.json'), 'utf8')));

let admin: postgres.Sql;
let sql: postgres.Sql;
let url: URL;
let folder: string;
beforeAll(async () => {
  folder = await ownDirectory('older-migrations');
  url = new URL(inject('templateDatabaseUrl'));
  url.pathname = '/postgres';
  admin = openDriver(url.href, { max: 1 });
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await admin.unsafe(`create database ${name}`);
  url.pathname = `/${name}`;
  sql = openDriver(url.href, { max: 1 });
});
afterAll(async () => {
  await sql.end();
  await admin.unsafe(`drop database ${url.pathname.slice(1)} with (force)`);
  await admin.end();
  rmSync(folder, { recursive: true, force: true });
});

/** As if `last` were the newest migration. */
async function migrateTo(last: string): Promise<void> {
  const until = journal.entries.findIndex(({ tag }) => tag.startsWith(last)) + 1;
  const entries = journal.entries.slice(0, until);
  const older = join(folder, last);
  mkdirSync(join(older, 'meta'), { recursive: true });
  for (const { tag } of entries) symlinkSync(join(migrations, `${tag}.sql`), join(older, `${tag}.sql`));
  writeFileSync(join(older, 'meta', '_journal.json'), JSON.stringify({ ...journal, entries }));
  await migrate(url.href, { folder: older });
}

type Values = Readonly<Record<string, unknown>>;
const ofType = (type: string): unknown => {
  if (type === 'uuid') return randomUUID();
  if (type === 'boolean') return false;
  if (type === 'jsonb') return {};
  if (type === 'date') return '2026-01-05';
  if (type.startsWith('timestamp')) return new Date('2026-01-05T07:00:00Z');
  return type === 'text' || type === 'character' ? 'x' : 1;
};

/** A row of a table as it is at this migration: what has to be there and is not said is filled in by its type. */
async function add(table: string, said: Values): Promise<Values> {
  const [schema = '', name = ''] = table.split('.');
  const columns = await sql<{ name: string; type: string }[]>`
    select column_name as name, data_type as type from information_schema.columns
    where table_schema = ${schema} and table_name = ${name} and is_nullable = 'NO' and column_default is null
      and is_generated = 'NEVER' and is_identity = 'NO'`;
  const filled = Object.fromEntries(columns.map((one) => [one.name, ofType(one.type)]));
  const [row] = await sql<Values[]>`insert into ${sql(table)} ${sql({ ...filled, ...said })} returning *`;
  if (row === undefined) throw new Error(`no row of ${table}`);
  return row;
}

const UGX = { currency: 'UGX' } as const;
const money = { market: 'UG', ...UGX } as const;

/** A lease of 120,000 with its lines of version 1, two of 50,000. */
async function addLease(status: string, more: Values = {}): Promise<string> {
  const customer = await add('identity.users', { role: 'customer', market: 'UG', phone_hash: randomUUID() });
  const vin = randomUUID().slice(0, 17);
  const vehicle = await add('vehicles.vehicles', {
    ...money,
    type: 'motorcycle',
    status: 'leased',
    vin,
    registration: vin,
  });
  const sums = { price: 100_000, deposit: 20_000, instalment: 50_000, total_price: 120_000 };
  const of = { customer_id: customer['id'], vehicle_id: vehicle['id'], reference: randomUUID().slice(0, 12) };
  const terms = { frequency: 'weekly', instalments_total: 2, schedule_version: 1 };
  const lease = await add('leases.leases', { ...money, ...sums, ...of, ...terms, status, ...more });
  const id = String(lease['id']);
  for (const number of [1, 2])
    await add('leases.schedule_lines', {
      lease_id: id,
      version: 1,
      number,
      amount: 50_000,
      due_on: `2026-01-1${number}`,
    });
  return id;
}

const leaseOf = async (id: string) => (await sql<Values[]>`select * from leases.leases where id = ${id}`)[0];
const linesOf = (id: string) =>
  sql<Values[]>`select * from leases.schedule_lines where lease_id = ${id} order by number`;

it('a database in use comes through every migration with its rows as they have to be', async () => {
  await migrateTo('0080');
  const running = await addLease('active', { handed_over_at: new Date('2026-01-05T07:00:00Z') });
  // Something was waived of it, which was agreed on all the same.
  const waived = await addLease('settled_early', { total_price: 110_000, handed_over_at: new Date() });
  const offered = await addLease('offered');
  const lapsed = await addLease('lapsed', { ended_at: new Date('2026-01-09T07:00:00Z') });
  await sql`update leases.schedule_lines set pays_from = '2026-01-05', pays_until = '2026-01-08'
    where lease_id = ${running} and number = 2`;
  await add('identity.otp_codes', { phone_hash: 'someone' });
  await add('vehicles.plans', { market: 'UG', frequency: 'weekly', vehicle_types: ['motorcycle'], components: {} });
  const [{ vehicle_id: vehicleId } = {}] = await sql<
    Values[]
  >`select vehicle_id from leases.leases where id = ${offered}`;
  await add('vehicles.holds', { lease_id: offered, vehicle_id: vehicleId });
  const paid = { lease_id: running, kind: 'instalment', provider: 'mtn', amount: 5_000, ...UGX };
  for (const status of ['succeeded', 'reversed']) await add('payments.attempts', { ...paid, status, due: status });

  await migrateTo('0082');
  const agreed = async (id: string) => (await leaseOf(id))?.['agreed_total'];
  expect(await Promise.all([running, waived, offered, lapsed].map(agreed))).toEqual(['120000', '120000', null, null]);
  const who = async (leaseId: string) => (await leaseOf(leaseId))?.['customer_id'];
  const signed = async (leaseId: string, more: Values = {}) => {
    const at = new Date('2026-01-05T08:00:00Z');
    const proof = { by: 'code', channel: 'sms' };
    const file = { code: randomUUID(), html_sha256: 'a', pdf_sha256: 'a', key_id: 'a', signature: 'a', proof };
    const terms = { ...money, kind: 'agreement', language: 'en', lease_id: leaseId, customer_id: await who(running) };
    const row = { ...terms, ...file, signed_name: 'Grace', signed_at: at, in_force_at: at, ...more };
    return (await add('leases.agreements', row))['id'];
  };
  const upgrade = await add('leases.upgrades', {
    ...UGX,
    lease_id: running,
    new_lease_id: randomUUID(),
    customer_id: await who(running),
    vehicle_id: vehicleId,
    status: 'cancelled',
    ended_at: new Date('2026-01-20T07:00:00Z'),
  });
  const amended = { kind: 'amendment', upgrade_id: upgrade['id'], from_lease_id: running };
  const first = await signed(randomUUID(), amended);
  const later = new Date('2026-01-06T08:00:00Z');
  const second = await signed(randomUUID(), { ...amended, in_force_at: later });
  const held = await signed(running);
  const over = await signed(lapsed);
  const waits = await signed(offered);
  const draft = await signed(offered, { in_force_at: null, signed_at: null, signed_name: null, code: null });
  const persons = { customer_id: await who(running), guarantor_id: await who(lapsed) };
  await add('leases.guarantees', {
    ...persons,
    lease_id: running,
    status: 'invited',
    cap: 1_000,
    is_made_for_it: false,
  });

  await migrate(url.href);
  const [, moved] = await linesOf(running);
  expect(moved?.['pays']).toEqual([
    { dueOn: '2026-01-06', amount: 16_666 },
    { dueOn: '2026-01-07', amount: 16_667 },
    { dueOn: '2026-01-08', amount: 16_667 },
  ]);
  expect((await linesOf(offered)).map((line) => [line['pays'], line['paused_paid']])).toEqual([
    [null, 0],
    [null, 0],
  ]);
  const became = async (id: unknown) =>
    (await sql<Values[]>`select became from leases.agreements where id = ${String(id)}`)[0]?.['became'];
  const all = [first, second, held, over, waits, draft];
  expect(await Promise.all(all.map(became))).toEqual(['void', 'void', 'in_effect', 'void', null, null]);
  expect(await sql`select became_at from leases.agreements where id = ${String(first)}`).toEqual([
    { became_at: later },
  ]);
  expect(await leaseOf(running)).toMatchObject({ lacks_guarantor: false, hold_extended_until: null });
  expect(await sql`select purpose from identity.otp_codes`).toEqual([{ purpose: 'login' }]);
  expect(await sql`select extended_hours from vehicles.holds`).toEqual([{ extended_hours: 0 }]);
  expect(await sql`select guarantor_percent from vehicles.plans`).toEqual([{ guarantor_percent: 30 }]);
  expect(await sql`select phone_hash from leases.guarantees`).toEqual([{ phone_hash: null }]);
  expect(await sql`select status, taken_back from payments.attempts order by status`).toEqual([
    { status: 'reversed', taken_back: '0' },
    { status: 'succeeded', taken_back: '0' },
  ]);
  const rules = await sql<Values[]>`select is_shortfall_owed from telematics.market_rules`;
  expect(rules.map((rule) => rule['is_shortfall_owed'])).toEqual([true, true, true]);
  // What was agreed on, and what was signed, is kept as it is by a database that has come all this way.
  await expect(sql`update leases.leases set agreed_total = 1 where id = ${running}`).rejects.toThrow('agreed on');
  await expect(sql`update leases.agreements set total = 2 where id = ${String(held)}`).rejects.toThrow('kept as it is');
});
