import { and, eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import { attempts, cases } from '#db/schema/index';
import type { Transaction } from '#db/client';
import { dueFor, partOf } from '#domain/leases/due';
import { keys } from '#domain/ledger/keys';
import { accounts, receipt, type AllocationPart } from '#domain/ledger/ledger';
import { formatMoney, money } from '#domain/money';
import { closeCasesOf } from '../../cases/close-case.ts';
import { openCase } from '../../cases/open-case.ts';
import { recordOnLease, type Context } from '../../context.ts';
import type { LeaseRow } from '../../leases/lease-record.ts';
import { tellFormerCustomer } from '../../leases/tell-of-account.ts';
import { postOnLease } from '../../ledger/post-transfer.ts';
import { valueOnOf, type AttemptRow } from '../attempt-record.ts';
import { standsInFor } from '../former-owing.ts';
import { roundClaim } from '../round-claim.ts';

/** What a payment of whoever had the lease before lost, and which transfer took it. */
interface Lost {
  /** Who owes it. */
  readonly customerId: string;
  /** That tells it from what else is taken of the payment. */
  readonly name: string;
  readonly transferId: string;
  readonly claimed: readonly AllocationPart[];
  readonly isPart: boolean;
  /** Among those who owe something of what the transfer took, from 1 on. */
  readonly place: number;
}

/**
 * What whoever had the lease before lost of a payment he owes, by a case; what it had paid stays paid, as of the same day, by a payment
 * that stands in for it. Call it with the lease and the payment locked, once the payment is taken out of the books.
 */
export async function claimFromFormer(
  context: Context,
  row: LeaseRow,
  attempt: AttemptRow,
  { customerId, name, transferId, claimed, isPart, place }: Lost,
): Promise<void> {
  const amount = claimed.reduce((sum, part) => sum + part.amount, 0);
  if (amount === 0) return;
  const { requestedAt, createdAt, leaseId, currency } = attempt;
  const id = uuidv7();
  const valueOn = valueOnOf(attempt);
  const said = money(amount, currency);
  const source = accounts.former(leaseId);
  const bookedBy = await postOnLease(context, row, {
    key: keys.payment(id),
    kind: 'receipt',
    valueOn,
    description: `${formatMoney(said)} that was taken back: who had the lease before owes it`,
    cause: { paymentId: id, takenBackOf: attempt.id },
    entries: receipt(leaseId, source, claimed, 'running'),
  });
  await context.tx.insert(attempts).values({
    id,
    leaseId,
    kind: 'instalment',
    due: partOf(dueFor('former', transferId), place),
    provider: 'former',
    payerMasked: 'former customer',
    amount,
    currency,
    status: 'succeeded',
    sent: true,
    allocation: [...claimed],
    transferId: bookedBy,
    source,
    valueOn,
    requestedAt,
    createdAt,
    settledAt: context.at,
    bookedAt: new Date(),
  });
  const told = { paymentId: id, takenBackOf: attempt.id, amount: said };
  await recordOnLease(context, row, {
    key: `payment.claimed:${id}`,
    type: 'payment.claimed',
    subject: id,
    detail: told,
  });
  if ((await roundClaim(context, row, { standsIn: id, left: amount })) === 0) return;
  const about = isPart || place > 1 ? { about: partOf(name, place) } : {};
  const detail = { amount: said, customerId, standsIn: id };
  await openCase(context, { kind: 'former_chargeback', leaseId, paymentId: attempt.id, ...about, detail });
  await tellFormerCustomer(context, row, { key: `${id}:claimed`, customerId, change: 'claimed', amount });
}

/** The payments that stand in for what these transfers took back. */
export function standingIn(tx: Transaction, leaseId: string, transferIds: readonly string[]): Promise<AttemptRow[]> {
  const isOne = and(eq(attempts.leaseId, leaseId), standsInFor(transferIds), eq(attempts.status, 'succeeded'));
  return tx.select().from(attempts).where(isOne).for('update');
}

/** What took it back was a slip, or is at its provider again: nobody owes it. */
export async function closeClaim(context: Context, standIn: AttemptRow): Promise<void> {
  const isAboutIt = and(
    and(eq(cases.leaseId, standIn.leaseId), eq(cases.kind, 'former_chargeback')),
    eq(sql`${cases.detail} ->> 'standsIn'`, standIn.id),
  );
  const { id, leaseId, currency } = standIn;
  for (const { detail } of await closeCasesOf(context, isAboutIt, 'it is booked again')) {
    const { customerId } = claimedOfHim.parse(detail);
    const ended = { key: `${id}:claim-ended`, customerId, change: 'claim_ended', amount: standIn.amount } as const;
    await tellFormerCustomer(context, { id: leaseId, currency }, ended);
  }
}

/** What its case says. */
const claimedOfHim = z.object({ customerId: z.string() });
