import { z } from 'zod';
import { roles } from '../identity/roles.ts';
import { documentTypes } from '../kyc/submission.ts';
import { hardshipDecisions, hardshipReasons } from '../leases/hardship.ts';
import { markets } from '../markets.ts';
import { declineReasons } from '../payments/decline.ts';
import { paymentKinds } from '../payments/payment.ts';
import { escalationLevels, escalationReasons } from '../support/ticket.ts';
import type { WorkerKind } from '../task-queues.ts';
import { riskTypes } from '../telematics/risk.ts';
import { severities } from '../telematics/rules/rule.ts';
import { paperKinds } from '../vehicles/papers.ts';
import { frequencies } from '../vehicles/plan.ts';
import { vehicleStatuses, vehicleTypes } from '../vehicles/vehicle.ts';
import {
  accountChanged,
  daysNotCredited,
  scheduleChanged,
  id,
  minor,
  money,
  day,
  demanded,
  leaseMoved,
  answeredFor,
  leaseMadeOver,
  paidByHimself,
  registered,
  upgradeMoved,
  creditAssessed,
  identityChecked,
  queued,
  vehicleHeld,
  ticket,
  vehicleSwitched,
} from './payloads.ts';

/**
 * Who may hear an event: the customer whom it is about, systems of others that the lender connects, and staff; everybody
 * where it says no more than everybody may read.
 */
export const audiences = ['everybody', 'customer', 'integrators', 'staff'] as const;
type Audience = (typeof audiences)[number];

/** What hears the outbox inside the platform, what it does with what it takes, and with which kind of worker it runs. */
export const readers = {
  relay: ['publishes to MQTT', 'relay'],
  webhooks: ['sends to the [endpoints](webhooks.md) that ask for its type', 'webhooks'],
  kyc: ['ends the identity check of whoever was erased', 'kyc'],
  'lease-workflows': ['tells the workflow of the lease; of money, where it was there', 'leases'],
  'upgrade-workflows': ['starts and tells the workflow of the exchange, and ends it with its lease', 'leases'],
  tickets: [
    'tells the workflow of the ticket, opens [tickets](support.md), and tells whoever waits for a vehicle',
    'support',
  ],
  payments: [
    'gives what waits in suspense with its reference to a lease that takes money, and sends it back once the lease is over',
    'payments',
  ],
  parties: ['tells whoever has a part in a lease what others have done about that', 'support'],
  collateral: [
    'opens what has to be done at [public registers](collateral.md) when a lease begins, has another customer or ends',
    'support',
  ],
} as const satisfies Readonly<Record<string, readonly [does: string, runsWith: WorkerKind | 'relay']>>;
export type ReaderName = keyof typeof readers;

interface Entry<Payload extends z.ZodType> {
  /** Whose id `subject` is. */
  readonly about: 'lease' | 'vehicle' | 'user';
  readonly heardBy: readonly Audience[];
  /** Readers beside the relay, which takes all, and the webhooks, which take what integrators hear. */
  readonly takenBy?: readonly ReaderName[];
  /** Its data: ids, amounts and reasons, never a name, a phone or a document. */
  readonly payload: Payload;
}

const customersAndOffice = ['customer', 'integrators', 'staff'] as const;
const office = ['integrators', 'staff'] as const;

const about =
  (whom: Entry<z.ZodType>['about']) =>
  <Payload extends z.ZodType, const Readers extends readonly ReaderName[]>(payload: Payload, ...takenBy: Readers) =>
    ({ about: whom, heardBy: customersAndOffice, takenBy, payload }) as const;
const [aboutLease, aboutVehicle, aboutUser] = [about('lease'), about('vehicle'), about('user')];

const aboutDeath = {
  about: 'lease',
  heardBy: office,
  takenBy: ['lease-workflows'],
  payload: z.object({ leaseId: id, customerId: id, until: day.nullable() }),
} as const;
const aboutGuarantor = { about: 'lease', heardBy: office, takenBy: ['parties'], payload: answeredFor } as const;
const aboutTransfer = <const Readers extends readonly ReaderName[]>(...takenBy: Readers) =>
  ({ about: 'lease', heardBy: office, takenBy: ['parties', ...takenBy], payload: leaseMadeOver }) as const;

