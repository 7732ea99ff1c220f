import { setTimeout as sleep } from 'node:timers/promises';
import {
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
  ServiceError,
  type Client,
  type ScheduleSpec,
} from '@temporalio/client';
import { workflowQueue } from '#domain/task-queues';
import type { Logger } from '#platform/log';

/** For how long schedules are tried, and how often, milliseconds. */
const PATIENCE = 3 * 60_000;
const AGAIN = 2_000;

/** Work that comes back by the wall clock: one workflow each time, never two of one schedule at once. */
interface PlatformSchedule {
  /** With the platform's prefix, so that several platforms share a namespace. */
  readonly scheduleId: string;
  /** UTC, unless it names a zone. */
  readonly spec: ScheduleSpec;
  /** Name that `workflows/index.ts` exports. */
  readonly workflowType: string;
  readonly taskQueue: string;
  readonly args?: readonly unknown[];
  /** Shown with the schedule in the Temporal UI; the one of the first creation stays. */
  readonly memo: Readonly<Record<string, string>>;
  /** A run that the server has missed by no more milliseconds is made up for, others are left out. */
  readonly catchupMs: number;
}

/** Every schedule of the platform. */
export function platformSchedules(prefix: string): PlatformSchedule[] {
  const taskQueue = workflowQueue(prefix);
  return [
    {
      scheduleId: `${prefix}upkeep`,
      spec: { intervals: [{ every: '1 hour', offset: '17 minutes' }] },
      workflowType: 'upkeep',
      taskQueue,
      memo: { purpose: 'Deletes what is past its retention and makes the next partitions of positions.' },
      catchupMs: 3_600_000,
    },
    {
      scheduleId: `${prefix}dead-leases`,
      spec: { intervals: [{ every: '5 minutes' }] },
      workflowType: 'deadLeases',
      taskQueue,
      memo: {
        purpose: 'Finds what nobody came to, such as leases whose workflow died, and goes on with it or opens a case.',
      },
      catchupMs: 300_000,
    },
    {
      scheduleId: `${prefix}webhooks`,
      spec: { intervals: [{ every: '5 minutes', offset: '1 minute' }] },
      workflowType: 'overdueDeliveries',
      taskQueue,
      memo: { purpose: 'Begins deliveries of webhooks that are due and have no workflow.' },
      catchupMs: 300_000,
    },
    {
      scheduleId: `${prefix}notifications`,
      // A login code whose process died has to be found while it is good.
      spec: { intervals: [{ every: '1 minute' }] },
      workflowType: 'overdueNotifications',
      taskQueue,
      memo: { purpose: 'Begins notifications that are due and have no workflow.' },
      catchupMs: 300_000,
    },
    {
      scheduleId: `${prefix}reconciliation`,
      // Seven in the morning in Kampala and Nairobi, six in Kigali: providers have closed their day by then.
      spec: { calendars: [{ hour: 4, minute: 0, comment: 'daily' }] },
      workflowType: 'dailyReconciliation',
      taskQueue,
      memo: {
        purpose:
          'Compares the statements of the mobile-money providers with the books, of every day that has no report.',
      },
      catchupMs: 86_400_000,
    },
  ];
}

/**
 * Creates the schedules that are missing and brings the others to what the code says. Any number of
 * processes may do so at once, as often as they like; a schedule that an operator has paused stays paused.
 *
 * @throws ServiceError when the server refuses.
 */
export async function ensureSchedules(temporal: Client, schedules: readonly PlatformSchedule[]): Promise<void> {
  for (const { scheduleId, spec, workflowType, taskQueue, args = [], memo, catchupMs } of schedules) {
    const options = {
      spec,
      action: { type: 'startWorkflow', workflowType, taskQueue, args: [...args] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: catchupMs },
    } as const;
    try {
      await temporal.schedule.create({ scheduleId, memo, ...options });
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      await temporal.schedule.getHandle(scheduleId).update(({ state }) => ({ ...options, state }));
    }
  }
}

/**
 * The same as soon as the server can say what its schedules are: one that was restored takes half a minute longer for that than
 * for all else.
 *
 * @throws ServiceError when it cannot after three minutes
 */
export async function ensureSchedulesInTime(
  temporal: Client,
  schedules: readonly PlatformSchedule[],
  log: Logger,
): Promise<void> {
  for (const until = Date.now() + PATIENCE; ; await sleep(AGAIN)) {
    try {
      return await ensureSchedules(temporal, schedules);
    } catch (error) {
      if (!(error instanceof ServiceError) || Date.now() > until) throw error;
      log.warn({ err: error }, 'the schedules cannot be looked at yet, and are tried again');
    }
  }
}
