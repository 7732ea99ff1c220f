import { and, eq, inArray, isNotNull, isNull, or, sql } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { audit, cases, lackingPayments, reconciliations } from '#db/schema/index';
import { localDate } from '#domain/calendar';
import { caseKey } from '#domain/cases';
import { system } from '#domain/identity/roles';
import { keys } from '#domain/ledger/keys';
import type { BookMovement } from '#domain/payments/book-movement';
import { isLongOver } from '#domain/payments/reconciliation-days';
import type { Day } from '#domain/payments/wire';
import { transact, type Context } from '../../context.ts';
import { openCase } from '../../cases/open-case.ts';
import type { ReconciliationDependencies } from './dependencies.ts';

/** Rows in one statement. */
const ROWS_AT_ONCE = 5_000;

/**
 * Of what is on no statement that which the provider itself has confirmed to us: a statement that lacks it is not complete,
 * however much it has. What a person has decided or booked says nothing about a statement.
 */
export async function confirmedOf(db: Queryable, missing: readonly BookMovement[]): Promise<BookMovement[]> {
  const ours = missing.filter(({ isTakenBack }) => isTakenBack !== true);
  const names = ours.flatMap(({ id }) => [keys.paymentDecided(id), keys.giveBackDecided(id)]);
  if (names.length === 0) return [];
  const decided = await db.select({ key: audit.key }).from(audit).where(inArray(audit.key, names));
  const byPeople = new Set(decided.map(({ key }) => key));
  return ours.filter(({ id }) => !byPeople.has(keys.paymentDecided(id)) && !byPeople.has(keys.giveBackDecided(id)));
}

/**
 * Whether a person takes the statement as it is, days after its day: he asks for this report, has asked for one, or has closed the
 * case of what it lacks (`acceptStatement`).
 * Until then nothing is decided by what it lacks.
 */
export async function isAccepted(db: Queryable, day: Day, requestedBy: string | null, at: Date): Promise<boolean> {
  const isLate = (begun: Date) => isLongOver(day.date, day.market, begun);
  if (requestedBy !== null && isLate(at)) return true;
  const isTheirs = and(
    eq(reconciliations.provider, day.provider),
    or(eq(reconciliations.market, day.market), isNull(reconciliations.market)),
    eq(reconciliations.date, day.date),
    isNotNull(reconciliations.requestedBy),
    inArray(reconciliations.status, ['balanced', 'differences']),
  );
  const found = await db.select({ startedAt: reconciliations.startedAt }).from(reconciliations).where(isTheirs);
  if (found.some(({ startedAt }) => isLate(startedAt))) return true;
  const isClosed = and(eq(cases.key, caseKey('statement_incomplete', aboutStatement(day))), isNotNull(cases.closedBy));
  return (await db.$count(cases, isClosed)) > 0;
}

/** Keeps which money the newest read of a day's statement lacks, so that nothing goes out of its leases or of suspense (`saidGone`, `itemSaidGone`). */
export async function keepLacking(
  { tx }: Pick<Context, 'tx'>,
  { provider, market, date }: Day,
  lacking: readonly BookMovement[],
): Promise<void> {
  const isOfTheDay = [
    eq(lackingPayments.provider, provider),
    eq(lackingPayments.market, market),
    eq(lackingPayments.date, date),
  ];
  await tx.delete(lackingPayments).where(and(...isOfTheDay));
  const came = lacking.filter(({ direction }) => direction === 'in');
  const rows = came.map(({ id: movementId }) => ({ movementId, provider, market, date }));
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE)
    await tx
      .insert(lackingPayments)
      .values(rows.slice(from, from + ROWS_AT_ONCE))
      .onConflictDoNothing();
}

/** What a statement lacks days after its day nobody waits for unseen: a person accepts it as it is, or has it mended. */
export async function tellOfIncomplete(
  { db }: Pick<ReconciliationDependencies, 'db'>,
  { provider, market, date }: Day,
  lacking: number,
  at: Date,
): Promise<void> {
  if (!isLongOver(date, market, at)) return;
  await transact(db, system('reconciliation'), at, async (context) => {
    await openCase(context, {
      kind: 'statement_incomplete',
      leaseId: null,
      paymentId: null,
      about: aboutStatement({ provider, market, date }),
      detail: { provider, market, date, lacking },
    });
  });
}

/** The same of days that are not read any more, or whose statement was not to be had since: who is held by them hears of no silence. */
export async function tellOfLacking(deps: Pick<ReconciliationDependencies, 'db'>, now: Date): Promise<void> {
  const { provider, market, date } = lackingPayments;
  const days = await deps.db
    .select({ provider, market, date, lacking: sql<number>`count(*)::int` })
    .from(lackingPayments)
    .groupBy(provider, market, date);
  // This morning's reading tells by itself, and may find what is lacking.
  const at = new Date(now.getTime() - 24 * 3_600_000);
  for (const { lacking, ...day } of days)
    await tellOfIncomplete(deps, { ...day, date: localDate(day.date) }, lacking, at);
}

export const aboutStatement = ({ provider, market, date }: Day): string => `${provider}:${market}:${date}`;
