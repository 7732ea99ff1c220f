import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Metrics } from '#platform/metrics/metrics';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StoredEvent } from '#domain/events/cloud-event';
import { system } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { drawer } from '#test/drawn';
import { measureReaders } from '#workers/events/figures';
import { transact } from '../context.ts';
import { newestPosition, placeEvents } from './place-events.ts';
import { ensureReader, readBatch, type Reader, type Round } from './read-batch.ts';
import { replayEvents } from './replay-events.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());
beforeEach(() => database.sql`delete from events.outbox`);

const noon = new Date('2026-11-23T12:00:00Z');
const later = (seconds: number) => new Date(noon.getTime() + seconds * 1_000);

type Sql = TestDatabase['sql'];
/** Writes an event whose id says what it is. */
const write = (sql: Pick<Sql, 'unsafe'>, subject: string, note: number) =>
  sql.unsafe(
    `insert into events.outbox (id, type, subject, time, data) values ($1, 'lease.offered', $2, now(), $3::text::jsonb)`,
    [randomUUID(), subject, JSON.stringify({ note })],
  );

interface Hearing {
  readonly reader: Reader;
  readonly heard: { readonly subject: string; readonly note: unknown }[];
  readonly notes: () => unknown[];
  readonly read: (at?: Date) => Promise<Round>;
}

/** A reader that begins now; it cannot take what `refuses` says. */
async function hearing(refuses: (event: StoredEvent) => unknown = () => false): Promise<Hearing> {
  const heard: Hearing['heard'] = [];
  const reader: Reader = {
    name: `test ${randomUUID()}`,
    async take(event) {
      if ((await refuses(event)) === true) throw new Error('it cannot be taken');
      heard.push({ subject: event.subject, note: event.data['note'] });
    },
  };
  await readBatch(database.db, { name: 'nobody', take: async () => {} }, noon);
  await ensureReader(database.db, reader);
  return {
    reader,
    heard,
    notes: () => heard.map(({ note }) => note),
    read: (at = noon) => readBatch(database.db, reader, at),
  };
}

const casesOf = ({ reader }: Hearing) =>
  database.sql`
    select status, detail from payments.cases
    where kind = 'events_not_taken' and detail->>'reader' = ${reader.name} order by opened_at`;
const placesOf = async ({ reader }: Hearing) =>
  database.sql<{ subject: string | null; position: string }[]>`
    select subject, position from events.readers where name = ${reader.name} order by subject nulls first`;

/** The statements of a migration that fill what it makes. */
function fillsOf(suffix: string): string[] {
  const folder = new URL('../../db/migrations/', import.meta.url);
  const name = readdirSync(folder).find((one) => one.endsWith(suffix)) ?? '';
  const statements = readFileSync(new URL(name, folder), 'utf8').split('--> statement-breakpoint');
  return statements.filter((statement) => /^\s*(--|WITH|INSERT)/.test(statement));
}

/** The sequences of a subject's events, in the order they were written. */
async function sequencesOf(subject: string): Promise<(number | null)[]> {
  const rows = await database.sql<{ sequence: string | null }[]>`
    select sequence from events.outbox where subject = ${subject} order by number`;
  return rows.map(({ sequence }) => (sequence === null ? null : Number(sequence)));
}

