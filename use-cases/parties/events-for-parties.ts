import { eq } from 'drizzle-orm';
import type { Database } from '#db/client';
import { listGuarantees } from '#db/queries/guarantees';
import { findTransfer } from '#db/queries/parties';
import { findLease } from '#db/queries/leases';
import { findVehicle } from '#db/queries/vehicles';
import { users } from '#db/schema/index';
import { catalogue, typesTakenBy } from '#domain/events/catalogue';
import type { StoredEvent } from '#domain/events/cloud-event';
import { system } from '#domain/identity/roles';
import { isLegal, waitsForMorning, type Message } from '#domain/notifications/messages';
import { INVITED_DAYS } from '#domain/parties/guarantee';
import { TRANSFER_DAYS } from '#domain/parties/transfer';
import { wakeNotification } from '#steering/wake-notification';
import { transact } from '../context.ts';
import type { Reader } from '../events/read-batch.ts';
import { holdPerson } from '../hold-person.ts';
import { queueNotification } from '../notifications/queue-notification.ts';
import type { TellingDependencies } from '../support/tell-customer.ts';

type Told = Pick<StoredEvent, 'id' | 'type' | 'data' | 'time'>;
/** Who is told, and what: once a key. */
interface Notice {
  readonly key: string;
  readonly userId: string;
  readonly message: Message;
}
const about = catalogue['transfer.proposed'].payload;
const guarantee = catalogue['guarantor.called'].payload;

/**
 * Tells whoever has a part in a lease what others have done about that. None of it is told as of the lease, which may be
 * somebody else's: whoever is told may have it no more, or not yet.
 */
export function eventsForParties(deps: TellingDependencies): Reader {
  return {
    name: 'parties',
    types: typesTakenBy('parties'),
    async take(event) {
      for (const notice of await noticesOf(deps, event)) await tell(deps, event, notice);
    },
  };
}

/** Who was asked is told that once; and more only once he has consented. */
async function ofGuarantee(db: Database, { type, data, id }: Told): Promise<Notice[]> {
  const { guaranteeId, leaseId, guarantorId, cap, asked } = guarantee.parse(data);
  const [row] = await listGuarantees(db, { id: guaranteeId }, { limit: 1 });
  const lease = await findLease(db, leaseId);
  if (row === undefined || lease === undefined) return [];
  const { reference } = lease;
  const to = (userId: string, message: Message, key: string = message.template) => [
    { key: `guarantee:${guaranteeId}:${key}`, userId, message },
  ];
  switch (type) {
    case 'guarantor.invited':
      return row.status === 'invited' ? to(guarantorId, { template: 'guarantor_asked', cap, days: INVITED_DAYS }) : [];
    case 'guarantor.called':
      if (asked === null || row.status !== 'consented') return [];
      return to(guarantorId, { template: 'guarantor_called', asked, reference }, id);
    case 'guarantor.ended':
      return row.consentedAt === null ? [] : to(guarantorId, { template: 'guarantor_released', reference });
    default:
      return [];
  }
}

async function noticesOf({ db }: TellingDependencies, event: Told): Promise<Notice[]> {
  const { type, data } = event;
  if (type.startsWith('guarantor.')) return ofGuarantee(db, event);
  const { transferId, leaseId, fromCustomerId, isAgreed, paid } = about.parse(data);
  const lease = await findLease(db, leaseId);
  if (lease === undefined) return [];
  const { reference, vehicleId } = lease;
  const toOwner = (message: Message) => ({
    key: `transfer:${transferId}:${message.template}`,
    userId: fromCustomerId,
    message,
  });
  if (type === 'transfer.ended') return [toOwner({ template: 'transfer_ended', reference })];
  if (type === 'transfer.completed')
    return paid === null ? [] : [toOwner({ template: 'transferred', reference, paid })];
  if (!isAgreed) return [toOwner({ template: 'transfer_to_agree', reference })];
  const transfer = await findTransfer(db, transferId);
  // It is over already, or he is not registered: the customer tells him.
  if (transfer?.phoneHash == null) return [];
  const [asked] = await db.select({ id: users.id }).from(users).where(eq(users.phoneHash, transfer.phoneHash));
  if (asked === undefined) return [];
  const vehicle = await findVehicle(db, vehicleId);
  const message = {
    template: 'transfer_asked',
    vehicle: `${vehicle?.make} ${vehicle?.model}`,
    days: TRANSFER_DAYS,
  } as const;
  return [{ key: `transfer:${transferId}:asked`, userId: asked.id, message }];
}

async function tell(deps: TellingDependencies, { time }: Told, { key, userId, message }: Notice): Promise<void> {
  const order = {
    key,
    leaseId: null,
    notice: message,
    urgency: waitsForMorning(message) ? 'day' : 'answer',
    isLegal: isLegal(message),
    askedAt: time,
    answersAt: null,
  } as const;
  const queued = await transact(deps.db, system('parties'), time, async ({ tx }) => {
    const to = await holdPerson(tx, userId);
    return to === null ? null : queueNotification(tx, deps.encryption, { ...order, to });
  });
  if (queued?.isOpen === true) await wakeNotification(deps, queued);
}
