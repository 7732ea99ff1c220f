import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { positionDaysAhead } from '#db/queries/figures';
import { createLogger } from '#platform/log';
import { eventRetention } from '../events/retention.ts';
import { identityRetention } from '../identity/retention.ts';
import { makePositionDays, telematicsRetention } from '../telematics/keep-positions.ts';
import { deleteExpired } from './delete-expired.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const now = new Date('2026-11-23T12:00:00Z');
const ago = (milliseconds: number) => new Date(now.getTime() - milliseconds);
const quietly = () => {};
const config = { EVENTS_RETENTION_DAYS: 90, POSITIONS_RETENTION_DAYS: 90 };
const sweep = (beat: () => void = quietly) => ({ sql: database.sql, at: now, config, beat });

it('deletes idempotency keys after 24 hours, in batches, and says between them that it lives', async () => {
  const { sql } = database;
  await sql`
    insert into identity.idempotency_keys (user_id, route, key, body_hash, created_at, locked_until)
    select ${randomUUID()}::uuid, 'POST /v1/leases', 'old ' || n, 'hash', ${ago(25 * HOUR)}::timestamptz, ${ago(25 * HOUR)}::timestamptz
    from generate_series(1, 2500) n`;
  await sql`
    insert into identity.idempotency_keys (user_id, route, key, body_hash, created_at, locked_until)
    values (${randomUUID()}, 'POST /v1/leases', 'young', 'hash', ${ago(23 * HOUR)}, ${ago(23 * HOUR)})`;
  let beats = 0;
  expect(await identityRetention.idempotencyKeys(sweep(() => (beats += 1)))).toBe(2_500);
  expect(beats, 'batches that were followed by another').toBe(2);
  expect((await sql<{ key: string }[]>`select key from identity.idempotency_keys`).map(({ key }) => key)).toEqual([
    'young',
  ]);
});

it('ends between two batches when it is told to', async () => {
  const { sql } = database;
  await sql`
    insert into identity.otp_codes (id, phone_hash, code_hash, created_at, expires_at)
    select gen_random_uuid(), 'many', 'code', ${ago(2 * DAY)}::timestamptz, ${ago(2 * DAY)}::timestamptz
    from generate_series(1, 1500)`;
  const told = () => {
    throw new Error('told to end');
  };
  await expect(identityRetention.loginCodes(sweep(told))).rejects.toThrow('told to end');
  expect((await sql`select from identity.otp_codes where phone_hash = 'many'`).count).toBe(500);
  expect(await identityRetention.loginCodes(sweep())).toBe(500);
});

it('keeps login codes as long as they count for the limit of sends', async () => {
  const { sql } = database;
  const insert = (created: Date) => sql`
    insert into identity.otp_codes (id, phone_hash, code_hash, created_at, expires_at)
    values (${randomUUID()}, 'one', 'code', ${created}, ${created})`;
  await insert(ago(59 * 60_000));
  await insert(ago(25 * HOUR));
  expect(await identityRetention.loginCodes(sweep())).toBe(1);
});

it('deletes a session with its tokens once no token of it could be valid, revoked or not', async () => {
  const { sql } = database;
  const userId = randomUUID();
  await sql`insert into identity.users (id, role, name, email) values (${userId}, 'agent', 'A', ${`${userId}@example.com`})`;
  const session = async (name: string, expires: Date, revoked: Date | null) => {
    const id = randomUUID();
    await sql`insert into identity.sessions (id, user_id, expires_at, revoked_at) values (${id}, ${userId}, ${expires}, ${revoked})`;
    await sql`insert into identity.refresh_tokens (token_hash, session_id) values (${`${name} used`}, ${id}), (${`${name} new`}, ${id})`;
  };
  await session('expired', ago(2 * DAY), null);
  await session('revoked and expired', ago(2 * DAY), ago(20 * DAY));
  await session('revoked', ago(-DAY), ago(20 * DAY));
  await session('live', ago(-DAY), null);
  expect(await identityRetention.sessions(sweep())).toBe(2);
  const left = await sql<{ hash: string }[]>`select token_hash as hash from identity.refresh_tokens order by hash`;
  expect(left.map(({ hash }) => hash)).toEqual(['live new', 'live used', 'revoked new', 'revoked used']);
});

it('deletes events that were written long ago, and none that a reader still has to take', async () => {
  const { sql } = database;
  const insert = (created: Date, position: number | null) => sql`
    insert into events.outbox (id, type, subject, time, data, created_at, position)
    values (${randomUUID()}, 'user.created', ${randomUUID()}, ${created}, '{}', ${created}, ${position})`;
  await insert(ago(91 * DAY), 1);
  await insert(ago(91 * DAY), 2);
  await insert(ago(91 * DAY), 3);
  await insert(ago(91 * DAY), null);
  await insert(ago(89 * DAY), 1_000);
  await sql`update events.readers set position = 1000`;
  // One reader is past a subject that it could not take yet.
  await sql`insert into events.readers (name, subject, position) values ('relay', ${randomUUID()}, 1)`;
  expect(await eventRetention.events(sweep())).toBe(1);
  await sql`delete from events.readers where subject is not null`;
  expect(await eventRetention.events(sweep())).toBe(2);
  const left = await sql<{ position: string | null }[]>`select position from events.outbox order by position`;
  expect(left.map(({ position }) => position)).toEqual(['1000', null]);
});

