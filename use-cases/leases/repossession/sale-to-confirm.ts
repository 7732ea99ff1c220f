import { eq } from 'drizzle-orm';
import { repossessions } from '#db/schema/index';
import { money } from '#domain/money';
import { needsAdmin } from '#domain/needs-admin';
import { openCase } from '../../cases/open-case.ts';
import type { Context } from '../../context.ts';
import type { LeaseRow } from '../lease-record.ts';
import type { RepossessionRow } from './repossession-record.ts';

/**
 * What a sale has left for its customer above the house's rule, or that it has brought nothing, is one admin's word: it is a case
 * until another one has confirmed it.
 */
export async function confirmMuch(context: Context, { id: leaseId, currency }: LeaseRow): Promise<void> {
  const [sold] = await context.tx.select().from(repossessions).where(eq(repossessions.leaseId, leaseId));
  if (sold === undefined) return;
  const { proceeds, surplus } = sold;
  if (proceeds !== 0 && !needsAdmin({ amount: surplus ?? 0, currency })) return;
  const detail = {
    proceeds: money(proceeds ?? 0, currency),
    surplus: money(surplus ?? 0, currency),
    saidBy: context.actor.id,
  };
  await openCase(context, { kind: 'sale_to_confirm', leaseId, paymentId: null, detail });
}

/** A sale has brought another sum than was said before: more or less is left of it. */
export async function noteProceeds(
  { tx }: Context,
  { leaseId, proceeds: before, shortfall, surplus }: RepossessionRow,
  proceeds: number,
): Promise<void> {
  const short = (shortfall ?? 0) - (surplus ?? 0) - (proceeds - (before ?? 0));
  const sums = { proceeds, shortfall: Math.max(0, short), surplus: Math.max(0, -short) };
  await tx.update(repossessions).set(sums).where(eq(repossessions.leaseId, leaseId));
}
