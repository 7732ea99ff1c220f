import { uuidv7 } from 'uuidv7';
import { attempts } from '#db/schema/index';
import { accounts } from '#domain/ledger/ledger';
import type { Context } from '../context.ts';
import { businessDate, type LeaseRecord } from '../leases/lease-record.ts';
import { bookReceipt } from './post-payment.ts';

/** What a vehicle was taken for, or a part of it, as a payment. Minor units. */
export interface TradeIn {
  readonly kind: 'settlement' | 'deposit';
  readonly due: string;
  readonly amount: number;
  /** Who said what it is worth, and does not pay out what is left of it. */
  readonly agentId: string | null;
  /** The account that it comes from; without it, what vehicles were taken for. */
  readonly source?: string;
}

/** Books a payment that is there: a vehicle. Call it with the lease locked. */
export async function takeTradeIn(
  context: Context,
  lease: LeaseRecord,
  { source = accounts.tradeIn, ...tradeIn }: TradeIn,
): Promise<LeaseRecord> {
  const { at } = context;
  const { row } = lease;
  const [stored] = await context.tx
    .insert(attempts)
    .values({
      id: uuidv7(),
      leaseId: row.id,
      ...tradeIn,
      provider: 'trade_in',
      payerMasked: 'trade-in',
      currency: row.currency,
      status: 'succeeded',
      sent: true,
      source,
      requestedAt: at,
      settledAt: at,
      valueOn: businessDate(row, at),
      createdAt: new Date(),
    })
    .returning();
  if (stored === undefined) throw new Error('the payment was not stored');
  return bookReceipt(context, lease, { ...stored, callbackId: null });
}