/** Every CloudEvent that leaves the platform. Documentation, the types of `emit` and JSON Schemas come from here. */
export const catalogue = {
  'user.created': {
    about: 'user',
    heardBy: office,
    payload: z.object({ userId: id, role: z.enum(roles), market: z.enum(markets).optional() }),
  },
  /** Whoever keeps data of the customer erases it as well. */
  'user.erased': { about: 'user', heardBy: office, takenBy: ['kyc'], payload: z.object({ userId: id }) },
  'kyc.submitted': aboutUser(identityChecked({ documentType: z.enum(documentTypes), country: z.string() })),
  'kyc.approved': aboutUser(identityChecked({ reason: z.string().optional(), expiresOn: day.optional() })),
  'kyc.rejected': aboutUser(identityChecked({ reason: z.string().optional(), expiresOn: day.optional() })),
  'vehicle.created': {
    about: 'vehicle',
    heardBy: office,
    payload: z.object({
      vehicleId: id,
      type: z.enum(vehicleTypes),
      make: z.string(),
      model: z.string(),
      market: z.enum(markets),
      price: money,
    }),
  },
  /** The catalogue shows something else of it now, or another state. */
  'vehicle.changed': {
    about: 'vehicle',
    heardBy: ['everybody', 'integrators', 'staff'],
    payload: z.object({
      vehicleId: id,
      type: z.enum(vehicleTypes),
      market: z.enum(markets),
      status: z.enum(vehicleStatuses),
      price: money,
    }),
  },
  /** A paper of a vehicle lapses and is not renewed: told 30 and 7 days before, and when its last day is there or over. */
  'vehicle.paper.lapsing': {
    about: 'vehicle',
    heardBy: office,
    payload: z.object({
      vehicleId: id,
      paperId: id,
      kind: z.enum(paperKinds),
      validUntil: day,
      days: z.int().describe('of which notice it is: at most so many are left'),
    }),
  },
  /** It is the turn of whoever waits for it; nobody else takes it before `until`. */
  'vehicle.queue.called': {
    about: 'vehicle',
    heardBy: office,
    takenBy: ['tickets'],
    payload: queued.extend({ until: z.iso.datetime(), hours: z.int().describe('from then on, until `until`') }),
  },
  /** It is held longer for somebody else than whoever waits. */
  'vehicle.queue.delayed': {
    about: 'vehicle',
    heardBy: office,
    takenBy: ['tickets'],
    payload: queued.extend({ hours: z.int().describe('by which the hold was extended') }),
  },
  /** It was handed over to somebody else than whoever waits, or staff took it from the market. */
  'vehicle.queue.gone': { about: 'vehicle', heardBy: office, takenBy: ['tickets'], payload: queued },
  'vehicle.reserved': aboutVehicle(vehicleHeld),
  'vehicle.released': aboutVehicle(vehicleHeld),
  'payment.plan.created': aboutLease(
    z.object({
      leaseId: id,
      instalments: z.int(),
      instalment: money,
      frequency: z.enum(frequencies),
      firstDueOn: day.optional(),
      lastDueOn: day.optional(),
    }),
  ),
  'payment.completed': aboutLease(
    z.object({
      leaseId: id,
      paymentId: id,
      kind: z.enum(paymentKinds),
      provider: z.string(),
      amount: money,
      allocation: z
        .array(
          z.object({
            component: z.string(),
            instalment: z.int().nullable(),
            amount: minor,
            of: id.optional().describe('of credit paid out in cash: the payment that had brought it'),
          }),
        )
        .readonly(),
      running: z.boolean().describe('whether the lease is handed over and goes on'),
      paid: minor,
      outstanding: minor,
      ownedPercent: z.int().describe('100 only once the vehicle is the customer’s'),
    }),
    'lease-workflows',
  ),
  'payment.failed': aboutLease(
    z.object({
      leaseId: id,
      paymentId: id,
      kind: z.enum(paymentKinds),
      reason: z.enum(declineReasons),
      attempt: z.int(),
      amount: money,
    }),
    'tickets',
  ),
  /** A customer paid by himself with the reference of an application that takes no money yet: it is held for it. */
  'payment.held': aboutLease(paidByHimself, 'parties'),
  /** He paid with the reference of a lease that is over and takes nothing: it goes back to its payer. */
  'payment.sent_back': aboutLease(paidByHimself, 'parties'),
  /** Somebody of the staff, or a provider, has changed what its customer has paid, or owes. */
  'lease.account_changed': aboutLease(accountChanged, 'parties'),
  /** Days that its customer could not ride for our own workshop could not be given: a person sees to it. */
  'lease.days_not_credited': aboutLease(daysNotCredited, 'parties'),
  /** Its schedule was restructured, re-aged or re-amortised, or that was undone. */
  'lease.schedule_changed': aboutLease(scheduleChanged, 'parties'),
  'payment.overdue': aboutLease(
    z.object({ leaseId: id, customerId: id, daysPastDue: z.int(), overdue: money, oldestUnpaidOn: day.nullable() }),
    'tickets',
  ),
  'credit.approved': aboutLease(creditAssessed),
  'credit.rejected': aboutLease(creditAssessed),
  'credit.referred': aboutLease(creditAssessed),
  'lease.offered': aboutLease(leaseMoved),
  /** From now on it takes money. */
  'lease.signed': aboutLease(leaseMoved, 'payments'),
  'lease.activated': aboutLease(leaseMoved, 'collateral'),
  'lease.paused': aboutLease(leaseMoved),
  'lease.in_arrears': aboutLease(leaseMoved),
  'lease.completed': aboutLease(leaseMoved, 'upgrade-workflows', 'collateral', 'payments'),
  'lease.terminated': aboutLease(leaseMoved, 'upgrade-workflows', 'collateral', 'payments'),
  'telematics.risk.detected': {
    about: 'vehicle',
    heardBy: customersAndOffice,
    takenBy: ['lease-workflows', 'tickets'],
    payload: z.object({
      id,
      type: z.enum(riskTypes),
      severity: z.enum(severities),
      vehicleId: id,
      trackerId: id,
      leaseId: id.nullable(),
      occurredAt: z.iso.datetime(),
      endedAt: z.iso.datetime().nullable(),
      position: z.object({ lat: z.number(), lon: z.number() }).nullable(),
      details: z.record(z.string(), z.unknown()),
      acknowledgedAt: z.iso.datetime().nullable(),
    }),
  },
  'vehicle.immobilised': aboutVehicle(vehicleSwitched, 'lease-workflows'),
  'vehicle.mobilised': aboutVehicle(vehicleSwitched, 'lease-workflows'),
  'support.ticket.created': {
    about: 'user',
    heardBy: office,
    takenBy: ['tickets'],
    payload: ticket.extend({
      leaseId: id.nullable(),
      paymentId: id.nullable(),
      vehicleId: id.nullable(),
      cause: z.string().nullable().describe('the type of the event that opened it; null where a person did'),
    }),
  },
  /** Anything of it has changed: who reads it looks. */
  'support.ticket.updated': {
    about: 'user',
    heardBy: office,
    takenBy: ['tickets'],
    payload: ticket.extend({ change: z.string().describe('what was done, such as `answered` or `merged`') }),
  },
  'support.ticket.escalated': {
    about: 'user',
    heardBy: office,
    payload: ticket.extend({
      level: z.enum(escalationLevels),
      reason: z.enum(escalationReasons),
      escalatedToId: id.nullable().describe('null where nobody of that level works in the market'),
    }),
  },
  'upgrade.requested': aboutLease(upgradeMoved, 'upgrade-workflows'),
  'upgrade.approved': aboutLease(upgradeMoved, 'upgrade-workflows', 'parties'),
  /** An inspection has made another quote of it, which its customer signs or not. */
  'upgrade.requoted': aboutLease(upgradeMoved, 'parties'),
  /** Nobody has gone on with it, and it lapses in a day. */
  'upgrade.lapsing': aboutLease(upgradeMoved, 'parties'),
  /** It is held for longer. */
  'upgrade.extended': aboutLease(upgradeMoved, 'parties'),
  'upgrade.completed': aboutLease(upgradeMoved, 'upgrade-workflows', 'parties'),
  /** It was declined or cancelled, or has lapsed: all is as it was. */
  'upgrade.ended': aboutLease(upgradeMoved, 'upgrade-workflows', 'parties'),
  /** Of each lease of a customer who is said to have died; its workflow looks at its books. */
  'death.reported': aboutDeath,
  'death.confirmed': aboutDeath,
  'death.refuted': { ...aboutDeath, takenBy: ['lease-workflows', 'parties'] },
  'hardship.decided': {
    about: 'lease',
    heardBy: customersAndOffice,
    payload: z.object({
      leaseId: id,
      customerId: id,
      hardshipId: id,
      why: z.enum(hardshipReasons),
      decision: z.enum(hardshipDecisions),
      reviewOn: day.nullable().describe('until when nothing is collected, and when it is looked at again'),
    }),
  },
  'guarantor.invited': aboutGuarantor,
  'guarantor.consented': aboutGuarantor,
  /** He answers for nothing, or for nothing any more. */
  'guarantor.ended': aboutGuarantor,
  /** He is asked for what is overdue, as far as he answers for it. */
  'guarantor.called': aboutGuarantor,
  /** Somebody else is to take the lease over; again when its customer agrees to what an agent has proposed. */
  'transfer.proposed': aboutTransfer(),
  /** Nothing comes of it: the lease is as it was. */
  'transfer.ended': aboutTransfer(),
  /** The lease is the other person's. */
  'transfer.completed': aboutTransfer('upgrade-workflows', 'collateral'),
  /** What is overdue, or owed of a vehicle that was taken back, was demanded in writing. */
  'lease.demanded': aboutLease(demanded, 'parties'),
  /** The customer has paid all that was owed of a vehicle that was taken back: it is his. */
  'lease.redeemed': aboutLease(
    z.object({ leaseId: id, customerId: id, vehicleId: id }),
    'parties',
    'collateral',
    'lease-workflows',
  ),
  /** A vehicle that was taken back was sold. */
  'lease.vehicle_sold': aboutLease(
    z.object({
      leaseId: id,
      customerId: id,
      vehicleId: id,
      proceeds: money,
      surplus: money.describe('of the customer, and goes back to him'),
      shortfall: money.describe('what he owes still'),
    }),
    'parties',
    'lease-workflows',
  ),
  /** Something is to be done at a public register for a lease. */
  'collateral.opened': aboutLease(registered),
  'collateral.done': aboutLease(registered, 'collateral'),
  'collateral.dropped': aboutLease(registered),
  /** It was not done in time; once. */
  'collateral.overdue': { about: 'lease', heardBy: office, payload: registered },
} as const satisfies Readonly<Record<string, Entry<z.ZodType>>>;

