import { and, eq, gt, inArray, lt, sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Transaction } from '#db/client';
import { accounts as accountRows, attempts, cases, entries, transfers } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { accounts } from '#domain/ledger/ledger';
import type { Context } from '../context.ts';
import { leftOf } from '../leases/credit-shares.ts';
import type { LeaseRow } from '../leases/lease-record.ts';
import type { AttemptRow } from './attempt-record.ts';

const PAID = ['former_paid', 'former_paid_undone'] as const;
/** Cents that were forgiven of a claim, and that are owed again. */
export const ROUNDED = ['former_rounded', 'former_unrounded'] as const;

export const isOfThese = (standIns: readonly string[]) =>
  inArray(sql`${transfers.cause} ->> 'standsIn'`, [...standIns]);

/** What was paid of the claims that these payments stand in for, minor units. */
export const paidOfClaims = (tx: Transaction, leaseId: string, standIns: readonly string[]): Promise<number> =>
  standIns.length === 0 ? Promise.resolve(0) : takenOff(tx, leaseId, PAID, isOfThese(standIns));

/** What was forgiven of a claim, less than can be paid, minor units. */
export const claimRounded = (tx: Transaction, leaseId: string, standsIn: string): Promise<number> =>
  takenOff(tx, leaseId, ROUNDED, isOfThese([standsIn]));

/** What one transfer has paid of a claim, minor units. */
export const paidBy = (tx: Transaction, leaseId: string, transferId: string): Promise<number> =>
  takenOff(tx, leaseId, PAID, eq(transfers.id, transferId));

async function takenOff(
  tx: Transaction,
  leaseId: string,
  kinds: readonly string[],
  which: SQL | undefined,
): Promise<number> {
  const [found] = await tx
    .select({ amount: sql<string>`coalesce(-sum(${entries.amount}), 0)` })
    .from(transfers)
    .innerJoin(entries, eq(entries.transferId, transfers.id))
    .innerJoin(accountRows, and(eq(accountRows.id, entries.accountId), eq(accountRows.name, accounts.former(leaseId))))
    .where(and(eq(transfers.leaseId, leaseId), inArray(transfers.kind, [...kinds]), which));
  return Number(found?.amount ?? 0);
}

/** Of these payments those that stand in for claims of which somebody has taken cash. */
export async function claimsTakenBy(
  { tx }: Pick<Context, 'tx'>,
  agentId: string,
  standIns: readonly string[],
): Promise<{ readonly id: string | null }[]> {
  if (standIns.length === 0) return [];
  const isHis = and(eq(transfers.kind, 'former_paid'), eq(sql`${transfers.cause} ->> 'agentId'`, agentId));
  const isIts = inArray(
    transfers.leaseId,
    tx
      .select({ id: attempts.leaseId })
      .from(attempts)
      .where(inArray(attempts.id, [...standIns])),
  );
  return tx
    .select({ id: sql<string | null>`${transfers.cause} ->> 'standsIn'` })
    .from(transfers)
    .where(and(isIts, isHis, isOfThese(standIns)));
}

/** What a case of a claim says. */
const claimed = z.object({ customerId: z.string(), standsIn: z.string() });

/** Who owes what a case tells of, and what is left of it: nothing once it is booked again. @throws Problem unprocessable for another case */
export async function claimOf(tx: Transaction, { id: leaseId }: LeaseRow, caseId: string) {
  const isIt = and(eq(cases.id, caseId), eq(cases.leaseId, leaseId), eq(cases.kind, 'former_chargeback'));
  const [found] = await tx.select({ detail: cases.detail }).from(cases).where(isIt);
  if (found === undefined)
    throw new Problem('unprocessable', 'There is no such claim', [
      { path: 'caseId', message: 'must be the id of a case former_chargeback of the lease' },
    ]);
  const { customerId, standsIn } = claimed.parse(found.detail);
  return { customerId, standsIn, ...(await leftOfClaim(tx, leaseId, standsIn)) };
}

/** What is left of the claim that a payment stands in for: nothing where that is booked no more, or the rest was given up. */
export async function leftOfClaim(tx: Transaction, leaseId: string, standsIn: string) {
  const isStanding = and(eq(attempts.id, standsIn), eq(attempts.status, 'succeeded'));
  const [standing] = await tx.select().from(attempts).where(isStanding);
  if (standing === undefined) return { left: 0, isGivenUp: false };
  const isGivenUp = await wasGivenUp(tx, standing);
  const off = isGivenUp ? leftOf(standing) : await takenOff(tx, leaseId, [...PAID, ...ROUNDED], isOfThese([standsIn]));
  return { left: leftOf(standing) - off, isGivenUp };
}

/** Whether something of a claim was left when what those before owed of its lease was given up. */
async function wasGivenUp(tx: Transaction, standing: AttemptRow): Promise<boolean> {
  const { id, leaseId, transferId } = standing;
  const claimedBy = tx
    .select({ number: transfers.number })
    .from(transfers)
    .where(eq(transfers.id, transferId ?? id));
  const isSuch = and(eq(transfers.leaseId, leaseId), eq(transfers.kind, 'former_given_up'));
  const givenUp = await tx
    .select({ number: transfers.number })
    .from(transfers)
    .where(and(isSuch, gt(transfers.number, claimedBy)));
  for (const { number } of givenUp) {
    const until = and(isOfThese([id]), lt(transfers.number, number));
    if ((await takenOff(tx, leaseId, [...PAID, ...ROUNDED], until)) < leftOf(standing)) return true;
  }
  return false;
}
