import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { notifications, users } from '#db/schema/index';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { config } from '#test/late-money';
import { countWakes } from '#test/woken';
import { wakeNotifications } from './wake-notifications.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

it('all that are overdue are woken by one call, the longest overdue first, and no other', async () => {
  const userId = uuidv7();
  await database.db
    .insert(users)
    .values({ id: userId, role: 'customer', name: 'Test Person', market: 'UG', phoneHash: userId });
  const now = Date.now();
  const due = (overdueMs: number) => ({
    id: uuidv7(),
    key: uuidv7(),
    userId,
    channel: 'sms' as const,
    template: 'answered' as const,
    bodyEncrypted: '',
    noticeEncrypted: 'facts',
    nextAt: new Date(now - overdueMs),
  });
  // Many became due in the same moment.
  const overdue = Array.from({ length: 2_500 }, (_, i) => due(100_000 + 1_000 * Math.floor(i / 900)));
  const others = [due(-60_000), { ...due(100_000), sentAt: new Date() }];
  await database.db.insert(notifications).values([...overdue, ...others]);
  const { woken, temporal } = countWakes();
  expect(await wakeNotifications({ db: database.db, temporal, config }, new Date(now))).toBe(2_500);
  const idsOf = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => `notification-${id}`);
  expect(new Set(woken)).toEqual(new Set(idsOf(overdue)));
  expect(woken).toHaveLength(2_500);
  expect(idsOf(overdue.slice(1_800))).toContain(woken[0]);
});
