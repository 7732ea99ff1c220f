import { sql } from 'drizzle-orm';
import { tenures } from '#db/schema/index';
import { ownedPercent } from '#domain/leases/position';
import { money } from '#domain/money';
import { recordOnLease, type Context } from '../context.ts';
import { chosenMethods } from './chosen-methods.ts';
import { positionAt, updateLease, type LeaseRecord } from './lease-record.ts';
import { supersedePromise } from './promise-payment.ts';
import { useOpenQuotes } from './quote-exchange.ts';

/** Whose a lease is from now on: how he signed for it, and what he pays by. */
interface Successor {
  readonly customerId: string;
  readonly paymentMethodId: string;
  readonly signedName: string | null;
  readonly signedAt: Date | null;
}

/**
 * A lease is somebody else's: schedule, price and what is paid stay as they are. Who had it before, and what he had paid and
 * owed, is kept; nothing of him collects it any more, and what he was quoted is over. Call it with the lease and the other person locked.
 *
 * @throws Problem unprocessable for a payment method that is not the other person's any more
 */
export async function changeCustomer(context: Context, before: LeaseRecord, to: Successor): Promise<LeaseRecord> {
  const { tx, at } = context;
  const { row } = before;
  const { customerId, paymentMethodId, signedName, signedAt } = to;
  await chosenMethods(context, { customerId, market: row.market, ids: [paymentMethodId], path: 'paymentMethodId' });
  await supersedePromise(context, row);
  await useOpenQuotes(context, row.id);
  const position = positionAt(before, at);
  const { paid, outstanding } = position;
  const percent = ownedPercent(row.status, position);
  await tx.insert(tenures).values({
    leaseId: row.id,
    customerId: row.customerId,
    since: row.transferredAt,
    until: at,
    bookedUpTo: sql`(select coalesce(max(t.number), 0) from ledger.transfers t where t.lease_id = ${row.id})`,
    scheduleVersion: row.scheduleVersion,
    signedName: row.signedName,
    signedAt: row.agreementSignedAt,
    totalPrice: row.totalPrice,
    paid,
    outstanding,
    feesPaid: row.feesPaid,
    ownedPercent: percent,
  });
  const after = await updateLease(context, row, {
    customerId,
    paymentMethodId,
    backupMethodIds: [],
    quietHours: null,
    promisedOn: null,
    signedName,
    agreementSignedAt: signedAt,
    transferredAt: at,
  });
  const sum = (amount: number) => money(amount, row.currency);
  await recordOnLease(context, after, {
    type: 'lease.transferred',
    detail: {
      from: row.customerId,
      to: customerId,
      paid: sum(paid),
      outstanding: sum(outstanding),
      ownedPercent: percent,
    },
  });
  return { ...before, row: after };
}
