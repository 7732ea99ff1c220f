import fc from 'fast-check';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { openDriver } from './driver.ts';

let own: TestDatabase;
let ours: postgres.Sql;
/** The driver as it comes, which asks the server. */
let asking: postgres.Sql;
beforeAll(async () => {
  own = await createTestDatabase();
  ours = openDriver(own.url, { max: 1 });
  asking = postgres(own.url, { max: 1 });
  await asking`select 1`;
});
afterAll(async () => {
  await Promise.all([ours.end(), asking.end()]);
  await own.close();
});

const when = new Date('2026-02-03T04:05:06.789Z');
const samples: Readonly<Record<string, readonly postgres.SerializableParameter[]>> = {
  bool: [true, false],
  bytea: [Buffer.from('ab"\\'), Buffer.alloc(0)],
  int8: ['9007199254740993', '-1'],
  int2: [1, -2],
  int4: [1, -2],
  text: ['', 'a,b', '{"x"}', 'NULL', 'null', ' \\ ', 'Ng\u0169g\u0129'],
  json: ['a "word"'],
  float4: [1.5],
  float8: [0.1, -2e300],
  varchar: ['x'],
  date: [when],
  timestamp: [when],
  timestamptz: [when],
  numeric: ['12345678901234567890.001'],
  uuid: ['0198a7f0-0000-7000-8000-000000000001'],
  jsonb: ['\\', true],
};

it.each(Object.entries(samples))('reads and sends arrays of %s as the driver that asks does', async (type, values) => {
  const [known] = await ours<{ oid: number; typarray: number }[]>`
    select oid::int, typarray::int from pg_type where typname = ${type}`;
  expect(ours.options.parsers).toHaveProperty(String(known?.typarray));
  const read = async (sql: postgres.Sql) => {
    const of = sql.unsafe(`${type}[]`);
    const [row] = await sql`select ${sql.array([...values], known?.oid)}::${of} as many, ${[]}::${of} as none`;
    return row;
  };
  expect(await read(ours)).toEqual(await read(asking));
});

it('reads what it sends, whatever the words are, nested and null', async () => {
  const word = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.option(word)),
      fc.array(fc.tuple(word, word), { minLength: 1 }),
      async (flat, nested) => {
        const [row] = await ours`select ${flat}::text[] as flat, ${nested}::text[] as nested`;
        expect(row).toEqual({ flat, nested });
      },
    ),
  );
});
