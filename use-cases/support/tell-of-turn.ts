import { findVehicle } from '#db/queries/vehicles';
import { catalogue } from '#domain/events/catalogue';
import type { StoredEvent } from '#domain/events/cloud-event';
import { system } from '#domain/identity/roles';
import { endsAt } from '#domain/notifications/as-of-now';
import { sendingOf, type Message } from '#domain/notifications/messages';
import { wakeNotification } from '#steering/wake-notification';
import { transact } from '../context.ts';
import { holdPerson } from '../hold-person.ts';
import { queueNotification } from '../notifications/queue-notification.ts';
import type { Encryption } from '#platform/encryption';
import type { TellingDependencies } from './tell-customer.ts';

const about = catalogue['vehicle.queue.called'].payload.partial({ until: true, hours: true });

const noticeOf = (type: string, vehicle: string, hours: number | undefined): Message => {
  if (hours === undefined) return { template: 'vehicle_gone', vehicle };
  return { template: type === 'vehicle.queue.delayed' ? 'turn_delayed' : 'your_turn', vehicle, hours };
};

/** Tells whoever waits for a vehicle that it is his turn, that it comes later, or that it is gone; once for each event. */
export async function tellOfTurn(
  deps: Omit<TellingDependencies, 'encryption'> & { readonly encryption: Pick<Encryption, 'encrypt'> },
  { id, type, data, time }: Pick<StoredEvent, 'id' | 'type' | 'data' | 'time'>,
): Promise<void> {
  const { db, encryption } = deps;
  const { waitingId, vehicleId, customerId, hours } = about.parse(data);
  const row = await findVehicle(db, vehicleId);
  if (row === undefined) return;
  const notice = noticeOf(type, `${row.make} ${row.model}`, hours);
  const ends = endsAt(notice, time.getTime());
  const order = {
    // A place is delayed as often as the hold is extended; it is called, and gone, once.
    key: `${type}:${type === 'vehicle.queue.delayed' ? id : waitingId}`,
    leaseId: null,
    notice,
    ...sendingOf(notice),
    askedAt: time,
    answersAt: null,
    ...(ends !== null && { expiresAt: new Date(ends) }),
  } as const;
  const queued = await transact(db, system('support'), time, async ({ tx }) => {
    const to = await holdPerson(tx, customerId);
    return to === null ? null : queueNotification(tx, encryption, { ...order, to });
  });
  if (queued?.isOpen === true) await wakeNotification(deps, queued);
}
