import { eq } from 'drizzle-orm';
import { reconciliations } from '#db/schema/index';
import { readingsOf } from '#db/queries/reported-days';
import { dismissedLines } from '#db/queries/taken-back-lines';
import { system } from '#domain/identity/roles';
import { marketRules } from '#domain/markets';
import { absent, type DayTotal, type Difference, type Line } from '#domain/payments/reconciliation';
import { isComplete, isTrusted } from '#domain/payments/reconciliation-days';
import type { Day, MarketReport } from '#domain/payments/wire';
import { describeError } from '#platform/describe-error';
import { ProviderFailure } from '#providers/provider-failure';
import type { Queryable } from '#db/client';
import { transact, type Context } from '../../context.ts';
import { noteReceipt } from '../outcomes/note-receipt.ts';
import { tellOutcome } from '../outcomes/tell-outcome.ts';
import type { ReconciliationDependencies } from './dependencies.ts';
import { closeDissolvedCases, openDifferenceCase } from '../lines/difference-cases.ts';
import type { BookMovement } from '#domain/payments/book-movement';
import { keepLines } from '../lines/keep-lines.ts';
import { compareDay, type Found } from './compare-day.ts';
import { confirmFound } from './confirm-found.ts';
import { confirmedOf, isAccepted, keepLacking, tellOfIncomplete } from './incomplete-statement.ts';
import { bookProven } from './take-in.ts';
import { tellOfUnread } from './unread-lines.ts';

/**
 * Compares a day's statement in one market with the books and writes what it found into the report: each
 * difference with its case, receipts that we had missed. What customers paid by themselves and nobody announced
 * is taken in, what the provider took back out of suspense is booked so; charges that nobody answered and that are nowhere are told.
 * A statement that lacks what the provider has confirmed is not complete: what it has is booked, nothing is decided by what it has not,
 * but nothing goes out of those leases either, and the schedule asks again, until a person accepts it (`isAccepted`). What lies
 * after its last line of ours is not decided by what it has not before a later morning (`isTrusted`).
 *
 * @param input.attempt which try this is, from 1
 * @throws ProviderFailure when a statement that is needed is not to be had, or not complete; as `bookProven`
 */
export async function reconcileMarket(
  deps: ReconciliationDependencies,
  {
    reconciliationId,
    at,
    attempt = 1,
    ...day
  }: Day & { readonly reconciliationId: string; readonly at: Date; readonly attempt?: number },
): Promise<MarketReport> {
  const { found, others, known, isOver, settlesWithin, unread, unreadElsewhere } = await compareDay(deps, day, at);
  const { requestedBy } = await findReport(deps.db, reconciliationId);
  const confirmed = await confirmedOf(deps.db, found.missingThere);
  const lacking = confirmed.length === 0 || (await isAccepted(deps.db, day, requestedBy, at)) ? [] : confirmed;
  // Who asks for a report sees what it lacks; the schedule asks again.
  const isAskedAgain = lacking.length > 0 && requestedBy === null && isComplete(day.date, day.market, at);
  const nowhere = absent(found, others, known, settlesWithin, [...unread, ...unreadElsewhere])
    .filter((one) => isOver(one) && one.isOfAnotherDay !== true)
    .flatMap(({ paymentId, leaseId, askedAt }) =>
      paymentId === null || leaseId === null ? [] : [{ paymentId, leaseId, madeBy: askedAt + settlesWithin }],
    );
  const readings = [...(await readingsOf(deps.db, day)), { at, until: lastOf(found) }];
  const notMade = nowhere.flatMap(({ madeBy, ...one }) =>
    lacking.length === 0 && isTrusted(day.date, day.market, readings, madeBy) ? [one] : [],
  );
  const total = totalOf(day, found, { waiting: nowhere.length - notMade.length, unread: unread.length });
  const { differences, named } = await transact(deps.db, system('reconciliation'), at, async (context) => {
    await tellOfUnread(context, day, unread);
    return {
      differences: await write(context, day, reconciliationId, found, total, isAskedAgain ? lacking : null),
      named: await nameReceipts(context, day, found),
    };
  });
  for (const { attemptId, leaseId } of named) await tellOfReceipt(deps, leaseId, attemptId);
  const proof = { unannounced: unannounced(found, differences), takenBack: wentBack(found, differences) };
  await bookProven(deps, { ...day, at, attempt }, proof);
  if (isAskedAgain) {
    await confirmFound(deps, { reconciliationId, at, attempt });
    await tellOfIncomplete(deps, day, lacking.length, at);
    const { provider, market, date } = day;
    const what = `${lacking.length} ${lacking.length === 1 ? 'movement' : 'movements'}`;
    throw new ProviderFailure(
      'not_taken',
      `the statement of ${provider} in ${market} of ${date} is not complete: it lacks ${what} of money that the provider has confirmed`,
    );
  }
  const proven = differences.filter(({ remedy }) => remedy === 'found').length;
  return { matched: found.matched.length, differences: differences.length, proven, absent: notMade };
}

