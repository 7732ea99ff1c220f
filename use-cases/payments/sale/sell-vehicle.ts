import { dueFor } from '#domain/leases/due';
import { accounts } from '#domain/ledger/ledger';
import type { Context } from '../../context.ts';
import { beginSale, endSale, type Sale } from '../../leases/repossession/sale-record.ts';
import { bookVehicleWorth } from './book-vehicle-worth.ts';

/**
 * A vehicle that was taken back is sold, when its demand has run: what it brings pays what is owed, costs first; what is more
 * is the customer's, and goes back as every credit does. What is less is owed still, or by the market's law not any more. Said again, it changes nothing.
 *
 * @throws Problem as `beginSale`
 */
export async function sellVehicle(context: Context, sale: Sale): Promise<void> {
  const { leaseId, proceeds: amount } = sale;
  const begun = await beginSale(context, sale);
  if (begun === null) return;
  // A vehicle that is worth nothing has paid nothing.
  const paid =
    amount === 0
      ? begun.lease
      : await bookVehicleWorth(context, begun.lease, {
          by: 'sale',
          kind: 'settlement',
          due: dueFor('sale', leaseId),
          amount,
          agentId: context.actor.id,
          source: accounts.sale(leaseId),
        });
  await endSale(context, sale, begun, paid);
}
