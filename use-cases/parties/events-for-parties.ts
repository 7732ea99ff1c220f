import { eq } from 'drizzle-orm';
import type { Database } from '#db/client';
import { listGuarantees } from '#db/queries/guarantees';
import { findTransfer } from '#db/queries/parties';
import { findLease, listLeases } from '#db/queries/leases';
import { findVehicle } from '#db/queries/vehicles';
import { users } from '#db/schema/index';
import { catalogue } from '#domain/events/catalogue';
import { system } from '#domain/identity/roles';
import { sayable } from '#domain/leases/account-change';
import { isRunning } from '#domain/leases/status';
import { sendingOf, type Message } from '#domain/notifications/messages';
import { INVITED_DAYS } from '#domain/parties/guarantee';
import { TRANSFER_DAYS } from '#domain/parties/transfer';
import { wakeNotification } from '#steering/wake-notification';
import { transact } from '../context.ts';
import type { Reader } from '../events/read-batch.ts';
import { readerOf } from '../events/reader-of.ts';
import { holdPerson } from '../hold-person.ts';
import { endForEstate } from './end-transfer.ts';
import { whoseExchangeMoves } from './exchange-notice.ts';
import type { PartyEvent, PartyNotice } from './party-notice.ts';
import { releaseExchanged } from './release-exchanged.ts';
import { whomScheduleConcerns } from './schedule-notice.ts';
import { queueNotification } from '../notifications/queue-notification.ts';
import type { TellingDependencies } from '../support/tell-customer.ts';

/**
 * Tells whoever has a part in a lease what others have done about that. None of it is told as of the lease, which may be
 * somebody else's: whoever is told may have it no more, or not yet.
 */
export function eventsForParties(deps: TellingDependencies): Reader {
  const telling =
    (...noticesOf: readonly ((db: Database, event: PartyEvent) => Promise<PartyNotice | null>)[]) =>
    async (event: PartyEvent): Promise<void> => {
      for (const noticeOf of noticesOf) {
        const notice = await noticeOf(deps.db, event);
        if (notice !== null) await tell(deps, event, notice);
      }
    };
  return readerOf('parties', {
    'death.refuted': async ({ leaseId, time }) => {
      if (leaseId !== null)
        await transact(deps.db, system('parties'), time, (context) => endForEstate(context, leaseId));
    },
    'lease.demanded': telling(whomItIsDemandedOf),
    'lease.redeemed': telling(whoHasRedeemed),
    'lease.vehicle_sold': telling(whoseVehicleWasSold),
    'lease.account_changed': telling(whoseAccountIsChanged),
    'lease.days_not_credited': telling(whoseDaysAreOwed),
    'lease.schedule_changed': async (event) => {
      for (const notice of await whomScheduleConcerns(deps.db, event)) await tell(deps, event, notice);
    },
    'payment.held': telling(whoseMoneyIsHeld),
    'payment.sent_back': telling(whoseMoneyGoesBack),
    'guarantor.invited': telling(whomIsAsked),
    'guarantor.consented': telling(whoHasHadHimAsked),
    'guarantor.called': telling(whomIsCalledUpon),
    'guarantor.ended': telling(whomIsReleased, whoHasHadHimAsked),
    'upgrade.approved': telling(whoseExchangeMoves),
    'upgrade.requoted': telling(whoseExchangeMoves),
    'upgrade.lapsing': telling(whoseExchangeMoves),
    'upgrade.extended': telling(whoseExchangeMoves),
    'upgrade.completed': async (event) => {
      const { leaseId, time } = event;
      if (leaseId !== null)
        await transact(deps.db, system('parties'), time, (context) => releaseExchanged(context, leaseId));
      await telling(whoseExchangeMoves)(event);
    },
    'upgrade.ended': telling(whoseExchangeMoves),
    'transfer.proposed': telling(whomTheLeaseIsOffered),
    'transfer.ended': telling(async (db, event) => {
      const known = await transferOf(db, event);
      return known && toOwner(known, { template: 'transfer_ended', reference: known.reference });
    }),
    'transfer.completed': telling(async (db, event) => {
      const known = await transferOf(db, event);
      if (known === null || known.paid === null) return null;
      return toOwner(known, { template: 'transferred', reference: known.reference, paid: known.paid });
    }),
  });
}

