import { and, asc, desc, eq, inArray, isNotNull, ne, not, or, sql } from 'drizzle-orm';
import { moneyInDoubt } from '#db/queries/doubts';
import { outer } from '#db/queries/outer';
import { scheduleOf } from '#db/queries/leases';
import { accounts as accountRows, attempts, entries, pauses, transfers } from '#db/schema/index';
import { localDate, type LocalDate } from '#domain/calendar';
import { daysOf } from '#domain/leases/pause';
import { isRunning } from '#domain/leases/status';
import {
  takeFeesBack,
  unfoundedFees,
  waivedByFee,
  type ChargedFee,
  type CreditedDays,
  type DatedMoney,
  type FeeEntry,
} from '#domain/leases/value-date';
import { lateFeeLine } from '#domain/ledger/keys';
import type { Allocation } from '#domain/leases/allocation';
import { accounts, type AllocationPart } from '#domain/ledger/ledger';
import { sumOf } from '#domain/leases/lease-credit';
import type { Context } from '../context.ts';
import { amountOf, leftOf } from './credit-shares.ts';
import { businessDate, positionAt, leastAskedOf, type LeaseRecord } from './lease-record.ts';
import { noClaims } from './open-claims.ts';
import { takeFeesOff } from './take-fees-off.ts';

/** Money that is about to be posted, by the day on which it was paid. Minor units. */
interface Late {
  readonly paymentId: string;
  readonly valueOn: LocalDate;
  readonly amount: number;
  /** What of the payment stays as it was booked, where only a part of it is booked again. */
  readonly kept?: readonly AllocationPart[];
}

interface FeesUndone {
  readonly before: LeaseRecord;
  /** What was paid of the fees goes to the next open lines; null where nothing was. */
  readonly freed: Allocation | null;
  /** What is due of fees that were charged after the money was paid: it fills lines before them. Minor units. */
  readonly laterFees: number;
  /** `kept` of the money: what it paid of a fee that is undone pays something else. */
  readonly kept?: readonly AllocationPart[];
}

/**
 * Before money is posted that was paid on an earlier day: every late fee whose line it shows to have been paid
 * in time is undone by a counter-entry, also when it was paid already. Call it with the lease locked; the caller
 * writes what is freed into the schedule.
 */
export async function undoLateFees(context: Context, before: LeaseRecord, late: Late): Promise<FeesUndone> {
  const { row } = before;
  if (row.feesCharged === 0 || !mayBeUndone(row)) return { before, freed: null, laterFees: 0 };
  const charged = await lateFeesOf(context, before, 'standing');
  const payments = [...keptOf(late), ...(await paymentsOf(context, row.id))];
  const received = [
    ...payments.map(forLines),
    ...(await givenBackOf(context, row.id)),
    { on: late.valueOn, amount: late.amount - Math.min(late.amount, positionAt(before, context.at).depositDue) },
  ];
  const { graceDays } = row.plan;
  const moves = await feeMovesOf(context, row.id);
  const unfounded = unfoundedFees(charged, {
    received,
    waived: waivedOf(moves),
    graceDays,
    leastAsked: leastAskedOf(row),
    credited: await creditedDays(context, row),
  });
  const taken = takeFeesBack(unfounded, row, waivedByFee(moves));
  const stay = charged.filter((fee) => !unfounded.includes(fee) && fee.on > late.valueOn);
  const due = row.feesCharged - row.feesPaid - row.feesWaived - (taken.amount - taken.paid);
  const laterFees = Math.min(
    due,
    stay.reduce((sum, { amount }) => sum + amount, 0),
  );
  if (taken.amount === 0) return { before, freed: null, laterFees };

  const { after, freed, instead } = await takeFeesOff(context, before, {
    taken,
    payments,
    cause: { paymentId: late.paymentId, valueOn: late.valueOn },
  });
  const kept = instead.get(late.paymentId) ?? late.kept;
  return { before: after, freed, laterFees, ...(kept && { kept }) };
}

