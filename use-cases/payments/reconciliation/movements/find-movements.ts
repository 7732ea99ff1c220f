import { and, eq, exists, gte, inArray, lt, sql, type SQL } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { someTakenBack, wasTakenBack } from '#db/queries/payment-states';
import { bearingReceipts, givenBackBy } from '#db/queries/receipts';
import { isOfRest, isReversal, linesOfTransfer, takenBackSum } from '#db/queries/reversals';
import { attempts, giveBacks, inbound, leases, methods, transfers } from '#db/schema/index';
import { addDays, instantOf, type LocalDate } from '#domain/calendar';
import { normalReceipt } from '#domain/payments/receipt';
import type { Line, Movement } from '#domain/payments/reconciliation';
import type { Day, Wall } from '#domain/payments/wire';
import type { AttemptRow } from '../../attempt-record.ts';
import type { BookMovement } from '#domain/payments/book-movement';
import { giveBackMovements } from './give-back-movements.ts';
import { inboundMovements, inboundOf, isBooked, isInbound } from './inbound-movements.ts';

/** Time that a payment which is known as paid has to reach the ledger, in milliseconds. */
const POSTING_MS = 60_000;
/** Prompts that were sent this long before the day may be paid on it. */
const PROMPT_MS = 15 * 60_000;
/** Values in one query. */
const CHUNK = 5_000;
const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/**
 * Everything of ours that the day's lines could speak of: what bears one of their receipts or ids, from
 * whatever day; what we asked for or reversed on that date; and payments by themselves that were made on it. Dates are
 * of the provider's wall, never of a lease's own clock.
 */
export async function findMovements(
  db: Queryable,
  day: Day,
  lines: readonly Line[],
  now: Date,
): Promise<BookMovement[]> {
  const receipts = unique(lines.flatMap(({ receipt, originalReceipt }) => [receipt, originalReceipt]));
  const ids = unique(lines.map(({ reference }) => reference)).filter((id) => uuid.test(id));
  const midnight = (date: LocalDate) => new Date(instantOf(date, 0, day.market));
  const [from, to] = [midnight(day.date), midnight(addDays(day.date, 1))];
  const early = new Date(from.getTime() - PROMPT_MS);
  const asked = and(gte(attempts.createdAt, early), lt(attempts.createdAt, to));
  const paid = and(gte(inbound.paidAt, from), lt(inbound.paidAt, to));
  const wentBack = and(gte(inbound.returnedAt, from), lt(inbound.returnedAt, to));
  const found = await attemptsOf(db, day, [
    ...chunks(receipts).map((some) => bearingReceipts(day, some)),
    ...chunks(ids).map((some) => inArray(attempts.id, some)),
    asked,
    takenBackBetween(db, from, to),
  ]);
  const incoming = await inboundOf(db, day, [
    ...chunks(receipts).map((some) => inArray(inbound.receipt, some)),
    paid,
    wentBack,
  ]);
  const takenBack = unique(lines.flatMap((line) => (line.type === 'refund' ? [line.originalReceipt] : [])));
  const givenBack = await giveBackMovements(db, day, {
    receipts: chunks(receipts),
    ids: chunks(ids),
    originals: chunks(takenBack),
    from: early,
    to,
  });
  return chosen({ lines, found, incoming, givenBack, from, to, named: new Set([...ids, ...receipts]) }, now);
}

/** Which of the receipts of some lines payments of ours have, or what went back of them. */
export async function receiptsOf(db: Queryable, wall: Wall, lines: readonly Line[]): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  for (const some of chunks(unique(lines.map(({ receipt }) => receipt)))) {
    const isTheirs = bearingReceipts(wall, some);
    const rows = await db.select({ receipt: attempts.providerReference }).from(attempts).where(isTheirs);
    const isGiven = givenBackBy(db, wall, some);
    const given = await db.select({ receipt: giveBacks.providerReference }).from(giveBacks).where(isGiven);
    for (const { receipt } of [...rows, ...given]) known.add(normalReceipt(receipt ?? ''));
  }
  return known;
}

interface Candidates {
  readonly lines: readonly Line[];
  readonly found: Awaited<ReturnType<typeof attemptsOf>>;
  readonly incoming: Awaited<ReturnType<typeof inboundOf>>;
  readonly givenBack: readonly BookMovement[];
  readonly from: Date;
  readonly to: Date;
  /** Ids and receipts of the lines. */
  readonly named: ReadonlySet<string>;
}

