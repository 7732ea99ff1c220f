import { eq } from 'drizzle-orm';
import { reportedDays } from '#db/queries/reported-days';
import { reconciliations } from '#db/schema/index';
import { localDate } from '#domain/calendar';
import { markets } from '#domain/markets';
import type { ReportOrder } from '#domain/payments/wire';
import { record, type Context } from '../../context.ts';
import { closeCaseAbout } from '../../cases/close-case.ts';
import { aboutStatement } from './incomplete-statement.ts';
import { daysRead } from './missing-days.ts';

/**
 * Puts a report on record as running; repeated, it changes nothing.
 *
 * @returns `reported` where the day has a good report and is not read again now, and only a missing one is wanted.
 */
export async function beginReport(context: Context, input: ReportOrder): Promise<'begun' | 'reported'> {
  const { reconciliationId: id, provider, market, date, requestedBy, ifMissing = false } = input;
  if (ifMissing && market !== null && (await daysRead(context.tx, { provider, market }, context.at, date)).has(date))
    return 'reported';
  await context.tx
    .insert(reconciliations)
    .values({ id, provider, market, date, requestedBy, status: 'running', startedAt: context.at })
    .onConflictDoNothing();
  await record(context, {
    key: `reconciliation.started:${id}`,
    type: 'reconciliation.started',
    subject: id,
    detail: { provider, market, date },
  });
  return 'begun';
}

/** Closes a report: it balances, it has differences, or `failure` says why there is none. */
export async function finishReport(
  context: Context,
  { reconciliationId: id, failure = null }: { reconciliationId: string; failure?: string | null },
): Promise<'balanced' | 'differences' | 'failed'> {
  const [row] = await context.tx.select().from(reconciliations).where(eq(reconciliations.id, id)).for('update');
  if (row === undefined) throw new Error(`there is no reconciliation ${id}`);
  if (row.status !== 'running') return row.status;
  const status = failure !== null ? 'failed' : row.differences.length > 0 ? 'differences' : 'balanced';
  await context.tx
    .update(reconciliations)
    .set({ status, failure, finishedAt: context.at })
    .where(eq(reconciliations.id, id));
  if (status !== 'failed') await closeIncomplete(context, row);
  await record(context, {
    key: `reconciliation.finished:${id}`,
    type: 'reconciliation.finished',
    subject: id,
    detail: { status, matched: row.matched, differences: row.differences.length },
  });
  return status;
}

/** The statements of the day are read to their end, or accepted as they are. */
async function closeIncomplete(context: Context, report: typeof reconciliations.$inferSelect): Promise<void> {
  const { provider, market, date } = report;
  const walls = market === null ? markets : [market];
  for (const one of walls) {
    const day = { provider, market: one, date: localDate(date) };
    if ((await reportedDays(context.tx, day, day.date)).has(day.date))
      await closeCaseAbout(context, 'statement_incomplete', aboutStatement(day), 'the day has a good report');
  }
}
