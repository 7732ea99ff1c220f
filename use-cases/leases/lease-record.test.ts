import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectDatabase } from '#db/client';
import { clockMoves } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { transact } from '../context.ts';
import { lockLease, updateLease } from './lease-record.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

it.each([true, false])(
  'a clock ahead of this machine has travelled where leases travel (%s), and nowhere else',
  async (travels) => {
    const lease = await bookLease(database, testConfig());
    const connection = connectDatabase(database.url, { pool: 1, travels });
    const ahead = new Date(Date.now() + 5 * 60_000);
    try {
      await transact(connection.db, system('test'), ahead, async (context) =>
        updateLease(context, (await lockLease(context.tx, lease.id)).row, {}),
      );
    } finally {
      await connection.close();
    }
    expect((await lease.row()).clockOffsetMs > 0).toBe(travels);
    const moves = await database.db.select().from(clockMoves);
    expect(moves.some(({ leaseId }) => leaseId === lease.id)).toBe(travels);
  },
);