/**
 * What the day's lines may speak of: made on it, named by them, or still open. It is missing there on the day on which it was made
 * alone: that another day names it, as what went back of it, says nothing of its own line.
 */
function chosen({ lines, found, incoming, givenBack, from, to, named }: Candidates, now: Date): BookMovement[] {
  const charges = new Set([
    ...lines.filter(({ type }) => type === 'charge').map(({ receipt }) => receipt),
    ...found.filter(({ row }) => row.kind !== 'inbound' && row.status !== 'reversed').map(({ row }) => receiptOf(row)),
  ]);
  const byThemselves = new Set([
    ...lines.filter(({ type }) => type === 'payBill').map(({ receipt }) => receipt),
    ...incoming.flatMap(({ row }) => (isBooked(row) ? [row.receipt] : [])),
  ]);
  const isOfTheDay = ({ askedAt }: BookMovement) => askedAt >= from.getTime() && askedAt < to.getTime();
  const isNamed = ({ id, receipt, originalReceipt }: BookMovement) =>
    [id, receipt, originalReceipt].some((name) => name !== null && named.has(name));
  const ours = [...found.flatMap((one) => movementsOf(one, byThemselves, now)), ...givenBack];
  const incomings = incoming.filter((one) => isInbound(one.row, charges)).flatMap(inboundMovements);
  const isMatter = (one: BookMovement) => isOfTheDay(one) || isNamed(one);
  // Of what was taken back in parts a line may be any: those of other days say which are answered for.
  const parted = new Set(
    [...ours, ...incomings].filter(isMatter).flatMap((one) => (one.isTakenBack ? [one.originalReceipt] : [])),
  );
  const chosenOnes = [
    // What was booked the evening before is that day's matter.
    ...ours.filter((one) => isMatter(one) || one.state === 'open' || isPart(one, parted)),
    ...incomings.filter((one) => one.direction === 'in' || isMatter(one) || isPart(one, parted)),
  ];
  return chosenOnes.map((one) => (isOfTheDay(one) ? one : { ...one, isOfAnotherDay: true }));
}

const isPart = ({ isTakenBack, originalReceipt }: BookMovement, of: ReadonlySet<string | null>) =>
  isTakenBack === true && of.has(originalReceipt);

async function attemptsOf(db: Queryable, { provider, market }: Day, conditions: readonly (SQL | undefined)[]) {
  const found = new Map<string, Awaited<ReturnType<typeof select>>[number]>();
  const select = (condition: SQL | undefined) =>
    db
      .select({ row: attempts, reference: leases.reference, payer: methods.phoneHash })
      .from(attempts)
      .innerJoin(leases, eq(leases.id, attempts.leaseId))
      .leftJoin(methods, eq(methods.id, attempts.paymentMethodId))
      .where(and(eq(attempts.provider, provider), eq(leases.market, market), condition));
  for (const condition of conditions) for (const one of await select(condition)) found.set(one.row.id, one);
  const back = await reversalsOf(db, [...found.values()].map(({ row }) => row).filter(wasTakenBack));
  const all = await originals(found, select);
  return all.map((one) => ({ ...one, reversals: back.get(one.row.id) ?? [] }));
}

/** Payments that were taken back, or parts of them, in that time. */
function takenBackBetween(db: Queryable, from: Date, to: Date) {
  const isThen = and(isReversal, gte(transfers.createdAt, from), lt(transfers.createdAt, to));
  return and(
    someTakenBack,
    exists(
      db
        .select({ one: sql`1` })
        .from(transfers)
        .where(isThen),
    ),
  );
}

interface Reversed {
  /** Of the transfer. */
  readonly id: string;
  readonly at: Date;
  readonly isRest: boolean;
  readonly amount: string | null;
  readonly answersFor: readonly string[];
}

/** What took some payments back, by payment. */
async function reversalsOf(db: Queryable, rows: readonly AttemptRow[]) {
  const back = new Map<string, Reversed[]>();
  for (const some of chunks(rows.map(({ id }) => id))) {
    const found = await db
      .select({
        paymentId: attempts.id,
        id: transfers.id,
        at: transfers.createdAt,
        isRest: isOfRest,
        amount: takenBackSum,
        answersFor: linesOfTransfer,
      })
      .from(attempts)
      .innerJoin(transfers, isReversal)
      .where(inArray(attempts.id, some));
    for (const { paymentId, ...one } of found) back.set(paymentId, [...(back.get(paymentId) ?? []), one]);
  }
  return back;
}