async function whomItIsDemandedOf(db: Database, { data }: PartyEvent): Promise<PartyNotice | null> {
  const told = catalogue['lease.demanded'].payload.parse(data);
  const reference = await referenceOf(db, told.leaseId);
  const { demandId, customerId: userId, kind, amount, until } = told;
  const template = kind === 'arrears' ? 'demanded' : 'redemption_demanded';
  if (reference === null) return null;
  return { key: `demand:${demandId}`, userId, message: { template, amount, until, reference } };
}

async function whoHasRedeemed(db: Database, { data }: PartyEvent): Promise<PartyNotice | null> {
  const { leaseId, customerId: userId } = catalogue['lease.redeemed'].payload.parse(data);
  const reference = await referenceOf(db, leaseId);
  if (reference === null) return null;
  return { key: `redeemed:${leaseId}`, userId, message: { template: 'redeemed', reference } };
}

async function whoseVehicleWasSold(db: Database, { data }: PartyEvent): Promise<PartyNotice | null> {
  const told = catalogue['lease.vehicle_sold'].payload.parse(data);
  const { leaseId, customerId: userId, proceeds, surplus, shortfall } = told;
  const reference = await referenceOf(db, leaseId);
  const message = { template: 'vehicle_sold', proceeds, surplus, shortfall } as const;
  if (reference === null) return null;
  return { key: `sold:${leaseId}`, userId, message: { ...message, reference } };
}

async function whoseMoneyIsHeld(db: Database, { data }: PartyEvent): Promise<PartyNotice | null> {
  const { leaseId, customerId: userId, inboundId, amount } = catalogue['payment.held'].payload.parse(data);
  const reference = await referenceOf(db, leaseId);
  if (reference === null) return null;
  return { key: `held:${inboundId}`, userId, message: { template: 'money_held', amount, reference } };
}

/** With the reference that he meant, where he has one lease that takes money. */
async function whoseMoneyGoesBack(db: Database, { data }: PartyEvent): Promise<PartyNotice | null> {
  const { leaseId, customerId: userId, inboundId, amount } = catalogue['payment.sent_back'].payload.parse(data);
  const reference = await referenceOf(db, leaseId);
  if (reference === null) return null;
  const his = await listLeases(db, { customerId: userId }, { limit: 100 });
  const [runs, ...others] = his.filter(({ status, currency }) => isRunning(status) && currency === amount.currency);
  const meant = runs === undefined || others.length > 0 ? {} : { runs: runs.reference };
  return {
    key: `sent-back:${inboundId}`,
    userId,
    message: { template: 'money_sent_back', amount, reference, ...meant },
  };
}

async function whoseDaysAreOwed(db: Database, { data }: PartyEvent): Promise<PartyNotice | null> {
  const { leaseId, maintenanceId, days } = catalogue['lease.days_not_credited'].payload.parse(data);
  const lease = await findLease(db, leaseId);
  if (lease === undefined) return null;
  const { customerId: userId, reference } = lease;
  return { key: `days-owed:${maintenanceId}`, userId, message: { template: 'days_owed', days, reference } };
}

/** With the number of the paper that he has of it, where a text can say that. */
async function whoseAccountIsChanged(db: Database, { data }: PartyEvent): Promise<PartyNotice | null> {
  const told = catalogue['lease.account_changed'].payload.parse(data);
  const { leaseId, customerId: userId, key, change, amount, left, ofDeposit, receiptNumber } = told;
  const reference = await referenceOf(db, leaseId);
  if (reference === null) return null;
  const receipt = receiptNumber === undefined ? null : sayable(receiptNumber);
  const sums = {
    amount,
    left,
    reference,
    ...(ofDeposit === true && { ofDeposit }),
    ...(receipt !== null && { receipt }),
  };
  return { key: `account:${key}`, userId, message: { template: 'account_changed', change, ...sums } };
}

const referenceOf = async (db: Database, leaseId: string) => (await findLease(db, leaseId))?.reference ?? null;

async function guaranteeOf(db: Database, { data }: PartyEvent) {
  const told = catalogue['guarantor.called'].payload.parse(data);
  const [row] = await listGuarantees(db, { id: told.guaranteeId }, { limit: 1 });
  const lease = await findLease(db, told.leaseId);
  return row === undefined || lease === undefined
    ? null
    : {
        ...told,
        row,
        reference: lease.reference,
        customerId: lease.customerId,
        isExchanged: lease.status === 'upgraded',
      };
}
type KnownGuarantee = NonNullable<Awaited<ReturnType<typeof guaranteeOf>>>;

