import { and, eq, inArray, isNotNull, isNull, or, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { goesBack } from '#db/queries/payment-states';
import { attempts, audit } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { keys } from '#domain/ledger/keys';
import { formatMoney, money } from '#domain/money';
import { needsAdmin } from '#domain/needs-admin';
import type { Context } from '../../context.ts';
import type { LeaseRow } from '../../leases/lease-record.ts';

/** Who of the staff made credit of what a customer had paid, when he ended the lease or took costs of it back: ids. */
export async function freedBy({ tx }: Pick<Context, 'tx'>, leaseId: string): Promise<readonly string[]> {
  const made = [keys.insuredSurplus(leaseId), keys.returnedAhead(leaseId), keys.unusedAhead(leaseId)];
  const isOfCosts = and(eq(audit.leaseId, leaseId), eq(audit.type, 'lease.costs_taken_back'));
  const freed = await tx
    .select({ actor: audit.actor })
    .from(audit)
    .where(or(inArray(audit.key, made), isOfCosts));
  return freed.flatMap(({ actor: { role, id } }) => (isStaff(role) ? [id] : []));
}

/**
 * Where staff have made credit, by ending the lease or by taking costs back, an admin alone pays out more by hand, in cash or
 * to another number, than an agent gives back from suspense. Call it with the lease locked.
 *
 * @param amount that is about to be paid out; minor units
 * @throws Problem forbidden
 */
export async function refuseMuchFreed(context: Context, row: LeaseRow, amount: number): Promise<void> {
  if (context.actor.role === 'admin' || (await freedBy(context, row.id)).length === 0) return;
  const source = alias(attempts, 'source');
  const goesElsewhere = sql`${attempts.paymentMethodId} is distinct from ${source.paymentMethodId}`;
  const isByHand = or(isNull(attempts.refundOf), and(isNotNull(attempts.paymentMethodId), goesElsewhere));
  const isGiven = and(goesBack, isByHand);
  const given = await context.tx
    .select({ amount: attempts.amount })
    .from(attempts)
    .leftJoin(source, eq(source.id, attempts.refundOf))
    .where(and(eq(attempts.leaseId, row.id), isGiven));
  const sum = given.reduce((total, one) => total + one.amount, amount);
  const { currency } = row;
  if (needsAdmin({ amount: sum, currency }))
    throw new Problem(
      'forbidden',
      `${formatMoney(money(sum, currency))} became credit when the lease was ended, or costs were taken back: an admin pays it out`,
    );
}
