import { afterAll, beforeAll, expect, it } from 'vitest';
import { uuidv7 } from 'uuidv7';
import { users } from '#db/schema/index';
import { commandKey } from '#steering/command-key';
import { system } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { deps } from '#test/late-money';
import { transact } from '../context.ts';
import { claimOrder, releaseOrder } from './claim-order.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const MINUTE = 60_000;
const noon = Date.UTC(2026, 0, 5, 12);
const keyOf = (id: string) => commandKey(new Date(0), 'sms', id);

it('the same order is one: at once, at the edge of any clock, and until it is over, refused or two minutes old', async () => {
  const userId = uuidv7();
  const number = '+256772000555';
  const phone = { phoneHash: deps.encryption.hash('phone', number), phoneEncrypted: deps.encryption.encrypt(number) };
  await database.db.insert(users).values({ id: userId, role: 'customer', name: 'A', market: 'UG', ...phone });
  const order = (key: string) => ({ userId, route: 'phone', key, withinMs: 2 * MINUTE });
  const act = <T>(at: number, work: (context: Parameters<typeof releaseOrder>[0]) => Promise<T>) =>
    transact(database.db, system('test'), new Date(at), work);
  const claim = (id: string, at: number, { key = '9000', isOver = false } = {}) =>
    act(at, (context) => claimOrder(context, order(key), keyOf(id), () => Promise.resolve(isOver)));
  const [one, two] = await Promise.all([claim('a', noon - 1), claim('b', noon + 1)]);
  expect(one).toBe(two);
  const first = one === keyOf('a') ? 'a' : 'b';
  expect(await claim('c', noon + 2 * MINUTE - 2)).toBe(keyOf(first));
  expect(await claim('c', noon, { key: '8000' })).toBe(keyOf('c'));
  // A text that comes again has what it had.
  expect(await claim(first, noon + 10 * MINUTE)).toBe(keyOf(first));
  expect(await claim('d', noon + 2 * MINUTE + 2)).toBe(keyOf('d'));
  expect(await claim('e', noon + 3 * MINUTE, { isOver: true })).toBe(keyOf('e'));
  expect(await claim('f', noon + 3 * MINUTE)).toBe(keyOf('e'));
  await act(noon, (context) => releaseOrder(context, order('9000'), keyOf('d')));
  expect(await claim('f', noon + 3 * MINUTE)).toBe(keyOf('e'));
  await act(noon, (context) => releaseOrder(context, order('9000'), keyOf('e')));
  expect(await claim('f', noon + 3 * MINUTE)).toBe(keyOf('f'));
});