/** When the last line was made that the books have. */
function lastOf({ matched }: Pick<Found, 'matched'>): Date | null {
  const last = matched.reduce((latest, { line }) => Math.max(latest, line.at), -Infinity);
  return matched.length === 0 ? null : new Date(last);
}

/** A lease that waits for a receipt, to give money back by it, looks every day: one that hears nothing holds nothing up. */
async function tellOfReceipt(deps: ReconciliationDependencies, leaseId: string, attemptId: string): Promise<void> {
  try {
    await tellOutcome(deps, leaseId, { status: 'succeeded', attemptId });
  } catch (error) {
    deps.log.warn({ err: describeError(error), attemptId }, 'a lease is not told of a receipt');
  }
}

async function findReport(db: Queryable, id: string) {
  const [report] = await db.select().from(reconciliations).where(eq(reconciliations.id, id));
  if (report === undefined) throw new Error(`there is no reconciliation ${id}`);
  return report;
}

/** @param lacking where the statement is asked for again: of what it lacks nothing is told yet, and no case is over by it */
async function write(
  context: Context,
  day: Day,
  reconciliationId: string,
  found: Found,
  total: DayTotal,
  lacking: readonly BookMovement[] | null,
): Promise<Difference[]> {
  const { tx } = context;
  const [report] = await tx
    .select()
    .from(reconciliations)
    .where(eq(reconciliations.id, reconciliationId))
    .for('update');
  if (report === undefined) throw new Error(`there is no reconciliation ${reconciliationId}`);
  const differences: Difference[] = [];
  const dismissed = found.missingHere.flatMap(({ line }) => (line.isDismissed === true ? [line.receipt] : []));
  const closed = await dismissedLines(tx, day, dismissed);
  for (const difference of differencesOf(day, lacking === null ? found : { ...found, missingThere: [] })) {
    const { kind, remedy, receipt } = difference;
    // Whosever the money is by now: the line is the one that a person has looked at.
    const before = kind === 'missing_here' && remedy === null ? closed.get(receipt ?? '') : undefined;
    const caseId = before ?? (await openDifferenceCase(context, day, reconciliationId, difference));
    differences.push({ ...difference, caseId });
  }
  const caseIds = differences.map(({ caseId }) => caseId).filter((id) => id !== null);
  if (lacking === null) await closeDissolvedCases(context, day, reconciliationId, caseIds);
  await keepLacking(context, day, lacking ?? []);
  await keepLines(context, day, found);
  // Tried again, the market's part of the report is written anew.
  const isOthers = ({ market }: { market: string }) => market !== day.market;
  const before = report.totals.filter(isOthers);
  await tx
    .update(reconciliations)
    .set({
      matched: before.reduce((sum, { matched }) => sum + matched, found.matched.length),
      differences: [...report.differences.filter(isOthers), ...differences],
      totals: [...before, total],
    })
    .where(eq(reconciliations.id, reconciliationId));
  return differences;
}