export type EventType = keyof typeof catalogue;
type Catalogue = typeof catalogue;
/** Those that tell of another status of a lease. */
export type LeaseEventType = {
  [Type in EventType]: Catalogue[Type]['payload'] extends typeof leaseMoved ? Type : never;
}[EventType];
/** The types that a reader takes by its name, beside what it hears as one of an audience. */
export type TakenBy<Name extends ReaderName> = {
  [Type in EventType]: Catalogue[Type] extends { readonly takenBy: readonly (infer Reader)[] }
    ? Name extends Reader
      ? Type
      : never
    : never;
}[EventType];

const isEventType = (word: string): word is EventType => word in catalogue;
export const eventTypes = Object.keys(catalogue).filter(isEventType);

/** The readers that take events of a type. */
export function readersOf(type: EventType): ReaderName[] {
  const { heardBy, takenBy = [] }: Entry<z.ZodType> = catalogue[type];
  return ['relay', ...(heardBy.includes('integrators') ? ['webhooks' as const] : []), ...takenBy];
}

export const typesTakenBy = (reader: ReaderName): EventType[] =>
  eventTypes.filter((type) => readersOf(type).includes(reader));

/** What an event of that type carries. */
export type Payload<Type extends EventType> = Readonly<z.infer<(typeof catalogue)[Type]['payload']>>;

/** One that is to be told, its data as its type says. */
export type DomainEvent = {
  readonly [Type in EventType]: {
    readonly type: Type;
    /** The lease's, vehicle's or user's id. Events of one subject leave in the order they were written. */
    readonly subject: string;
    readonly leaseId?: string | null;
    readonly data: Payload<Type>;
  };
}[EventType];

/** The JSON Schema (draft 2020-12) of an event's data, as it is today: fields may be added later. */
export function eventSchema(type: EventType) {
  return z.toJSONSchema(catalogue[type].payload);
}
