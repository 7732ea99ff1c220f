import { and, eq } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { payableLeases } from '#db/queries/kept-vehicles';
import { findLease, leaseClock, type LeaseRow } from '#db/queries/leases';
import { leaseOfPayer, type InboundRow } from '#db/queries/suspense';
import { inbound, leases } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { system } from '#domain/identity/roles';
import type { ReceivedMoney } from '#domain/leases/orders';
import { isApplication, takesPayments } from '#domain/leases/status';
import { money } from '#domain/money';
import { normalReference } from '#domain/payments/suggestions';
import { emit, transact, type Context } from '../../context.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { advanceAsPaid } from '../../leases/advance-lease.ts';
import { receiveMoney } from '../receive-money.ts';
import { findInbound } from './confirm-inbound.ts';
import { suspendItem } from '../suspense/suspend-item.ts';

const actor = system('inbound');

/**
 * The lease that a confirmed payment names, in its currency, and taking payments or with money in dispute; where nothing was typed, the
 * only one of the payer's phone: see `leaseOfPayer`. Null where there is none.
 */
export async function leaseForInbound(
  { db }: Pick<PaymentDependencies, 'db'>,
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

/**
 * Books a confirmed payment to its lease. What is in suspense already is for an agent.
 *
 * @returns false when the lease takes no payments (any more): the money belongs into suspense.
 */
export async function giveToLease(
  deps: Pick<PaymentDependencies, 'db' | 'config'>,
  { inboundId, leaseId }: { inboundId: string; leaseId: string },
): Promise<boolean> {
  const row = await findInbound(deps.db, inboundId);
  if (row.status !== 'announced') return row.status === 'posted';
  const lease = await findLease(deps.db, leaseId);
  if (lease === undefined) return false;
  try {
    const received = receivedFrom(row, inboundId);
    await transact(deps.db, actor, leaseClock(lease), async (context) =>
      advanceAsPaid(context, leaseId, await receiveMoney(context, deps.config, { leaseId, money: received })),
    );
    return true;
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}

/** The payment that it becomes when a lease gets it; `fromSuspense` when it waited there. */
export function receivedFrom(row: InboundRow, paymentId: string): ReceivedMoney {
  const { id: inboundId, amount, provider, receipt, payerMasked } = row;
  const fromSuspense = row.suspenseTransferId !== null;
  return { paymentId, inboundId, amount, kind: 'inbound', provider, receipt, payerMasked, fromSuspense };
}

/**
 * Money for nobody known yet: posted to suspense, where an agent finds it. What names an application that takes no money before
 * it is signed is held for it there, and its customer hears of that. Repeated, it changes nothing.
 */
export async function putIntoSuspense(
  deps: Pick<PaymentDependencies, 'db'>,
  { inboundId, at }: { inboundId: string; at: Date },
): Promise<void> {
  await transact(deps.db, actor, at, async (context) => {
    const [row] = await context.tx.select().from(inbound).where(eq(inbound.id, inboundId)).for('update');
    if (row === undefined || row.status !== 'announced') return;
    await suspendItem(context, row, inboundId);
    const lease = await leaseNamedBy(context.tx, row);
    if (lease !== undefined && isApplication(lease.status) && !takesPayments(lease.status))
      await tellOfNamed(context, 'payment.held', lease, row);
  });
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
