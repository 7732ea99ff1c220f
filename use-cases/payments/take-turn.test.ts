import { CompleteAsyncError } from '@temporalio/activity';
import { afterAll, expect, it } from 'vitest';
import { pace } from '#db/schema/index';
import { startCollecting } from '#test/collecting';
import { collect } from './collect.ts';

const { database, deps, instalment, close } = await startCollecting();
afterAll(close);
const slow = { ...deps, config: { ...deps.config, PROMPTS_PER_SECOND: 0.1 } };

it('sends what leases ask for by themselves in turn, and what comes again without another', async () => {
  const [first, second, third] = [await instalment(), await instalment(), await instalment()];
  await expect(collect(slow, { attempt: 1 }, first.order)).rejects.toThrow(CompleteAsyncError);
  const far = { type: 'NotItsTurn', category: 'BENIGN' };
  await expect(collect(slow, { attempt: 1 }, second.order)).rejects.toMatchObject(far);
  await expect(collect(slow, { attempt: 1 }, third.order)).rejects.toMatchObject(far);
  expect([await first.prompted(), await second.prompted(), await third.prompted()]).toEqual([1, 0, 0]);
  const [row] = await database.db.select().from(pace);
  expect((row?.nextAt.getTime() ?? 0) - Date.now()).toBeGreaterThan(20_000);
  await expect(collect(slow, { attempt: 2 }, second.order)).rejects.toThrow(CompleteAsyncError);
  expect(await second.prompted()).toBe(1);
});

it('has each provider’s turns apart, and lets nobody wait who asked for it himself', async () => {
  const [other, asked] = [await instalment(10, 'mtn'), await instalment()];
  await expect(collect(slow, { attempt: 1 }, other.order)).rejects.toThrow(CompleteAsyncError);
  await expect(collect(slow, { attempt: 1 }, { ...asked.order, asked: true })).rejects.toThrow(CompleteAsyncError);
  expect([await other.prompted(), await asked.prompted()]).toEqual([1, 1]);
});
