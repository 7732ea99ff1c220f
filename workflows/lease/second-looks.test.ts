import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually, listOf } from '#dev/client';
import { addDays, localDateAt } from '#domain/calendar';
import type { Standing } from '#domain/leases/standing';
import { cast, hoursLater, type Cast } from '#test/people';
import { createFleet, startFleet } from '#test/fleet';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { booksChanged, currentStanding } from './messages.ts';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
});
afterAll(() => platform.close());

let serial = 0;

/** A running lease whose workflow believes something that the books do not say. */
async function believing(wrong: Partial<Standing>) {
  const { db } = platform.database;
  serial += 1;
  const payer = { provider: 'mtn', market: 'UG', phone: `+25677555${1_000 + serial}00` } as const;
  const [lease] = await createFleet(db, platform.config, [payer], undefined, `L${randomUUID().slice(0, 4)}`);
  if (lease === undefined) throw new Error('there is no lease');
  const { state } = lease;
  const { standing: books } = state;
  await startFleet(platform.temporal, platform.config, [
    { ...lease, state: { ...state, standing: { ...books, ...wrong } } },
  ]);
  const id = state.application.leaseId;
  return { id, books, handle: platform.temporal.workflow.getHandle(`lease-${id}`) };
}

describe.concurrent('what the lease knows of its money', () => {
  it('is not overwritten by what was read before it', async () => {
    const { books, handle } = await believing({ version: 1_000, outstanding: 5 });
    await handle.signal(booksChanged);
    await eventually('the books read', async () => {
      const { events } = await handle.fetchHistory();
      return events?.some(({ activityTaskCompletedEventAttributes: done }) => done) === true ? true : undefined;
    });
    expect(await handle.query(currentStanding)).toMatchObject({ version: 1_000, outstanding: 5 });
    expect(books.outstanding).toBeGreaterThan(5);
  });

  it('is overwritten by what was read after it', async () => {
    const { books, handle } = await believing({ version: 0, outstanding: 5 });
    await handle.signal(booksChanged);
    await eventually('the books believed', async () =>
      (await handle.query(currentStanding))?.outstanding === books.outstanding ? true : undefined,
    );
  });

  it('a step that changes nothing is taken ever more rarely, and somebody is told', async () => {
    const yesterday = addDays(localDateAt(Date.now(), 'UG'), -1);
    const { id, handle } = await believing({ version: 1_000, status: 'paused', pausedUntil: yesterday });
    const kinds = async () => {
      const { data } = await staff.agent.get(`/v1/cases?leaseId=${id}`, listOf(z.object({ kind: z.string() })));
      return data.map(({ kind }) => kind);
    };
    await hoursLater(platform, id, 6);
    expect(await kinds()).toEqual([]);
    await hoursLater(platform, id, 42);
    expect(await kinds()).toEqual(['step_without_effect']);
    const { events } = await handle.fetchHistory();
    const taken = events?.filter(
      ({ activityTaskScheduledEventAttributes: of }) => of?.activityType?.name === 'resumeLease',
    );
    // 1, 2, 4 … 256 minutes, and then every six hours.
    expect(taken?.length).toBeGreaterThanOrEqual(12);
    expect(taken?.length).toBeLessThanOrEqual(17);
  });
});
