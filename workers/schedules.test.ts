import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '#dev/client';
import type { UpkeepReport } from '#workflows/upkeep/upkeep';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { ensureSchedules, platformSchedules } from './schedules.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startTestPlatform();
});
afterAll(() => platform.close());

const inUse = () => platformSchedules(platform.config.TASK_QUEUE_PREFIX);
const handle = (id: string) => platform.temporal.schedule.getHandle(`${platform.config.TASK_QUEUE_PREFIX}${id}`);

it('creates every schedule once, however many processes start', async () => {
  await Promise.all([1, 2, 3].map(() => ensureSchedules(platform.temporal, inUse())));
  for (const { scheduleId, workflowType, taskQueue } of inUse()) {
    const { action, state } = await platform.temporal.schedule.getHandle(scheduleId).describe();
    expect(action).toMatchObject({ workflowType, taskQueue });
    expect(state.paused, `${scheduleId} waits for somebody to unpause it`).toBe(false);
  }
});

it('brings a schedule to what the code says, and leaves one paused that an operator has paused', async () => {
  const [schedule] = platformSchedules(`${platform.config.TASK_QUEUE_PREFIX}${randomUUID().slice(0, 8)}-`);
  if (schedule === undefined) throw new Error('there is no schedule');
  await ensureSchedules(platform.temporal, [schedule]);
  const theirs = platform.temporal.schedule.getHandle(schedule.scheduleId);
  await theirs.pause('the operator looks into something');
  await ensureSchedules(platform.temporal, [{ ...schedule, spec: { intervals: [{ every: '2 hours' }] } }]);
  const { spec, state } = await theirs.describe();
  expect(spec.intervals?.map(({ every }) => every)).toEqual([7_200_000]);
  expect(state).toMatchObject({ paused: true, note: 'the operator looks into something' });
  await theirs.delete();
});

it('runs upkeep by its schedule, encrypted answer and all', async () => {
  await ensureSchedules(platform.temporal, inUse());
  await platform.database.sql`
    insert into identity.otp_codes (id, phone_hash, code_hash, created_at, expires_at)
    values (${randomUUID()}, 'phone', 'code', now() - interval '2 days', now() - interval '2 days')`;
  await handle('upkeep').trigger();
  const workflowId = await eventually('the schedule to have started upkeep', async () => {
    const { info } = await handle('upkeep').describe();
    return info.recentActions.at(-1)?.action.workflow.workflowId;
  });
  const report: UpkeepReport = await platform.temporal.workflow.getHandle(workflowId).result();
  expect(report).toMatchObject({ loginCodes: 1, sessions: 0, positionDays: 0, otherTelemetry: 0 });
  await handle('upkeep').delete();
});
