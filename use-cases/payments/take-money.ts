import type { Database } from '#db/client';
import { leaseClock, type LeaseRow } from '#db/queries/leases';
import type { Actor } from '#domain/identity/roles';
import type { Standing } from '#domain/leases/standing';
import type { ReceivedMoney } from '#domain/leases/orders';
import type { Config } from '#platform/config';
import { transact } from '../context.ts';
import { receiveMoney } from './receive-money.ts';

/**
 * Gives a lease money that is there already: it is booked here and now, whatever the lease is doing. Its workflow hears
 * of it after the commit (`eventsForLeases`). Repeated, it changes nothing.
 *
 * @throws Problem as `receiveMoney`
 */
export function takeMoney(
  { db, config }: { readonly db: Database; readonly config: Config },
  lease: LeaseRow,
  actor: Actor,
  money: ReceivedMoney,
): Promise<Standing> {
  return transact(db, actor, leaseClock(lease), (context) =>
    receiveMoney(context, config, { leaseId: lease.id, money }),
  );
}
