import { randomUUID } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll } from 'vitest';
import { users } from '#db/schema/index';
import { createTestDatabase, type TestDatabase } from './database.ts';

/** Who writes into tickets, and what, on a database for one file of tests. */
export function ticketWorld() {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.close());
  return {
    person: async (role: 'customer' | 'agent') => {
      const id = uuidv7();
      const who = role === 'customer' ? { market: 'UG' as const, phoneHash: id } : { email: `${id}@example.com` };
      await database.db.insert(users).values({ id, role, name: 'Test Person', ...who });
      return { role, id };
    },
    get database() {
      return database;
    },
  };
}
export const said = (body = 'Some words') => ({ id: randomUUID(), body });
export const words = (body?: string) => ({ ...said(body), internal: false, attachments: [] });
