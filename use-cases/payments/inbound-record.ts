import { and, eq } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { payableLeases } from '#db/queries/kept-vehicles';
import type { LeaseRow } from '#db/queries/leases';
import { leaseOfPayer, type InboundRow } from '#db/queries/suspense';
import { inbound, leases } from '#db/schema/index';
import type { ReceivedMoney } from '#domain/leases/orders';
import { money } from '#domain/money';
import { normalReference } from '#domain/payments/suggestions';
import { emit, type Context } from '../context.ts';

export async function findInbound(db: Queryable, inboundId: string): Promise<InboundRow> {
  const [row] = await db.select().from(inbound).where(eq(inbound.id, inboundId));
  if (row === undefined) throw new Error(`there is no inbound payment ${inboundId}`);
  return row;
}

/**
 * The lease that a confirmed payment names, in its currency, and taking payments or with money in dispute; where nothing was typed, the
 * only one of the payer's phone: see `leaseOfPayer`. Null where there is none.
 */
export async function leaseForInbound(
  { db }: { readonly db: Queryable },
  { inboundId }: { readonly inboundId: string },
): Promise<string | null> {
  const row = await findInbound(db, inboundId);
  const reference = normalReference(row.account);
  if (reference === '') return leaseOfPayer(db, row);
  const lease = await leaseNamedBy(db, row);
  return lease !== undefined && (await payableLeases(db, [lease])).has(lease.id) ? lease.id : null;
}

/** The lease whose reference was typed, in its currency, whatever has become of it. */
export async function leaseNamedBy(db: Queryable, { account, currency }: InboundRow): Promise<LeaseRow | undefined> {
  const isNamed = and(eq(leases.reference, normalReference(account)), eq(leases.currency, currency));
  const [lease] = await db.select().from(leases).where(isNamed);
  return lease;
}

/** The payment that it becomes when a lease gets it; `fromSuspense` when it waited there. */
export function receivedFrom(row: InboundRow, paymentId: string): ReceivedMoney {
  const { id: inboundId, amount, provider, receipt, payerMasked } = row;
  const fromSuspense = row.suspenseTransferId !== null;
  return { paymentId, inboundId, amount, kind: 'inbound', provider, receipt, payerMasked, fromSuspense };
}

/** The customer of the lease whose reference was typed hears what becomes of the money. */
export function tellOfNamed(
  context: Context,
  type: 'payment.held' | 'payment.sent_back',
  { id: leaseId, customerId, status }: LeaseRow,
  { id: inboundId, amount, currency }: InboundRow,
): Promise<void> {
  const data = { leaseId, customerId, inboundId, amount: money(amount, currency), status };
  return emit(context, { type, subject: leaseId, leaseId, data });
}
