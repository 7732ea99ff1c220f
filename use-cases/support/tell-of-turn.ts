import { findVehicle } from '#db/queries/vehicles';
import { catalogue } from '#domain/events/catalogue';
import type { StoredEvent } from '#domain/events/cloud-event';
import { system } from '#domain/identity/roles';
import { waitsForMorning, type Message } from '#domain/notifications/messages';
import { wakeNotification } from '#steering/wake-notification';
import { transact } from '../context.ts';
import { holdPerson } from '../hold-person.ts';
import { queueNotification } from '../notifications/queue-notification.ts';
import type { Encryption } from '#platform/encryption';
import type { TellingDependencies } from './tell-customer.ts';

const about = catalogue['vehicle.queue.called'].payload.partial({ until: true, hours: true });

/** Tells whoever waits for a vehicle that it is his turn, or that it is gone; once for each event. */
export async function tellOfTurn(
  deps: Omit<TellingDependencies, 'encryption'> & { readonly encryption: Pick<Encryption, 'encrypt'> },
  { type, data, time }: Pick<StoredEvent, 'type' | 'data' | 'time'>,
): Promise<void> {
  const { db, encryption } = deps;
  const { waitingId, vehicleId, customerId, hours } = about.parse(data);
  const row = await findVehicle(db, vehicleId);
  if (row === undefined) return;
  const vehicle = `${row.make} ${row.model}`;
  const notice: Message =
    hours === undefined ? { template: 'vehicle_gone', vehicle } : { template: 'your_turn', vehicle, hours };
  const order = {
    key: `${type}:${waitingId}`,
    leaseId: null,
    notice,
    urgency: waitsForMorning(notice) ? 'day' : 'answer',
    isLegal: false,
    askedAt: time,
    answersAt: null,
  } as const;
  const queued = await transact(db, system('support'), time, async ({ tx }) => {
    const to = await holdPerson(tx, customerId);
    return to === null ? null : queueNotification(tx, encryption, { ...order, to });
  });
  if (queued?.isOpen === true) await wakeNotification(deps, queued);
}
