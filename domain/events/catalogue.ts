import { z } from 'zod';
import { creditStatuses, creditTiers } from '../credit/assessment.ts';
import { roles } from '../identity/roles.ts';
import { documentTypes } from '../kyc/submission.ts';
import { leaseStatuses } from '../leases/status.ts';
import { markets } from '../markets.ts';
import { currencies } from '../money.ts';
import { declineReasons } from '../payments/decline.ts';
import { paymentKinds } from '../payments/payment.ts';
import {
  escalationLevels,
  escalationReasons,
  priorities,
  ticketCategories,
  ticketStatuses,
} from '../support/ticket.ts';
import { causes, endings } from '../telematics/immobilisation/episode.ts';
import { riskTypes } from '../telematics/risk.ts';
import { severities } from '../telematics/rules/rule.ts';
import { upgradeStatuses } from '../upgrades/upgrade.ts';
import { frequencies } from '../vehicles/plan.ts';
import { vehicleStatuses, vehicleTypes } from '../vehicles/vehicle.ts';

/**
 * Who may hear an event: the customer whom it is about, systems of others that the lender connects, and staff; everybody
 * where it says no more than everybody may read.
 */
export const audiences = ['everybody', 'customer', 'integrators', 'staff'] as const;
type Audience = (typeof audiences)[number];

interface Entry<Payload extends z.ZodType> {
  /** Whose id `subject` is. */
  readonly about: 'lease' | 'vehicle' | 'user';
  readonly heardBy: readonly Audience[];
  /** Its data: ids, amounts and reasons, never a name, a phone or a document. */
  readonly payload: Payload;
}

const everybody = ['customer', 'integrators', 'staff'] as const;
const office = ['integrators', 'staff'] as const;

const id = z.uuid();
const minor = z.int().describe('minor units of the currency of the lease');
const money = z.object({ amount: z.int(), currency: z.enum(currencies) });
const day = z.iso.date();

function aboutLease<Payload extends z.ZodType>(payload: Payload): Entry<Payload> {
  return { about: 'lease', heardBy: everybody, payload };
}

const leaseMoved = aboutLease(
  z.object({
    leaseId: id,
    customerId: id,
    vehicleId: id,
    status: z.enum(leaseStatuses),
    from: z.enum(leaseStatuses),
    reason: z.string().optional(),
    daysPastDue: z.int().positive().optional(),
    overdue: minor.optional(),
  }),
);

/** `subject` is the lease that is left. */
const upgradeMoved = aboutLease(
  z.object({
    upgradeId: id,
    leaseId: id,
    newLeaseId: id.nullable().describe('null until the swap'),
    customerId: id,
    vehicleId: id.describe('the vehicle that is taken'),
    status: z.enum(upgradeStatuses),
    tradeIn: money,
    settlement: money,
    deposit: money,
    payout: money,
    instalment: money,
    total: money,
    reason: z.string().optional(),
  }),
);

const creditAssessed = aboutLease(
  z.object({
    leaseId: id,
    customerId: id,
    assessmentId: id,
    status: z.enum(creditStatuses),
    score: z.int(),
    tier: z.enum(creditTiers),
    conditions: z
      .object({
        depositPercent: z.number().optional(),
        guarantor: z.boolean().optional(),
        instalments: z.int().optional(),
      })
      .nullable(),
    reason: z.string().optional().describe('of the agent who decided'),
  }),
);

function identityChecked<More extends z.ZodRawShape>(more: More) {
  return { about: 'user', heardBy: everybody, payload: z.object({ userId: id, submissionId: id, ...more }) } as const;
}

const vehicleHeld = {
  about: 'vehicle',
  heardBy: everybody,
  payload: z.object({ leaseId: id, vehicleId: id, reason: z.string().optional().describe('of a release') }),
} as const;

const ticket = z.object({
  ticketId: id,
  customerId: id,
  market: z.enum(markets),
  category: z.enum(ticketCategories),
  priority: z.enum(priorities),
  status: z.enum(ticketStatuses),
});
/** Seen at the output of its relay, never believed of an acknowledgement. */
const vehicleSwitched = {
  about: 'vehicle',
  heardBy: everybody,
  payload: z.object({
    vehicleId: id,
    leaseId: id.nullable(),
    trackerId: id,
    immobilisationId: id,
    cause: z.enum(causes).describe('why it was stopped'),
    reason: z.enum(endings).nullable().describe('why it moves again; null of a stop, and of an emergency restart'),
    commandId: id.nullable().describe('null where no command was under way: a restart code, or a late stop'),
    observedAt: z.iso.datetime(),
  }),
} as const;

/** Every CloudEvent that leaves the platform. Documentation, the types of `emit` and JSON Schemas come from here. */
export const catalogue = {
  'user.created': {
    about: 'user',
    heardBy: office,
    payload: z.object({ userId: id, role: z.enum(roles), market: z.enum(markets).optional() }),
  },
  /** Whoever keeps data of the customer erases it as well. */
  'user.erased': { about: 'user', heardBy: office, payload: z.object({ userId: id }) },
  'kyc.submitted': identityChecked({ documentType: z.enum(documentTypes), country: z.string() }),
  'kyc.approved': identityChecked({ reason: z.string().optional(), expiresOn: day.optional() }),
  'kyc.rejected': identityChecked({ reason: z.string().optional(), expiresOn: day.optional() }),
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
  'vehicle.reserved': vehicleHeld,
  'vehicle.released': vehicleHeld,
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
  ),
  'payment.overdue': aboutLease(
    z.object({ leaseId: id, customerId: id, daysPastDue: z.int(), overdue: money, oldestUnpaidOn: day.nullable() }),
  ),
  'credit.approved': creditAssessed,
  'credit.rejected': creditAssessed,
  'credit.referred': creditAssessed,
  'lease.offered': leaseMoved,
  'lease.activated': leaseMoved,
  'lease.paused': leaseMoved,
  'lease.in_arrears': leaseMoved,
  'lease.completed': leaseMoved,
  'lease.terminated': leaseMoved,
  'telematics.risk.detected': {
    about: 'vehicle',
    heardBy: everybody,
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
  'vehicle.immobilised': vehicleSwitched,
  'vehicle.mobilised': vehicleSwitched,
  'support.ticket.created': {
    about: 'user',
    heardBy: office,
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
  'upgrade.requested': upgradeMoved,
  'upgrade.approved': upgradeMoved,
  'upgrade.completed': upgradeMoved,
  /** It was declined or cancelled, or has lapsed: all is as it was. */
  'upgrade.ended': upgradeMoved,
} as const satisfies Readonly<Record<string, Entry<z.ZodType>>>;

export type EventType = keyof typeof catalogue;
export type LeaseEventType = Extract<EventType, `lease.${string}`>;

const isEventType = (word: string): word is EventType => word in catalogue;
export const eventTypes = Object.keys(catalogue).filter(isEventType);

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
