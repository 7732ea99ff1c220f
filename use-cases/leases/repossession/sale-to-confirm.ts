import { and, desc, eq, inArray } from 'drizzle-orm';
import { audit, repossessions } from '#db/schema/index';
import { deciding } from '#domain/audit';
import { money } from '#domain/money';
import { needsAdmin } from '#domain/needs-admin';
import { openCase } from '../../cases/open-case.ts';
import type { Context } from '../../context.ts';
import type { LeaseRow } from '../lease-record.ts';
import type { RepossessionRow } from './repossession-record.ts';

/** Who has said last what a sale brought, who has the vehicle, and whether another person has said the same before. */
export async function saidOfSale({ tx }: Context, leaseId: string) {
  const isSaid = inArray(audit.type, ['lease.vehicle_sold', 'lease.sale_confirmed']);
  const [last] = await tx
    .select({ type: audit.type, actor: audit.actor, detail: audit.detail })
    .from(audit)
    .where(and(eq(audit.leaseId, leaseId), isSaid))
    .orderBy(desc(audit.number))
    .limit(1);
  if (last === undefined) return { by: null, buyer: 'buyer' as const, isConfirmed: false };
  const { buyer, isCorrected } = deciding['lease.sale_confirmed'].parse(last.detail);
  return { by: last.actor.id, buyer, isConfirmed: last.type === 'lease.sale_confirmed' && !isCorrected };
}

/** A sale that has left much for its customer, or has brought nothing, needs a second admin: it is a case until he confirms it. */
export async function askToConfirm(context: Context, { id: leaseId, currency }: LeaseRow): Promise<void> {
  const [sold] = await context.tx.select().from(repossessions).where(eq(repossessions.leaseId, leaseId));
  if (sold === undefined) return;
  const { proceeds, surplus } = sold;
  if (proceeds !== 0 && !needsAdmin({ amount: surplus ?? 0, currency })) return;
  const { by: saidBy, isConfirmed } = await saidOfSale(context, leaseId);
  if (isConfirmed) return;
  const detail = { proceeds: money(proceeds ?? 0, currency), surplus: money(surplus ?? 0, currency), saidBy };
  await openCase(context, { kind: 'sale_to_confirm', leaseId, paymentId: null, detail });
}

/** A sale has brought another sum than was said before, or has paid less than it seemed: more or less is left of it. */
export async function noteProceeds(
  { tx }: Context,
  { leaseId, proceeds: before, shortfall, surplus }: RepossessionRow,
  { proceeds = before ?? 0, more }: { readonly proceeds?: number; readonly more: number },
): Promise<void> {
  const short = (shortfall ?? 0) - (surplus ?? 0) - more;
  const sums = { proceeds, shortfall: Math.max(0, short), surplus: Math.max(0, -short) };
  await tx.update(repossessions).set(sums).where(eq(repossessions.leaseId, leaseId));
}
