import { and, eq, inArray, isNotNull, ne, or, sql } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { bearingReceipts, givenBackBy } from '#db/queries/receipts';
import { takenOfReceipt } from '#db/queries/reversals';
import type { InboundRow } from '#db/queries/suspense';
import { attempts, cases, giveBacks } from '#db/schema/index';
import { addDays, localDate, localDateAt, type LocalDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { system } from '#domain/identity/roles';
import { formatMoney, money } from '#domain/money';
import { pairTakenBack } from '#domain/payments/taken-back-lines';
import { closeCasesOf } from '../../cases/close-case.ts';
import { transact, type Context } from '../../context.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { wentBack } from '../give-back/went-back.ts';
import { statedLines, type StatedLine } from '../reconciliation/stated-line.ts';

/** What statements say went back of money that a customer paid by himself, before a lease gets it or anybody sends it back. */

/** How far back, from when a part was booked, its line may be. */
const LATEST_DAYS = 31;

type Dependencies = Pick<PaymentDependencies, 'db' | 'encryption' | 'mobileMoney'>;

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

interface Return {
  readonly line: StatedLine;
  /** The line names its receipt, or a give-back of it; otherwise it is of the same payer and sum, and names nothing. */
  readonly isSure: boolean;
}

/**
 * The lines by which it went back and of which the books know nothing. They are read on the day on which it was paid and the
 * one after it, on the days of open cases about it, and on yesterday's and today's statement: any other day was reconciled. Where
 * parts of it are booked as taken back, every day is read on which their lines may be, so that each part answers for its own. A
 * line whose case a person has closed is none.
 *
 * @param at on the provider's wall
 * @throws ProviderFailure when a statement is not to be had
 */
export async function statedReturns(deps: Dependencies, item: InboundRow, at: Date): Promise<Return[]> {
  const { provider, market } = item;
  const ids = await deps.db.select({ id: giveBacks.id }).from(giveBacks).where(eq(giveBacks.inboundId, item.id));
  const own = new Set(ids.map(({ id }) => id));
  const booked = await bookedParts(deps.db, item);
  const found: Return[] = [];
  for (const date of await daysToRead(deps.db, item, at, booked))
    for (const line of await statedLines(deps, { provider, market, date }, date)) {
      const isSure = line.originalReceipt === item.receipt || own.has(line.reference ?? '');
      if (line.type !== 'refund' || !(isSure || mayBe(item, line))) continue;
      if (!(await isOther(deps.db, item, line))) found.push({ line, isSure });
    }
  const answered = pairTakenBack(
    found.map(({ line }) => line),
    booked,
  );
  const left: Return[] = [];
  for (const one of found) if (!answered.has(one.line) && !(await isSeen(deps.db, item, one.line))) left.push(one);
  return left;
}

/** The parts that are booked as taken back by its provider. */
async function bookedParts(db: Queryable, { provider, market, receipt }: InboundRow) {
  const taken = await takenOfReceipt(db, { provider, market }, receipt);
  const common = { direction: 'out', receipt: null, originalReceipt: receipt, isTakenBack: true } as const;
  return taken.map(({ createdAt, ...one }) => ({ ...common, ...one, askedAt: createdAt.getTime() }));
}

function mayBe({ payerHash, amount, paidAt }: InboundRow, line: StatedLine): boolean {
  const isHis = line.payer !== null && line.payer === payerHash && line.amount === amount;
  return line.originalReceipt === null && isHis && line.at >= paidAt.getTime();
}

async function daysToRead(
  db: Queryable,
  { provider, market, receipt, paidAt }: InboundRow,
  at: Date,
  booked: readonly { readonly askedAt: number }[],
) {
  const today = localDateAt(at.getTime(), market);
  const paidOn = localDateAt(paidAt.getTime(), market);
  const isAbout = and(isMissingHere, isOfWall(provider, market), eq(detail('originalReceipt'), receipt));
  const told = await db
    .select({ date: detail('date') })
    .from(cases)
    .where(and(eq(cases.status, 'open'), isAbout));
  const days = [paidOn, addDays(paidOn, 1), addDays(today, -1), today, ...told.map(({ date }) => localDate(date))];
  const bookedOn = booked.map(({ askedAt }) => addDays(localDateAt(askedAt, market), -LATEST_DAYS)).toSorted();
  for (let date = bookedOn[0] ?? addDays(today, 1); date <= today; date = addDays(date, 1)) days.push(date);
  return [...new Set<LocalDate>(days)].filter((date) => date >= paidOn && date <= today).toSorted();
}

const detail = (name: string) => sql<string>`${cases.detail} ->> ${name}`;
const isMissingHere = eq(cases.kind, 'reconciliation_missing_here');
const isOfWall = (provider: string, market: string) =>
  and(eq(detail('provider'), provider), eq(detail('market'), market));

/** What we gave back ourselves and have booked, and what is of another payment. */
async function isOther(db: Queryable, { id: inboundId, ...wall }: InboundRow, line: StatedLine) {
  const id = line.reference !== null && uuid.test(line.reference) ? line.reference : null;
  const isRefund = and(
    eq(attempts.kind, 'refund'),
    or(bearingReceipts(wall, [line.receipt]), id === null ? undefined : eq(attempts.id, id)),
    line.originalReceipt === null ? undefined : inArray(attempts.status, ['succeeded', 'reversed']),
  );
  const isGivenBack = and(
    or(isNotNull(giveBacks.transferId), ne(giveBacks.inboundId, inboundId)),
    or(givenBackBy(db, wall, [line.receipt]), id === null ? undefined : eq(giveBacks.id, id)),
  );
  const counts = [db.$count(attempts, isRefund), db.$count(giveBacks, isGivenBack)];
  return (await Promise.all(counts)).some((count) => count > 0);
}

/** A line that a person has looked at. */
async function isSeen(db: Queryable, { provider, market }: InboundRow, { receipt }: StatedLine): Promise<boolean> {
  const isAbout = and(isMissingHere, isOfWall(provider, market), eq(detail('receipt'), receipt));
  return (await db.$count(cases, and(isAbout, eq(cases.status, 'closed'), isNotNull(cases.closedBy)))) > 0;
}

/** True where it went back as a whole, once. */
export function isWhole({ amount }: Pick<InboundRow, 'amount'>, returns: readonly Return[]): boolean {
  return returns.length === 1 && returns.every(({ line, isSure }) => isSure && line.amount === amount);
}

/** What went back as a whole has left suspense, where it waits; the case of its line is closed. */
export async function bookReturn(context: Context, item: InboundRow, { line }: Return): Promise<void> {
  const { receipt, reference, at } = line;
  const movementId = reference !== null && uuid.test(reference) ? reference : item.id;
  await wentBack(context, { inboundId: item.id, movementId, at: new Date(at), receipt });
  const isIts = and(isMissingHere, isOfWall(item.provider, item.market), eq(detail('receipt'), receipt));
  await closeCasesOf(context, isIts, 'booked: what waited in suspense went back');
}

/**
 * Before money leaves suspense: what statements say went back as a whole is booked so.
 *
 * @throws Problem conflict where a part of it went back, or may have: reconciliation makes that a case, and a person closes it
 * first; ProviderFailure when a statement is not to be had
 */
export async function bookStatedReturns(deps: Dependencies, item: InboundRow): Promise<void> {
  const returns = await statedReturns(deps, item, new Date());
  const [first] = returns;
  if (first === undefined) return;
  if (!isWhole(item, returns)) {
    const { receipt, amount } = first.line;
    const back = formatMoney(money(amount, item.currency));
    throw new Problem(
      'conflict',
      `a statement says that ${back} of it went back (${receipt}): its case is looked at first`,
    );
  }
  await transact(deps.db, system('suspense'), new Date(), (context) => bookReturn(context, item, first));
}