it('drops whole days of positions past the retention and keeps every later fix', async () => {
  const { sql } = database;
  await sql`select telematics.ensure_partitions('2026-08-20', '2026-08-30')`;
  const fix = (ts: Date) => sql`
    insert into telematics.positions (tracker_id, ts, sequence, vehicle_id, lat, lon, received_at)
    values (${randomUUID()}, ${ts}, '1', ${randomUUID()}, 0.3, 32.6, ${ts})`;
  const quarantined = (received: Date) => sql`
    insert into telematics.quarantine (id, topic, reason, size, received_at)
    values (${randomUUID()}, 'trackers/x/telemetry', 'not JSON', 3, ${received})`;
  // 90 days before noon of 23 November is noon of 25 August: that day is not over for long enough.
  await fix(new Date('2026-08-24T23:59:59Z'));
  await fix(new Date('2026-08-25T00:00:00Z'));
  await fix(new Date('2020-01-01T00:00:00Z'));
  await quarantined(ago(91 * DAY));
  await quarantined(ago(89 * DAY));
  expect(await telematicsRetention.positionDays(sweep())).toBe(5);
  expect(await telematicsRetention.otherTelemetry(sweep())).toBe(2);
  const left = await sql<{ ts: Date }[]>`select ts from telematics.positions`;
  expect(left.map(({ ts }) => ts.toISOString())).toEqual(['2026-08-25T00:00:00.000Z']);
  expect(await telematicsRetention.positionDays(sweep())).toBe(0);
  expect(await telematicsRetention.otherTelemetry(sweep())).toBe(0);
});

it('waits no longer than seconds for a reader of the positions, does the rest, and succeeds the next time', async () => {
  const { sql } = database;
  await sql`select telematics.ensure_partitions('2026-08-01', '2026-08-01')`;
  const gone = (name: string) => sql`
    insert into identity.otp_codes (id, phone_hash, code_hash, created_at, expires_at)
    values (${randomUUID()}, ${name}, 'code', ${ago(2 * DAY)}, ${ago(2 * DAY)})`;
  await gone('first');
  const reader = await sql.reserve();
  await reader`begin`;
  await reader`select count(*) from telematics.positions`;
  const log = createLogger('test', 'silent');
  let told: Readonly<Record<string, number>> = {};
  const beat = (counts: typeof told) => (told = { ...counts });
  await expect(deleteExpired({ ...sweep(), log, beat })).rejects.toThrow(/lock timeout/);
  await reader`commit`;
  reader.release();
  expect(told).toMatchObject({ loginCodes: 1, events: 0, otherTelemetry: 0 });
  expect(told).not.toHaveProperty('positionDays');

  // Told to end, it ends at once, and the next goes on counting.
  await gone('second');
  const ending = () => {
    throw new Error('told to end');
  };
  await expect(deleteExpired({ ...sweep(), log, beat: ending }, told)).rejects.toThrow('told to end');
  expect(await deleteExpired({ ...sweep(), log, beat }, told)).toMatchObject({ loginCodes: 2 });
  expect(await sql`select to_regclass('telematics.positions_20260801') as day`).toEqual([{ day: null }]);
});

it('has a partition for every day of the next week, however often it makes them', async () => {
  const { sql } = database;
  await Promise.all([makePositionDays(sql), makePositionDays(sql)]);
  const [missing] = await sql`
    select count(*)::int as days from generate_series((now() at time zone 'UTC')::date, (now() at time zone 'UTC')::date + 7, interval '1 day') day
    where to_regclass('telematics.positions_' || to_char(day, 'YYYYMMDD')) is null`;
  expect(missing).toEqual({ days: 0 });
});

it('makes the day of positions that came while nobody made days, with them in it', async () => {
  const { sql } = database;
  const day = new Date(Date.now() + 7 * DAY).toISOString().slice(0, 10);
  const name = `positions_${day.replaceAll('-', '')}`;
  await makePositionDays(sql);
  await sql`drop table telematics.${sql(name)}`;
  const fix = (ts: Date) => sql`
    insert into telematics.positions (tracker_id, ts, sequence, vehicle_id, lat, lon, received_at)
    values (${randomUUID()}, ${ts}, '1', ${randomUUID()}, 0.3, 32.6, ${ts})`;
  const midnight = new Date(`${day}T00:00:00Z`);
  for (const ts of [midnight, new Date(midnight.getTime() + DAY - 1), new Date(midnight.getTime() + DAY)])
    await fix(ts);
  const before = await sql`select * from telematics.positions order by ts`;
  expect(await positionDaysAhead(database.db)).toEqual([{ value: 6 }]);

  await makePositionDays(sql);
  expect(await positionDaysAhead(database.db)).toEqual([{ value: 7 }]);
  const tables = await sql<{ held: string }[]>`
    select tableoid::regclass::text as held, ts from telematics.positions where ts >= ${midnight} order by ts`;
  expect(tables.map(({ held }) => held)).toEqual([
    `telematics.${name}`,
    `telematics.${name}`,
    'telematics.positions_default',
  ]);
  expect(await sql`select * from telematics.positions order by ts`).toEqual(before);
  // What is made so is as the others: a tracker that sends a fix again writes none, and the day can be dropped.
  const indexes = await sql`select count(*)::int as n from pg_index where indrelid = ${`telematics.${name}`}::regclass`;
  expect(indexes).toEqual([{ n: 2 }]);
});
