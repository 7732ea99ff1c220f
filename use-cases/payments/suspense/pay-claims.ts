import { and, asc, eq, sql } from 'drizzle-orm';
import { leaseClock, type LeaseRow } from '#db/queries/leases';
import { itemSaidGone } from '#db/queries/said-gone';
import { isUnseenGiveBack } from '#db/queries/payment-states';
import { isFromPhoneOf, type InboundRow } from '#db/queries/suspense';
import { cases, giveBacks, inbound, transfers } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { keys } from '#domain/ledger/keys';
import { accounts, formerClaimPaid } from '#domain/ledger/ledger';
import { formatMoney, money } from '#domain/money';
import { record, transact, type Context } from '../../context.ts';
import { lockLease } from '../../leases/lease-record.ts';
import { tellFormerCustomer } from '../../leases/tell-of-account.ts';
import { postOnLease } from '../../ledger/post-transfer.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { claimOf } from '../claim-left.ts';
import { roundClaim, tellLeft } from '../round-claim.ts';

/**
 * What waits in suspense and names a lease that is over, and owes nothing, pays what those owe who had it before, the oldest claim
 * first; what is more waits on. What its customer of now has paid is not for another's debt. It is no payment of the lease. Repeated,
 * it changes nothing.
 *
 * @returns whether something of it waits still
 */
export async function payClaims(
  { db }: Pick<PaymentDependencies, 'db'>,
  { inboundId, lease }: { readonly inboundId: string; readonly lease: LeaseRow },
): Promise<boolean> {
  return transact(db, system('suspense'), leaseClock(lease), async (context) => {
    const { row } = await lockLease(context.tx, lease.id);
    const [item] = await context.tx.select().from(inbound).where(eq(inbound.id, inboundId)).for('update');
    if (item === undefined || item.status !== 'suspense') return false;
    if (await isFromPhoneOf(context.tx, item, row.customerId)) return true;
    // What was sent back and not seen may have got there.
    const isUnseen = and(eq(giveBacks.inboundId, inboundId), isUnseenGiveBack);
    if ((await context.tx.$count(giveBacks, isUnseen)) > 0) return true;
    if ((await itemSaidGone(context.tx, item)) !== null) return true;
    let rest = item.amount;
    for (const caseId of await casesOfClaims(context, row.id)) {
      const { left, ...claim } = await claimOf(context.tx, row, caseId);
      const amount = Math.min(rest, left);
      if (amount === 0) continue;
      await pay(context, row, item, { ...claim, caseId, amount, left: left - amount });
      rest -= amount;
    }
    if (rest === item.amount) return true;
    const claimed = item.claimed + item.amount - rest;
    const at = rest > 0 ? {} : ({ status: 'posted', leaseId: row.id } as const);
    await context.tx
      .update(inbound)
      .set({ amount: rest, claimed, ...at })
      .where(eq(inbound.id, inboundId));
    return rest > 0;
  });
}

async function casesOfClaims({ tx }: Context, leaseId: string): Promise<string[]> {
  const isOpen = and(eq(cases.leaseId, leaseId), eq(cases.kind, 'former_chargeback'), eq(cases.status, 'open'));
  const rows = await tx.select({ id: cases.id }).from(cases).where(isOpen).orderBy(asc(cases.openedAt), asc(cases.id));
  return rows.map(({ id }) => id);
}

interface Paid {
  readonly caseId: string;
  readonly standsIn: string;
  readonly customerId: string;
  readonly amount: number;
  readonly left: number;
}

async function pay(context: Context, row: LeaseRow, item: InboundRow, paid: Paid): Promise<void> {
  const { caseId, standsIn, customerId, amount } = paid;
  const { id: inboundId, provider } = item;
  const sum = money(amount, row.currency);
  // What was taken out of the books again is paid once more by another transfer.
  const isOfIt = and(eq(transfers.leaseId, row.id), eq(sql`${transfers.cause} ->> 'inboundId'`, inboundId));
  const times = await context.tx.$count(transfers, and(isOfIt, eq(transfers.kind, 'former_paid')));
  const key = keys.claimByBill(inboundId, times);
  const id = await postOnLease(context, row, {
    key,
    kind: 'former_paid',
    description: `${formatMoney(sum)} by ${provider} of what who had the lease before owes`,
    cause: { caseId, standsIn, customerId, inboundId },
    entries: formerClaimPaid(row.id, accounts.suspense(provider), amount),
  });
  const left = await roundClaim(context, row, { standsIn, left: paid.left });
  await tellLeft(context, row, standsIn, left);
  const detail = { transferId: id, caseId, amount: sum, inboundId };
  await record(context, { key, type: 'lease.claim_paid', subject: row.id, detail });
  await tellFormerCustomer(context, row, { key: id, customerId, change: 'booked', amount, left });
}