/** It was received on the same day, and is in no transfer until the rest is booked with it. */
function keptOf({ paymentId: id, valueOn, kept = [] }: Late): Payment[] {
  const amount = kept.reduce((sum, part) => sum + part.amount, 0);
  return amount === 0 ? [] : [{ id, amount, allocation: [...kept], valueOn }];
}

/** What an owner has paid of a fee that he did not owe is his; what was written off is given up with its fees. */
const mayBeUndone = ({ status }: LeaseRecord['row']) =>
  isRunning(status) || status === 'completed' || status === 'settled_early';

/** A late fee, and the version of the schedule by which it was charged. */
export type FeeOfVersion = ChargedFee & { readonly version: number };

/** Late fees that stand, or that were undone, each with its line as it was in the schedule by which it was charged. */
export async function lateFeesOf(
  { tx }: Context,
  record: LeaseRecord,
  which: 'standing' | 'undone',
): Promise<FeeOfVersion[]> {
  const isUndone = sql`exists (select from ledger.transfers undone where undone.reverses = ${outer(transfers.id)})`;
  const fees = await tx
    .select({
      id: transfers.id,
      on: transfers.valueOn,
      chargedOn: transfers.businessDate,
      version: sql<number>`split_part(${transfers.key}, ':', ${lateFeeLine.version}::int)::int`,
      instalment: sql<number>`split_part(${transfers.key}, ':', ${lateFeeLine.instalment}::int)::int`,
      amount: sql<number>`sum(${entries.amount})::float8`,
    })
    .from(transfers)
    .innerJoin(entries, eq(entries.transferId, transfers.id))
    .where(
      and(
        eq(transfers.leaseId, record.row.id),
        eq(transfers.kind, 'late_fee'),
        sql`${entries.amount} > 0`,
        which === 'undone' ? isUndone : not(isUndone),
      ),
    )
    .groupBy(transfers.id)
    .orderBy(transfers.number);
  return ofTheirLines(
    { tx },
    record,
    fees.map((fee) => ({ ...fee, on: localDate(fee.on), chargedOn: localDate(fee.chargedOn) })),
  );
}

/** Late fees with their lines as they were in the schedule by which they were charged. */
export async function ofTheirLines(
  { tx }: Pick<Context, 'tx'>,
  { row, lines }: LeaseRecord,
  fees: readonly Omit<FeeOfVersion, 'dueOn' | 'upTo'>[],
): Promise<FeeOfVersion[]> {
  const versions = new Map([[row.scheduleVersion, lines]]);
  for (const version of new Set(fees.map((fee) => fee.version)))
    if (!versions.has(version)) versions.set(version, await scheduleOf(tx, row.id, version));
  return fees.flatMap((fee) => {
    const upTo = (versions.get(fee.version) ?? []).filter(({ number }) => number <= fee.instalment);
    const line = upTo.find(({ number }) => number === fee.instalment);
    if (line === undefined) return [];
    const owed = upTo.reduce((sum, { amount, waived }) => sum + amount - waived, 0);
    return [{ ...fee, dueOn: line.dueOn, upTo: owed }];
  });
}

/** What was received and stands, newest first by its day. */
export async function paymentsOf({ tx }: Context, leaseId: string) {
  const rows = await tx
    .select()
    .from(attempts)
    .where(
      and(
        eq(attempts.leaseId, leaseId),
        eq(attempts.status, 'succeeded'),
        ne(attempts.kind, 'refund'),
        isNotNull(attempts.transferId),
      ),
    )
    .orderBy(desc(attempts.valueOn), desc(attempts.createdAt));
  return rows.flatMap((payment) => {
    const { id, allocation, valueOn } = payment;
    return valueOn === null ? [] : [{ id, amount: leftOf(payment), allocation, valueOn: localDate(valueOn) }];
  });
}

