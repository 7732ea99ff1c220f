import { ApplicationFailure, patched, setCurrentDetails } from '@temporalio/workflow';
import type { UpkeepActivities } from '#domain/upkeep/wire';
import { activitiesOf } from '../kit/activities.ts';
import { sweeping } from '../kit/retry.ts';

/** Rows that one run deleted, and days of positions that it dropped, by what they are. */
export type UpkeepReport = Readonly<Record<string, number>>;

type Attempt = <T>(what: string, work: Promise<T>, otherwise: T) => Promise<T>;

/**
 * One round of upkeep, started every hour by the schedule `upkeep`: what is past its retention is deleted,
 * the days to come get their partitions, what vehicles drove is counted, the portfolio of a day that
 * has ended is kept, and somebody is told what the fleet needs soon. What fails does not keep the rest from being done.
 *
 * @throws ApplicationFailure naming what could not be done within the hour.
 */
export async function upkeep(): Promise<UpkeepReport> {
  const activities = activitiesOf<UpkeepActivities>('upkeep', sweeping('50 minutes'))();
  const failed: string[] = [];
  const attempt: Attempt = async (what, work, otherwise) => {
    try {
      return await work;
    } catch {
      failed.push(what);
      return otherwise;
    }
  };
  const [, report] = await Promise.all([
    attempt('partitions of the next days', activities.makePositionDays(), undefined),
    patched('what-has-a-retention-is-one-loop')
      ? attempt('what is past its retention', activities.deleteExpired(), {})
      : eachOnItsOwn(activities, attempt),
    patched('distances-are-counted') ? attempt('what vehicles drove', activities.countDistances(), 0) : undefined,
    patched('the-portfolio-of-a-day-is-kept')
      ? attempt('the portfolio of the day', activities.keepPortfolio(), 0)
      : undefined,
    patched('the-fleet-is-cared-for') ? attempt('what the fleet needs', activities.careForFleet(), 0) : undefined,
  ]);
  const lines = Object.entries(report).map(([what, count]) => `- **${what}** ${count}`);
  setCurrentDetails(['### Upkeep: deleted', ...lines, ...failed.map((what) => `- **failed** ${what}`)].join('\n'));
  if (failed.length > 0) throw ApplicationFailure.nonRetryable(`not done: ${failed.join(', ')}`, 'UpkeepIncomplete');
  return report;
}

/** As runs did that were begun before capabilities said what they keep. */
async function eachOnItsOwn(activities: UpkeepActivities, attempt: Attempt): Promise<UpkeepReport> {
  const [idempotencyKeys, loginCodes, sessions, events, positions] = await Promise.all([
    attempt('idempotency keys', activities.deleteIdempotencyKeys(), 0),
    attempt('login codes', activities.deleteLoginCodes(), 0),
    attempt('sessions', activities.deleteSessions(), 0),
    attempt('events', activities.deleteEvents(), 0),
    attempt('positions', activities.deletePositions(), { days: 0, rows: 0 }),
  ]);
  const { days: positionDays, rows: otherTelemetry } = positions;
  return { idempotencyKeys, loginCodes, sessions, events, positionDays, otherTelemetry };
}