const toGuarantor = (
  { guaranteeId, guarantorId: userId }: KnownGuarantee,
  message: Message,
  key: string = message.template,
): PartyNotice => ({ key: `guarantee:${guaranteeId}:${key}`, userId, message });

/** Once, while he may still answer. */
async function whomIsAsked(db: Database, event: PartyEvent): Promise<PartyNotice | null> {
  const known = await guaranteeOf(db, event);
  if (known?.row.status !== 'invited') return null;
  return toGuarantor(known, { template: 'guarantor_asked', cap: known.cap, days: INVITED_DAYS });
}

/** Each time, and only whoever has consented. */
async function whomIsCalledUpon(db: Database, event: PartyEvent): Promise<PartyNotice | null> {
  const known = await guaranteeOf(db, event);
  if (known === null || known.asked === null || known.row.status !== 'consented') return null;
  const { asked, reference } = known;
  return toGuarantor(known, { template: 'guarantor_called', asked, reference }, event.id);
}

async function whomIsReleased(db: Database, event: PartyEvent): Promise<PartyNotice | null> {
  const known = await guaranteeOf(db, event);
  if (known === null || known.row.consentedAt === null) return null;
  return toGuarantor(known, { template: 'guarantor_released', reference: known.reference });
}

/** What came of it, but where he needs nobody any more: of a lease that is over, or another's. Of one that he has left for another he may. */
async function whoHasHadHimAsked(db: Database, event: PartyEvent): Promise<PartyNotice | null> {
  const known = await guaranteeOf(db, event);
  if (known === null || known.customerId !== known.row.customerId) return null;
  const { guaranteeId, reference, status } = known;
  const isLeft = known.isExchanged && known.row.consentedAt !== null;
  if (status === 'released' && !isLeft) return null;
  const template =
    status === 'consented' ? 'guarantor_found' : status === 'released' ? 'guarantor_left' : 'guarantor_gone';
  return {
    key: `guarantee:${guaranteeId}:${template}`,
    userId: known.customerId,
    message: { template, reference },
  };
}

async function transferOf(db: Database, { data }: PartyEvent) {
  const told = catalogue['transfer.proposed'].payload.parse(data);
  const lease = await findLease(db, told.leaseId);
  return lease === undefined ? null : { ...told, reference: lease.reference, vehicleId: lease.vehicleId };
}
type KnownTransfer = NonNullable<Awaited<ReturnType<typeof transferOf>>>;

const toOwner = ({ transferId, fromCustomerId: userId }: KnownTransfer, message: Message): PartyNotice => ({
  key: `transfer:${transferId}:${message.template}`,
  userId,
  message,
});

/** Whoever has the lease agrees first; then it is offered to the other one, where he is registered. */
async function whomTheLeaseIsOffered(db: Database, event: PartyEvent): Promise<PartyNotice | null> {
  const known = await transferOf(db, event);
  if (known === null) return null;
  const { transferId, reference, vehicleId, isAgreed } = known;
  if (!isAgreed) return toOwner(known, { template: 'transfer_to_agree', reference });
  const transfer = await findTransfer(db, transferId);
  // It is over already, or he is not registered: the customer tells him.
  if (transfer?.phoneHash == null) return null;
  const [asked] = await db.select({ id: users.id }).from(users).where(eq(users.phoneHash, transfer.phoneHash));
  if (asked === undefined) return null;
  const vehicle = await findVehicle(db, vehicleId);
  const message = {
    template: 'transfer_asked',
    vehicle: `${vehicle?.make} ${vehicle?.model}`,
    days: TRANSFER_DAYS,
  } as const;
  return { key: `transfer:${transferId}:asked`, userId: asked.id, message };
}

async function tell(
  deps: TellingDependencies,
  { time }: PartyEvent,
  { key, userId, message }: PartyNotice,
): Promise<void> {
  const order = {
    key,
    leaseId: null,
    notice: message,
    ...sendingOf(message),
    askedAt: time,
    answersAt: null,
  } as const;
  const queued = await transact(deps.db, system('parties'), time, async ({ tx }) => {
    const to = await holdPerson(tx, userId);
    return to === null ? null : queueNotification(tx, deps.encryption, { ...order, to });
  });
  if (queued?.isOpen === true) await wakeNotification(deps, queued);
}