type Found = Awaited<ReturnType<typeof attemptsOf>>[number];

/** Adds the receipts of the charges that refunds give back. */
async function originals<T extends { readonly row: AttemptRow }>(
  found: ReadonlyMap<string, T>,
  select: (condition: SQL | undefined) => Promise<T[]>,
) {
  const wanted = unique([...found.values()].map(({ row }) => row.refundOf)).filter((id) => !found.has(id));
  const charges = new Map([...found].map(([id, { row }]) => [id, receiptOf(row)]));
  for (const some of chunks(wanted))
    for (const { row } of await select(inArray(attempts.id, some))) charges.set(row.id, receiptOf(row));
  return [...found.values()].map((one) => ({ ...one, original: charges.get(one.row.refundOf ?? '') ?? null }));
}

const receiptOf = ({ providerReference }: AttemptRow) =>
  providerReference === null ? null : normalReceipt(providerReference);

/**
 * The movement of an attempt, and those that took it back. What came by itself is spoken for by its inbound
 * payment, and given back to suspense it has not left us. A charge has no receipt of its own where a payment by itself has
 * it: somebody mistook the one for the other.
 */
function movementsOf(
  { row, reference, payer, original, reversals }: Found,
  byThemselves: ReadonlySet<string>,
  now: Date,
): BookMovement[] {
  const isInbound = row.kind === 'inbound';
  const written = receiptOf(row);
  const isMistaken = !isInbound && row.refundOf === null && written !== null && byThemselves.has(written);
  const receipt = isMistaken ? null : written;
  const settledAt = settledOnTheWall(row, now);
  const movement: BookMovement = {
    id: row.id,
    paymentId: row.id,
    leaseId: row.leaseId,
    direction: row.refundOf === null ? 'in' : 'out',
    receipt,
    originalReceipt: original,
    payer,
    account: reference,
    amount: row.settledAmount ?? row.amount,
    askedAt: row.createdAt.getTime(),
    settledAt,
    state: stateOf(row, settledAt, now),
    isUnanswered: row.status === 'unknown' && row.refundOf === null && row.providerRequestId === null,
  };
  // What was taken over from a lease is spoken for by its give-back.
  const isTakenOver = row.kind === 'refund' && row.status === 'reversed';
  if (isTakenOver) return [];
  const own = isInbound ? [] : [movement];
  if (receipt === null) return own;
  const left = reversals.filter(({ isRest }) => !(isRest && isInbound && row.source !== null));
  const back = left.map(({ id, at, isRest, amount, answersFor }): BookMovement => ({
    ...movement,
    id: isRest ? `${row.id}:reversal` : `${row.id}:reversal:${id}`,
    direction: 'out',
    receipt: null,
    originalReceipt: receipt,
    payer: null,
    amount: amount === null ? movement.amount : Number(amount),
    askedAt: at.getTime(),
    settledAt: at.getTime(),
    transferId: id,
    answersFor,
    isRest,
    state: 'booked',
    isTakenBack: true,
  }));
  return [...own, ...back];
}

function stateOf(row: AttemptRow, settledAt: number | null, now: Date): Movement['state'] {
  if (row.status === 'reversed') return 'undone';
  if (row.status !== 'succeeded') return 'open';
  const isOnItsWay = settledAt !== null && now.getTime() - settledAt < POSTING_MS;
  return row.transferId !== null || isOnItsWay ? 'booked' : 'settled';
}

/** `settledAt` is on the lease's clock, which was as far ahead of the wall as when the payment was asked for. */
function settledOnTheWall({ settledAt, requestedAt, createdAt }: AttemptRow, now: Date) {
  if (settledAt === null) return null;
  const onTheWall = settledAt.getTime() - (requestedAt.getTime() - createdAt.getTime());
  return Math.min(Math.max(onTheWall, createdAt.getTime()), now.getTime());
}

function unique(values: readonly (string | null)[]): string[] {
  return [...new Set(values.filter((value) => value !== null))];
}

function chunks(values: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(values.length / CHUNK) }, (_, i) => values.slice(i * CHUNK, (i + 1) * CHUNK));
}
