import type { StoredEvent } from '#domain/events/cloud-event';
import type { Reader } from '../../events/read-batch.ts';
import { readerOf } from '../../events/reader-of.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { placeWhatWaits } from './place-what-waits.ts';

/** Has what waits in suspense with a lease's reference go to the lease when that is signed, and back when it is over. */
export function eventsForPayments(deps: PaymentDependencies): Reader {
  const place = async ({ leaseId }: StoredEvent): Promise<void> => {
    if (leaseId !== null) await placeWhatWaits(deps, { leaseId });
  };
  return readerOf('payments', { 'lease.signed': place, 'lease.completed': place, 'lease.terminated': place });
}
