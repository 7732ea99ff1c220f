import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { passOver } from './pass-over.ts';
import { placeAllEvents } from './place-events.ts';
import { ensureReader } from './read-batch.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const noon = new Date('2026-11-23T12:00:00Z');
const soon = new Date(noon.getTime() + 1_000);

const write = (type: string) =>
  database.sql`insert into events.outbox (id, type, subject, time, data) values (gen_random_uuid(), ${type}, gen_random_uuid(), now(), '{}')`;

/** A reader of two types that has heard all that is there. */
async function keepingUp() {
  const { db, sql } = database;
  const reader = { name: `test ${randomUUID()}`, types: ['lease.offered', 'lease.completed'] } as const;
  await placeAllEvents(db);
  await ensureReader(db, reader);
  const isBehind = (at = noon) => passOver(db, reader, at);
  const unread = async () => {
    const [row] = await sql<{ n: number }[]>`
      select count(*)::int as n from events.outbox o
      where o.position > (select position from events.readers where name = ${reader.name} and subject is null)`;
    return row?.n;
  };
  return { reader, isBehind, unread };
}

describe('a reader', () => {
  it('that has heard all has nothing to read, and passes over what it does not hear', async () => {
    const { isBehind, unread } = await keepingUp();
    expect(await isBehind()).toBe(false);
    await write('lease.reserved');
    await write('lease.withdrawn');
    expect(await isBehind()).toBe(false);
    expect(await unread()).toBe(0);
  });

  it('that hears everything passes over nothing', async () => {
    const { reader, unread } = await keepingUp();
    const { name } = reader;
    expect(await passOver(database.db, { name }, noon)).toBe(false);
    await write('lease.reserved');
    expect(await passOver(database.db, { name }, noon)).toBe(true);
    expect(await unread()).toBe(1);
  });

  it('stays before what it hears', async () => {
    const { isBehind, unread } = await keepingUp();
    await write('lease.reserved');
    await write('lease.completed');
    await write('lease.reserved');
    expect(await isBehind()).toBe(true);
    expect(await unread()).toBe(3);
  });

  it('with a subject that lags has it to read once that is due, and passes nothing of it over', async () => {
    const { reader, isBehind, unread } = await keepingUp();
    await database.sql`
      insert into events.readers (name, subject, position, failing_since, retry_at)
      values (${reader.name}, gen_random_uuid(), 0, ${noon}, ${soon})`;
    await write('lease.reserved');
    expect([await isBehind(), await isBehind(soon), await unread()]).toEqual([false, true, 1]);
  });

  it('that got nothing through tries again', async () => {
    const { reader, isBehind } = await keepingUp();
    await database.sql`update events.readers set failing_since = ${noon} where name = ${reader.name}`;
    expect(await isBehind()).toBe(true);
  });

  it('whose place another process holds is left to it', async () => {
    const { reader, isBehind, unread } = await keepingUp();
    await write('lease.reserved');
    await database.sql.begin(async (tx) => {
      await tx`select from events.readers where name = ${reader.name} for update`;
      expect(await isBehind()).toBe(false);
    });
    expect(await unread()).toBe(1);
  });

  it('that is woken with others waits for the same places', async () => {
    const all = await Promise.all([keepingUp(), keepingUp(), keepingUp()]);
    await write('lease.reserved');
    await write('lease.offered');
    expect(await Promise.all(all.map(({ isBehind }) => isBehind()))).toEqual([true, true, true]);
  });
});
