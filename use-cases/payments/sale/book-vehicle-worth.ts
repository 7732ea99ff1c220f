import { uuidv7 } from 'uuidv7';
import { attempts } from '#db/schema/index';
import { accounts } from '#domain/ledger/ledger';
import type { VehicleMoney } from '#domain/payments/payment';
import type { Context } from '../../context.ts';
import { businessDate, type LeaseRecord } from '../../leases/lease-record.ts';
import { bookReceipt } from '../post-payment.ts';

/** What a vehicle brought, or a part of it, as a payment. Minor units. */
interface VehicleWorth {
  readonly by: VehicleMoney;
  readonly kind: 'settlement' | 'deposit';
  readonly due: string;
  readonly amount: number;
  /** Who said what it is worth, and does not pay out what is left of it. */
  readonly agentId: string | null;
  /** The account that it comes from; without it, what vehicles were taken for. */
  readonly source?: string;
  /** When it was sold, where that is known only later. */
  readonly paidAt?: Date;
}

/** Books a payment that is there: a vehicle that was taken for another, or sold. Call it with the lease locked. */
export async function bookVehicleWorth(
  context: Context,
  lease: LeaseRecord,
  { by, source = accounts.tradeIn, paidAt = context.at, ...worth }: VehicleWorth,
): Promise<LeaseRecord> {
  const { at } = context;
  const { row } = lease;
  const [stored] = await context.tx
    .insert(attempts)
    .values({
      id: uuidv7(),
      leaseId: row.id,
      ...worth,
      provider: by,
      payerMasked: by === 'sale' ? 'sale' : 'trade-in',
      currency: row.currency,
      status: 'succeeded',
      sent: true,
      source,
      requestedAt: paidAt,
      settledAt: at,
      valueOn: businessDate(row, paidAt),
      createdAt: new Date(),
    })
    .returning();
  if (stored === undefined) throw new Error('the payment was not stored');
  return bookReceipt(context, lease, { ...stored, callbackId: null });
}