describe('a reader of the outbox', () => {
  it('misses nothing that is committed later than what was written after it', async () => {
    const { read, notes } = await hearing();
    const first = await database.sql.reserve();
    await first`begin`;
    await write(first, randomUUID(), 1);
    await write(database.sql, randomUUID(), 2);
    await read();
    expect(notes()).toEqual([2]);
    await first`commit`;
    first.release();
    await read();
    expect(notes()).toEqual([2, 1]);
    await read();
    expect(notes()).toEqual([2, 1]);
  });

  it('hears again what it had in hand when its connection died', async () => {
    let isDying = true;
    const world = await hearing(async () => {
      if (!isDying) return false;
      await database.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and state = 'idle in transaction'`;
      await sleep(100);
      return false;
    });
    const subject = randomUUID();
    await write(database.sql, subject, 1);
    await write(database.sql, subject, 2);
    await expect(world.read()).rejects.toThrow();
    isDying = false;
    await world.read();
    // The first was taken, and nobody knew; what was behind it was not begun without the lock.
    expect(world.notes()).toEqual([1, 1, 2]);
  });

  it('reads in one process at a time', async () => {
    let begun = false;
    let isOpen = false;
    const { reader, read, notes } = await hearing(async () => {
      begun = true;
      await expect.poll(() => isOpen).toBe(true);
    });
    await write(database.sql, randomUUID(), 1);
    const first = read();
    await expect.poll(() => begun).toBe(true);
    expect(await readBatch(database.db, reader, noon)).toMatchObject({ isFull: false, isStuck: false, error: null });
    isOpen = true;
    await first;
    await read();
    expect(notes()).toEqual([1]);
  });

  it('begins with what happens from now on, and hears again from a position', async () => {
    await write(database.sql, randomUUID(), 1);
    const world = await hearing();
    await write(database.sql, randomUUID(), 2);
    await write(database.sql, randomUUID(), 3);
    await world.read();
    expect(world.notes()).toEqual([2, 3]);
    const [third] = await database.sql<{ position: string }[]>`
      select position from events.outbox where data->>'note' = '3'`;
    const replay = (name: string) =>
      transact(database.db, system('test'), noon, (context) =>
        replayEvents(context, name, Number(third?.position) - 1),
      );
    await replay(world.reader.name);
    await world.read();
    expect(world.notes()).toEqual([2, 3, 3]);
    await expect(replay('nobody')).rejects.toThrow('there is no reader');
  });

  it('goes on where a whole batch is of a subject that fails', async () => {
    const poison = randomUUID();
    const { read, notes } = await hearing(({ subject }) => subject === poison);
    for (let note = 0; note < 500; note += 1) await write(database.sql, poison, note);
    expect(await read()).toMatchObject({ isStuck: true });
    for (const note of [1_000, 1_001, 1_002]) await write(database.sql, randomUUID(), note);
    expect(await read(later(1))).toMatchObject({ isStuck: false });
    await read(later(2));
    // What showed that the reader is well came again in its turn.
    expect(new Set(notes())).toEqual(new Set([1_000, 1_001, 1_002]));
  });

  it('goes on behind two subjects that fail, each with a whole batch', async () => {
    const [a, b] = [randomUUID(), randomUUID()];
    const { read, notes } = await hearing(({ subject }) => subject === a || subject === b);
    for (let note = 0; note < 500; note += 1) await write(database.sql, a, note);
    for (let note = 0; note < 500; note += 1) await write(database.sql, b, note);
    await write(database.sql, randomUUID(), 7);
    for (let round = 0; round < 4; round += 1) await read(later(round * 60));
    expect(notes()).toContain(7);
  });

  it('hears what its former self, which runs on beside it, has passed over since', async () => {
    const former = await hearing();
    await write(database.sql, randomUUID(), 1);
    const heard: unknown[] = [];
    const formerly = former.reader.name;
    const reader: Reader = { name: randomUUID(), formerly, take: async ({ data }) => void heard.push(data['note']) };
    await ensureReader(database.db, reader);
    await ensureReader(database.db, former.reader);
    await former.read();
    await readBatch(database.db, reader, noon);
    expect(heard).toEqual([1]);
  });

  it('goes on without a subject that fails, which keeps its order and is a case after minutes', async () => {
    let isPoisoned = true;
    const world = await hearing(({ data }) => isPoisoned && data['note'] === 2);
    const [sick, well] = [randomUUID(), randomUUID()];
    for (const note of [1, 2, 3]) await write(database.sql, sick, note);
    await write(database.sql, well, 10);
    expect(await world.read()).toMatchObject({ isStuck: false, error: expect.any(Error) });
    await write(database.sql, well, 11);
    await write(database.sql, sick, 4);
    await world.read(later(1));
    expect(world.notes().toSorted()).toEqual([1, 10, 11]);
    expect(await placesOf(world)).toMatchObject([{ subject: null }, { subject: sick }]);
    expect(await casesOf(world)).toHaveLength(0);

    const figures = new Metrics('test');
    measureReaders(figures, database.sql);
    const lagging = { labels: { reader: world.reader.name }, value: 1 };
    expect(await figures.valuesOf('events_subjects_lagging')).toContainEqual(lagging);

    await world.read(later(121));
    await world.read(later(240));
    expect(await casesOf(world)).toMatchObject([
      { status: 'open', detail: { subject: sick, type: 'lease.offered', error: 'Error' } },
    ]);
    isPoisoned = false;
    await world.read(later(241));
    expect(world.notes(), 'not due yet').not.toContain(2);
    await world.read(later(600));
    expect(world.heard.filter(({ subject }) => subject === sick).map(({ note }) => note)).toEqual([1, 2, 3, 4]);
    expect(await casesOf(world)).toMatchObject([{ status: 'closed' }]);
    expect(await placesOf(world)).toMatchObject([{ subject: null }]);
  });

  it('stays where it is while nothing gets through, which is one case after minutes', async () => {
    let isAway = true;
    const world = await hearing(() => isAway);
    for (const note of [1, 2, 3]) await write(database.sql, randomUUID(), note);
    const before = await placesOf(world);
    expect(await world.read()).toMatchObject({ isStuck: true, error: expect.any(Error) });
    await world.read(later(130));
    expect(await placesOf(world)).toEqual(before);
    expect(await casesOf(world)).toMatchObject([{ status: 'open', detail: { reader: world.reader.name } }]);
    isAway = false;
    await world.read(later(131));
    expect(world.notes()).toEqual([1, 2, 3]);
    expect(await casesOf(world)).toMatchObject([{ status: 'closed' }]);
  });

  it('hears everything, of each subject in order, whoever writes, fails and reads at the same time', async () => {
    const draw = drawer();
    const world = await hearing(async () => {
      await sleep(draw(3));
      return draw(10) === 0;
    });
    const subjects = Array.from({ length: 6 }, () => randomUUID());
    const written = new Map<string, number[]>(subjects.map((subject) => [subject, []]));
    let note = 0;
    const writer = async () => {
      for (let i = 0; i < 25; i += 1) {
        const subject = subjects[draw(subjects.length)] ?? '';
        const isLost = draw(8) === 0;
        await database.sql
          .begin(async (tx) => {
            // Whoever writes an event has locked its subject.
            await tx`select pg_advisory_xact_lock(hashtext(${subject}))`;
            const mine = (note += 1);
            await write(tx, subject, mine);
            await sleep(draw(8));
            if (isLost) throw new Error('rolled back');
            written.get(subject)?.push(mine);
          })
          .catch(() => {});
      }
    };
    let isWriting = true;
    const readOn = async () => {
      // Each round is seconds after the last one, so that what lags is due.
      for (let round = 0; isWriting || round < 400; round += 1) {
        await world.read(later(round * 61));
        if (
          !isWriting &&
          (await placesOf(world)).length === 1 &&
          world.heard.length >= [...written.values()].flat().length
        )
          return;
      }
    };
    const reading = Promise.all([readOn(), readOn()]);
    await Promise.all([writer(), writer(), writer(), writer()]);
    isWriting = false;
    await reading;
    for (const [subject, notes] of written)
      expect(world.heard.filter((event) => event.subject === subject).map((event) => event.note)).toEqual(notes);
    for (const [subject, notes] of written) expect(await sequencesOf(subject)).toEqual(notes.map((_, i) => i + 1));
  });

  it('numbers the events of a subject without gaps, also when those before are deleted or come from the version before', async () => {
    const { sql, db } = database;
    const [subject, other] = [randomUUID(), randomUUID()];
    for (const note of [1, 2, 3]) await write(sql, subject, note);
    await placeEvents(db);
    expect(await sequencesOf(subject)).toEqual([1, 2, 3]);
    await sql`delete from events.outbox where subject = ${subject}`;
    for (const note of [4, 5]) await write(sql, subject, note);
    await write(sql, other, 6);
    // A process of the version before places them, and knows of no sequence.
    await sql`update events.outbox set position = nextval('events.positions') where data->>'note' in ('4', '6')`;
    const before = await newestPosition(db);
    expect((await sql`select position from events.outbox where position <= ${before}`).count).toBe(0);
    const { heard, reader } = await hearing();
    await write(sql, subject, 7);
    await Promise.all([placeEvents(db), placeEvents(db), placeEvents(db)]);
    expect([await sequencesOf(subject), await sequencesOf(other)]).toEqual([[4, 5, 6], [1]]);
    await readBatch(db, reader, noon);
    expect(heard.map(({ note }) => note)).toEqual([7]);
  });

  it('has numbered what was there before there were sequences', async () => {
    const { sql, db } = database;
    const subject = randomUUID();
    for (const note of [1, 2, 3]) await write(sql, subject, note);
    await placeEvents(db);
    await write(sql, subject, 4);
    await sql`update events.outbox set sequence = null`;
    await sql`delete from events.subjects`;
    for (const fill of fillsOf('_event-sequence.sql')) await sql.unsafe(fill);
    expect(await sequencesOf(subject)).toEqual([1, 2, 3, null]);
    await placeEvents(db);
    expect(await sequencesOf(subject)).toEqual([1, 2, 3, 4]);
  });

  it('goes on after what was published before there were readers', async () => {
    const { sql } = database;
    const fills = fillsOf('_outbox-readers.sql');
    expect(fills).toHaveLength(3);
    // As the tables were then.
    await sql`alter table events.outbox add published_at timestamptz`;
    await sql`alter table telematics.risk_events add signalled_at timestamptz`;
    await sql`delete from events.readers`;
    const [moved, still] = [randomUUID(), randomUUID()];
    await write(sql, still, 1);
    await write(sql, still, 2);
    const riskId = randomUUID();
    const risk = (id: string) => sql`
      insert into events.outbox (id, type, subject, lease_id, time, data)
      values (${randomUUID()}, 'telematics.risk.detected', ${moved}, ${still}, now(), ${sql.json({ id, note: id })})`;
    await risk(randomUUID());
    await risk(riskId);
    await sql`update events.outbox set published_at = now()`;
    await sql`
      insert into telematics.risk_events (id, episode, type, severity, vehicle_id, tracker_id, lease_id, occurred_at, details)
      values (${riskId}, ${riskId}, 'tow', 'high', ${moved}, ${moved}, ${still}, now(), '{}')`;
    await write(sql, still, 3);
    for (const fill of fills) await sql.unsafe(fill);

    const told: Record<string, unknown[]> = { relay: [], leases: [] };
    const reader = (name: string, types?: Reader['types']): Reader => ({
      name,
      ...(types === undefined ? {} : { types }),
      take: async ({ data }) => void told[name]?.push(data['note']),
    });
    await readBatch(database.db, reader('relay'), new Date());
    await readBatch(database.db, reader('leases', ['telematics.risk.detected']), new Date());
    expect(told).toEqual({ relay: [3], leases: [riskId] });
  });
});
