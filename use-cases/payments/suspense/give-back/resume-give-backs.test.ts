import { eq } from 'drizzle-orm';
import { afterAll, expect, it } from 'vitest';
import { giveBacks } from '#db/schema/index';
import { key, other, startSuspenseWorld } from '#test/suspense-world';
import { orderGiveBack } from './order-give-back.ts';
import { resumeGiveBacks } from './resume-give-backs.ts';

const { database, deps, silence, close, ...world } = await startSuspenseWorld();
afterAll(close);

const handleOf = (id: string) => deps.temporal.workflow.getHandle(`give-back-${id}`);

/** One of so many days ago came into doubt again, and its workflow was ended before it asked. */
async function doubted(days: number) {
  const inboundId = await world.waiting(9_000);
  const id = await world.givenBackUnseen(inboundId, 9_000, days * 24);
  silence(true);
  try {
    const again = orderGiveBack(deps, other, { inboundId, reason: 'again' }, key());
    await expect(again).rejects.toMatchObject({ code: 'conflict' });
  } finally {
    silence(false);
  }
  expect((await world.itemOf(inboundId)).status).toBe('returning');
  await handleOf(id).terminate();
  return id;
}
const runs = async (id: string) => (await handleOf(id).describe()).status.name === 'RUNNING';

it.each([20, 40])('a give-back of %s days ago that is in doubt again is asked about', async (days) => {
  const id = await doubted(days);
  await resumeGiveBacks(deps);
  expect(await runs(id)).toBe(true);
  await handleOf(id).terminate();
});

it('one that nobody can say anything of is asked about for as long as its workflow asks; a person decides on it then', async () => {
  const id = await doubted(40);
  await database.db.update(giveBacks).set({ status: 'unknown' }).where(eq(giveBacks.id, id));
  await resumeGiveBacks(deps);
  expect(await runs(id)).toBe(false);
});