type Payment = Awaited<ReturnType<typeof paymentsOf>>[number];

/** What of a payment was for lines or fees: nothing of the deposit, of a dispute, or what the house kept for its rounding. */
const forLines = ({ valueOn, amount, allocation }: Payment): DatedMoney => ({
  on: valueOn,
  amount: amount - sumOf(allocation, 'deposit') - sumOf(allocation, 'disputed') - sumOf(allocation, 'rounding'),
});

/** What was given back of credit, as money that is less from its day on; what went beyond the credit is in dispute instead. */
async function givenBackOf({ tx }: Context, leaseId: string): Promise<DatedMoney[]> {
  const isGiven = and(eq(attempts.leaseId, leaseId), eq(attempts.kind, 'refund'), isNotNull(attempts.transferId));
  const rows = await tx
    .select()
    .from(attempts)
    .where(and(isGiven, eq(attempts.status, 'succeeded')));
  return rows.flatMap((refund) =>
    refund.valueOn === null
      ? []
      : [{ on: localDate(refund.valueOn), amount: -amountOf(refund) - sumOf(refund.allocation, 'disputed') }],
  );
}

/**
 * By what late fees are judged when nothing is about to be posted: money in doubt may have come on its day, and owes
 * nobody a fee before it is known that it has not.
 *
 * @param claims cash that counts from when it was booked
 */
export async function feeHistoryOf(context: Context, row: LeaseRecord['row'], claims = noClaims) {
  const { id, plan } = row;
  const payments = await paymentsOf(context, id);
  const known = payments.map((one) => ({ ...forLines(one), on: claims.get(one.id) ?? one.valueOn }));
  const given = await givenBackOf(context, id);
  const received = [...known, ...given, ...((await moneyInDoubt(context.tx, [row])).get(id) ?? [])];
  const waived = waivedOf(await feeMovesOf(context, id));
  const credited = await creditedDays(context, row);
  return { received, waived, graceDays: plan.graceDays, leastAsked: leastAskedOf(row), credited };
}

/** Days that were given for our own workshop, since when they were owed is known. */
async function creditedDays({ tx, at }: Context, row: LeaseRecord['row']): Promise<CreditedDays> {
  const isOwed = and(eq(pauses.leaseId, row.id), isNotNull(pauses.owedSince));
  const given = await tx.select().from(pauses).where(isOwed);
  const each = given.flatMap(({ owedSince, ...one }) =>
    owedSince === null ? [] : [{ since: localDate(owedSince), given: localDate(one.from), days: daysOf(one) }],
  );
  return { today: businessDate(row, at), each };
}

type DatedMove = FeeEntry & { readonly on: LocalDate };

/** What moved the fees of a lease in its books, in order; one that was paid is undone without an entry of it. */
export async function feeMovesOf({ tx }: Context, leaseId: string): Promise<DatedMove[]> {
  const { id, kind, reverses, valueOn } = transfers;
  const rows = await tx
    .select({ id, kind, reverses, on: valueOn, amount: sql<number>`coalesce(${entries.amount}, 0)::float8` })
    .from(transfers)
    .leftJoin(
      entries,
      and(
        eq(entries.transferId, id),
        inArray(
          entries.accountId,
          tx
            .select({ id: accountRows.id })
            .from(accountRows)
            .where(eq(accountRows.name, accounts.unearned('fee'))),
        ),
      ),
    )
    .where(and(eq(transfers.leaseId, leaseId), or(isNotNull(entries.amount), eq(kind, 'late_fee_undone'))))
    .orderBy(asc(transfers.number));
  return rows.map((row) => ({ ...row, on: localDate(row.on) }));
}

/** What was forgiven of fees, by people or since nobody can pay less than a unit. */
const waivedOf = (moves: readonly DatedMove[]): DatedMoney[] =>
  moves.filter(({ kind }) => kind === 'fee_waiver' || kind === 'rounding');