function differencesOf({ market }: Day, found: Found): Omit<Difference, 'caseId'>[] {
  const common = { market, currency: marketRules(market).currency };
  const whose = (movement: BookMovement | null) => ({
    paymentId: movement?.paymentId ?? null,
    leaseId: movement?.leaseId ?? null,
  });
  return [
    ...found.missingHere.map(({ line, proves, about }) => ({
      ...common,
      ...whose(proves ?? about),
      kind: 'missing_here' as const,
      receipt: line.receipt,
      originalReceipt: line.originalReceipt,
      statementAmount: line.amount,
      ledgerAmount: null,
      paidAt: new Date(line.at).toISOString(),
      remedy: remedyOf(line, proves, about),
    })),
    ...found.missingThere.map((movement) => ({
      ...common,
      ...whose(movement),
      kind: 'missing_there' as const,
      ...(movement.transferId !== undefined && { transferId: movement.transferId }),
      receipt: movement.receipt,
      statementAmount: null,
      ledgerAmount: movement.amount,
      remedy: null,
    })),
    ...found.differs.map(({ line, movement }) => ({
      ...common,
      ...whose(movement),
      kind: 'differs' as const,
      receipt: line.receipt,
      statementAmount: line.amount,
      ledgerAmount: movement.amount,
      remedy: null,
    })),
  ];
}

function remedyOf(line: Line, proves: BookMovement | null, about: BookMovement | null): Difference['remedy'] {
  if (proves?.paymentId !== undefined && proves.paymentId !== null) return 'found';
  const back = proves ?? about;
  const isWhole = back?.isSuspended === true && (back.waits ?? back.amount) === line.amount;
  if (line.type === 'refund' && isWhole && (proves !== null || line.isDismissed !== true)) return 'taken_back';
  return line.type === 'payBill' && about === null ? 'taken_in' : null;
}

/** The lines of the differences that are taken in, with their cases. */
function unannounced({ missingHere }: Found, differences: readonly Difference[]) {
  return differences.flatMap(({ remedy, receipt, currency, caseId }) => {
    const line = missingHere.find((one) => one.line.receipt === receipt && one.line.type === 'payBill')?.line;
    return remedy !== 'taken_in' || line === undefined || caseId === null ? [] : [{ line, currency, caseId }];
  });
}

/** The lines by which the provider took back what waits in suspense, with their cases. */
function wentBack({ missingHere }: Found, differences: readonly Difference[]) {
  return differences.flatMap(({ remedy, receipt, caseId }) => {
    const found = missingHere.find(({ line }) => line.receipt === receipt && line.type === 'refund');
    const about = found?.proves ?? found?.about;
    if (remedy !== 'taken_back' || found === undefined || about?.inboundId === undefined || caseId === null) return [];
    return [{ line: found.line, inboundId: about.inboundId, movementId: about.id, caseId }];
  });
}

function totalOf(
  { market }: Day,
  { matched, differs, missingHere, missingThere }: Found,
  { waiting, unread }: { waiting: number; unread: number },
): DayTotal {
  const signed = (line: Line) => (line.type === 'refund' ? -line.amount : line.amount);
  const booked = ({ direction, amount }: BookMovement) => (direction === 'out' ? -amount : amount);
  const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);
  const pairs = [...matched, ...differs];
  const rest = [...differs.map(({ movement }) => movement), ...missingThere];
  const until = lastOf({ matched });
  return {
    market,
    currency: marketRules(market).currency,
    matched: matched.length,
    statement: sum([...pairs, ...missingHere].map(({ line }) => signed(line))),
    // Of what was taken back as a whole, a line is the part that it tells of.
    ledger: sum([...matched.map(({ line }) => signed(line)), ...rest.map(booked)]),
    ...(until !== null && { until: until.toISOString() }),
    ...(waiting > 0 && { waiting }),
    ...(unread > 0 && { unread }),
  };
}

/** Payments that the provider confirmed without naming their receipts have them from the statement. */
async function nameReceipts(context: Context, { provider, market }: Day, { matched }: Found) {
  const { currency } = marketRules(market);
  const named: { attemptId: string; leaseId: string }[] = [];
  for (const { line, movement } of matched) {
    const { id, paymentId, leaseId, receipt } = movement;
    if (receipt !== null || leaseId === null || paymentId !== id) continue;
    if (await noteReceipt(context, { id, leaseId, provider, currency }, line.receipt))
      named.push({ attemptId: id, leaseId });
  }
  return named;
}
