import type { Database } from '#db/client';
import { findLease } from '#db/queries/leases';
import { findVehicle } from '#db/queries/vehicles';
import { localDateAt } from '#domain/calendar';
import { catalogue } from '#domain/events/catalogue';
import { hasEnded } from '#domain/leases/status';
import type { Message } from '#domain/notifications/messages';
import type { PartyEvent, PartyNotice } from './party-notice.ts';

/** What the customer of an exchange is told when somebody has gone on with it, or nobody has. */
export async function whoseExchangeMoves(db: Database, { id, type, data }: PartyEvent): Promise<PartyNotice | null> {
  const told = catalogue['upgrade.approved'].payload.parse(data);
  const left = await findLease(db, told.leaseId);
  // Whoever has another customer by now, or none of it any more, is told that instead.
  if (left === undefined || left.customerId !== told.customerId) return null;
  const about = (message: Message): PartyNotice => ({ key: `exchange:${id}`, userId: told.customerId, message });
  const { reference, market } = left;
  if (type === 'upgrade.completed') {
    const begun = told.newLeaseId === null ? undefined : await findLease(db, told.newLeaseId);
    if (begun === undefined) return null;
    return about({ template: 'upgrade_completed', instalment: told.instalment, reference: begun.reference });
  }
  if (hasEnded(left.status)) return null;
  if (type === 'upgrade.ended')
    return about({ template: told.status === 'declined' ? 'upgrade_declined' : 'upgrade_ended', reference });
  if (told.expiresAt === undefined) return null;
  const until = localDateAt(Date.parse(told.expiresAt), market);
  if (type === 'upgrade.requoted') return about({ template: 'upgrade_to_sign', reference, until });
  if (type === 'upgrade.lapsing') return about({ template: 'upgrade_lapsing', reference, until });
  const vehicle = await findVehicle(db, told.vehicleId);
  return about({
    template: 'upgrade_approved',
    vehicle: `${vehicle?.make} ${vehicle?.model}`,
    reference,
    until,
  });
}
