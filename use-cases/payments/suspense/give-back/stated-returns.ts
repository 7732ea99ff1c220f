import { and, eq, isNotNull, ne, or, sql } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { bearingReceipts, givenBackBy } from '#db/queries/receipts';
import { takenOfReceipt } from '#db/queries/reversals';
import { dismissedLines } from '#db/queries/taken-back-lines';
import type { InboundRow } from '#db/queries/suspense';
import { attempts, cases, giveBacks, inbound, takenBackLines } from '#db/schema/index';
import { addDays, instantOf, localDate, localDateAt, type LocalDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { system } from '#domain/identity/roles';
import { formatMoney, money } from '#domain/money';
import { pairTakenBack } from '#domain/payments/taken-back-lines';
import { describeError } from '#platform/describe-error';
import { ProviderFailure } from '#providers/provider-failure';
import { closeCasesOf } from '../../../cases/close-case.ts';
import { transact, type Context } from '../../../context.ts';
import type { PaymentDependencies } from '../../dependencies.ts';
import { wentBack } from './went-back.ts';
import { statedLines, type StatedLine } from '../../lines/stated-line.ts';

/** What statements say went back of money that a customer paid by himself, before a lease gets it or anybody sends it back. */

type Dependencies = Pick<PaymentDependencies, 'db' | 'encryption' | 'mobileMoney'>;

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

interface Return {
  readonly line: StatedLine;
  /** The line names its receipt, or a give-back of it; otherwise it is of the same payer and sum, and names nothing. */
  readonly isSure: boolean;
}

/**
 * The lines by which it went back and of which the books know nothing: those that reconciliation has kept and nobody has booked,
 * and those of four statements at most, newest first: today's and yesterday's, which nobody may have reconciled yet, and those of the
 * day on which it was paid and of the one after it. A line that a person has dismissed is none.
 *
 * @param at on the provider's wall
 * @throws ProviderFailure when no line is found, and today's or yesterday's statement is not to be had. One of before that is
 * not to be had was reconciled, or will be.
 */
export async function statedReturns(deps: Dependencies, item: InboundRow, at: Date): Promise<Return[]> {
  const ids = await deps.db.select({ id: giveBacks.id }).from(giveBacks).where(eq(giveBacks.inboundId, item.id));
  const own = new Set(ids.map(({ id }) => id));
  const kept = await keptLines(deps.db, item);
  const { lines, failure } = await readLines(deps, item, at);
  const known = new Set(kept.map(({ receipt }) => receipt));
  const found: Return[] = [];
  const all = [...kept.filter(isOpen).map(asStated), ...lines.filter(({ receipt }) => !known.has(receipt))];
  const refunds = all.filter(({ type }) => type === 'refund');
  const receipts = refunds.map(({ receipt }) => receipt);
  const dismissed = await dismissedLines(deps.db, item, receipts);
  for (const line of refunds.filter(({ receipt }) => !dismissed.has(receipt))) {
    const isSure = line.originalReceipt === item.receipt || own.has(line.reference ?? '');
    if (!(isSure || mayBe(item, line))) continue;
    if (!(await isOther(deps.db, item, line))) found.push({ line, isSure });
  }
  const answered = pairTakenBack(
    found.map(({ line }) => line),
    await bookedParts(deps.db, item),
  );
  const left = found.filter(({ line }) => !answered.has(line));
  if (left.length === 0 && failure !== null) throw failure;
  return left;
}

/** Lines of its receipt that reconciliation has kept. */
const keptLines = (db: Queryable, { provider, market, receipt }: InboundRow) =>
  db
    .select()
    .from(takenBackLines)
    .where(
      and(
        and(eq(takenBackLines.provider, provider), eq(takenBackLines.market, market)),
        eq(takenBackLines.originalReceipt, receipt),
      ),
    );

type KeptLine = typeof takenBackLines.$inferSelect;

const isOpen = ({ transferId }: KeptLine) => transferId === null;

const asStated = ({ receipt, originalReceipt, amount, statedOn, market }: KeptLine): StatedLine => ({
  type: 'refund',
  receipt,
  originalReceipt,
  reference: null,
  account: '',
  payer: null,
  phone: null,
  amount,
  at: instantOf(localDate(statedOn), 12, market),
});

/** The lines of its statements, and why today's or yesterday's is not to be had. */
async function readLines(deps: Dependencies, { provider, market, paidAt }: InboundRow, at: Date) {
  const today = localDateAt(at.getTime(), market);
  const paidOn = localDateAt(paidAt.getTime(), market);
  const yesterday = addDays(today, -1);
  const days = [today, yesterday, addDays(paidOn, 1), paidOn].filter((date) => date >= paidOn && date <= today);
  const lines: StatedLine[] = [];
  let failure: ProviderFailure | null = null;
  for (const date of new Set<LocalDate>(days))
    try {
      lines.push(...(await statedLines(deps, { provider, market, date }, date)).lines);
    } catch (error) {
      if (!(error instanceof ProviderFailure)) throw error;
      if (date >= yesterday) failure ??= error;
    }
  return { lines, failure };
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
    // What was taken over by suspense is `reversed`, and a give-back.
    line.originalReceipt === null ? ne(attempts.status, 'reversed') : eq(attempts.status, 'succeeded'),
  );
  const isGivenBack = and(
    or(isNotNull(giveBacks.transferId), ne(giveBacks.inboundId, inboundId)),
    or(givenBackBy(db, wall, [line.receipt]), id === null ? undefined : eq(giveBacks.id, id)),
  );
  const counts = [db.$count(attempts, isRefund), db.$count(giveBacks, isGivenBack)];
  return (await Promise.all(counts)).some((count) => count > 0);
}

