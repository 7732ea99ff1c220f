import { CompleteAsyncError } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { eq } from 'drizzle-orm';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { attempts, leases, queues, turns } from '#db/schema/index';
import { startCollecting } from '#test/collecting';
import { collect } from './collect.ts';

const { database, deps, world, instalment, close } = await startCollecting();
afterAll(close);
beforeEach(async () => {
  await database.db.delete(queues);
  await database.db.delete(turns);
});

const at = (PROMPTS_PER_SECOND: number) => ({ ...deps, config: { ...deps.config, PROMPTS_PER_SECOND } });
const slow = at(0.1);
type Order = Awaited<ReturnType<typeof instalment>>['order'] & { readonly asked?: boolean };

/** What a try comes to: `sent`, or the word of its failure. */
async function tried(order: Order, attempt = 1, by = slow): Promise<string> {
  try {
    return (await collect(by, { attempt }, order)).status;
  } catch (error) {
    if (error instanceof CompleteAsyncError) return 'sent';
    return error instanceof ApplicationFailure ? (error.type ?? 'unnamed') : 'broken';
  }
}

/** The turn that a prompt waits for, milliseconds from now; null when it has none. */
async function turnOf({ attemptId }: Order): Promise<number | null> {
  const [row] = await database.db.select().from(turns).where(eq(turns.attemptId, attemptId));
  return row === undefined ? null : row.atMs - Date.now();
}
const comes = ({ attemptId }: Order) =>
  database.db.update(turns).set({ atMs: Date.now() }).where(eq(turns.attemptId, attemptId));

it('sends what leases ask for by themselves in turn, whatever the number of the try', async () => {
  const [first, second, third] = [await instalment(), await instalment(), await instalment()];
  expect(await tried(first.order)).toBe('sent');
  expect(await tried(second.order)).toBe('NotItsTurn');
  expect(await tried(third.order, 3)).toBe('NotItsTurn');
  expect([await first.prompted(), await second.prompted(), await third.prompted()]).toEqual([1, 0, 0]);
  expect(await turnOf(third.order)).toBeGreaterThan(15_000);
  expect(await tried(second.order, 2), 'before its turn').toBe('NotItsTurn');
  await comes(second.order);
  expect(await tried(second.order, 3)).toBe('sent');
  expect([await second.prompted(), await turnOf(second.order)]).toEqual([1, null]);
});

it('keeps the limit after the database was away when they were first tried', async () => {
  const all = await Promise.all(Array.from({ length: 30 }, () => instalment()));
  await world.post('/faults', { body: { promptsPerSecond: 20, providers: ['mpesa'] } });
  await database.sql`alter table payments.queues rename to away`;
  for (const { order } of all) expect(await tried(order, 1, at(20))).toBe('broken');
  await database.sql`alter table payments.away rename to queues`;
  const came = await Promise.all(all.map(({ order }) => tried(order, 2, at(20))));
  await world.post('/faults', { body: { promptsPerSecond: 1_000, providers: ['mpesa'] } });
  expect(new Set(came)).toEqual(new Set(['sent', 'NotItsTurn']));
});

it('what the provider refused takes another turn, and what it has never seen', async () => {
  const [refused, other] = [await instalment(), await instalment()];
  await refused.open();
  await database.db.update(attempts).set({ sentAt: new Date() }).where(eq(attempts.id, refused.order.attemptId));
  expect(await tried(other.order)).toBe('sent');
  expect(await tried(refused.order, 2)).toBe('NotItsTurn');
  const lost = await instalment(10, 'mtn');
  await lost.open();
  await database.db
    .update(attempts)
    .set({ sent: true, sentAt: new Date() })
    .where(eq(attempts.id, lost.order.attemptId));
  expect(await tried((await instalment(10, 'mtn')).order)).toBe('sent');
  expect(await tried(lost.order, 2)).toBe('NotItsTurn');
  await comes(lost.order);
  expect(await tried(lost.order, 3)).toBe('sent');
  expect(await lost.prompted()).toBe(1);
});

it('a turn that is long over is lost: what was held up together does not go at once', async () => {
  const [first, late] = [await instalment(), await instalment()];
  await tried(first.order);
  await tried(late.order);
  await database.db.update(turns).set({ atMs: Date.now() - 30_000 });
  expect(await tried(late.order, 2)).toBe('NotItsTurn');
  expect(await turnOf(late.order)).toBeGreaterThan(5_000);
});

it('has the turns of each provider and market apart, and lets nobody wait who asked for it himself', async () => {
  await tried((await instalment()).order);
  const far = { provider: 'mpesa', market: 'UG', nextMs: Date.now() + 60_000, taken: 1 } as const;
  await database.db.insert(queues).values(far);
  const [other, waits, asked] = [await instalment(10, 'mtn'), await instalment(), await instalment()];
  expect(await tried(other.order)).toBe('sent');
  expect(await tried(waits.order)).toBe('NotItsTurn');
  expect(await turnOf(waits.order)).toBeLessThan(15_000);
  expect(await tried({ ...asked.order, asked: true })).toBe('sent');
});

it('a limit that was too low, or a clock that was wrong, holds nobody up once it is mended', async () => {
  const all = await Promise.all(Array.from({ length: 5 }, () => instalment()));
  for (const { order } of all) await tried(order);
  const next = await instalment();
  await tried(next.order, 1, at(20));
  expect(await turnOf(next.order)).toBeLessThan(15_000);
  await database.db.update(queues).set({ nextMs: Date.now() + 9 * 3_600_000 });
  await database.db.delete(turns);
  const waits = await instalment();
  const away = { attemptId: waits.order.attemptId, provider: 'mpesa', market: 'KE', number: 9 } as const;
  const hours = 9 * 3_600_000;
  await database.db.insert(turns).values({ ...away, atMs: Date.now() + hours, endsMs: Date.now() + hours });
  await tried(waits.order, 2, at(20));
  expect(await turnOf(waits.order)).toBeLessThan(15_000);
});

it('a payer whose quiet hours begin before his turn has that of another, who has his', async () => {
  // 1,111 s apart; it is 10 o'clock, and he wishes to be asked until 11.
  const rare = at(0.001);
  const others = await Promise.all(Array.from({ length: 6 }, () => instalment()));
  for (const { order } of others) await tried(order, 1, rare);
  const hurried = await instalment();
  await database.db
    .update(leases)
    .set({ quietHours: { from: 11, until: 10 } })
    .where(eq(leases.id, hurried.leaseId));
  expect(await tried(hurried.order, 1, rare)).toBe('NotItsTurn');
  const places = await Promise.all([...others, hurried].map(({ order }) => turnOf(order)));
  expect(places.map((away) => (away === null ? null : Math.round(away / 1_111_111)))).toEqual([null, 1, 2, 6, 4, 5, 3]);
});