/** True where it went back as a whole, once. */
export function isWhole({ amount }: Pick<InboundRow, 'amount'>, returns: readonly Return[]): boolean {
  return returns.length === 1 && returns.every(({ line, isSure }) => isSure && line.amount === amount);
}

/** What went back as a whole has left suspense, where it waits; the case of its line is closed. */
export async function bookReturn(context: Context, item: InboundRow, { line }: Return): Promise<void> {
  const { amount, receipt, reference, at } = line;
  const movementId = reference !== null && uuid.test(reference) ? reference : item.id;
  await wentBack(context, { inboundId: item.id, movementId, amount, at: new Date(at), receipt });
  const isIts = and(isMissingHere, isOfWall(item.provider, item.market), eq(detail('receipt'), receipt));
  await closeCasesOf(context, isIts, 'booked: what waited in suspense went back');
}

/**
 * Before money leaves suspense: what statements say went back as a whole is booked so.
 *
 * @throws Problem conflict where a part of it went back, or may have: reconciliation makes that a case, and a person closes it
 * first; ProviderFailure as `statedReturns`
 */
export async function bookStatedReturns(deps: Dependencies, item: InboundRow): Promise<void> {
  const returns = await statedReturns(deps, item, new Date());
  const [first] = returns;
  if (first === undefined) return;
  if (!isWhole(item, returns)) throw await held(deps.db, item, first);
  await transact(deps.db, system('suspense'), new Date(), (context) => bookReturn(context, item, first));
}

/**
 * The same of what waits, before it is given to a lease or sent back. Where no statement is to be had at this moment it goes on:
 * nothing is sent before one is.
 *
 * @throws Problem conflict as `bookStatedReturns`
 */
export async function bookStatedBefore(
  deps: Dependencies & Pick<PaymentDependencies, 'log'>,
  inboundId: string,
): Promise<void> {
  const [item] = await deps.db.select().from(inbound).where(eq(inbound.id, inboundId));
  if (item?.status !== 'suspense') return;
  try {
    await bookStatedReturns(deps, item);
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
    deps.log.warn({ err: describeError(error), inboundId }, 'no statement tells whether money in suspense went back');
  }
}

/** Says who decides: whoever looks at the case, or until there is one the reconciliation of that day. */
async function held(db: Queryable, { provider, market, currency }: InboundRow, { line }: Return): Promise<Problem> {
  const { amount, receipt, at } = line;
  const isTold = and(isMissingHere, isOfWall(provider, market), eq(detail('receipt'), receipt));
  const hasCase = (await db.$count(cases, and(isTold, eq(cases.status, 'open')))) > 0;
  const who = hasCase
    ? 'its case is looked at first'
    : `the reconciliation of ${localDateAt(at, market)} decides, or makes it a case`;
  return new Problem(
    'conflict',
    `a statement says that ${formatMoney(money(amount, currency))} of it went back (${receipt}): ${who}`,
  );
}
