import { z } from 'zod';
import { stepKinds, stepStatuses } from '../collateral/step.ts';
import { creditStatuses, creditTiers } from '../credit/assessment.ts';
import { accountChanges } from '../leases/account-change.ts';
import { demandKinds } from '../leases/demand.ts';
import { workouts } from '../leases/schedule-change.ts';
import { leaseStatuses } from '../leases/status.ts';
import { markets } from '../markets.ts';
import { currencies } from '../money.ts';
import { guaranteeStatuses } from '../parties/guarantee.ts';
import { transferStatuses } from '../parties/transfer.ts';
import { priorities, ticketCategories, ticketStatuses } from '../support/ticket.ts';
import { causes, endings } from '../telematics/immobilisation/episode.ts';
import { letGoBys, upgradeStatuses } from '../upgrades/upgrade.ts';

/** What events carry that several types share: ids, amounts and reasons, never a name, a phone or a document. */
export const id = z.uuid();
export const minor = z.int().describe('minor units of the currency of the lease');
export const money = z.object({ amount: z.int(), currency: z.enum(currencies) });
export const day = z.iso.date();

export const leaseMoved = z.object({
  leaseId: id,
  customerId: id,
  vehicleId: id,
  status: z.enum(leaseStatuses),
  from: z.enum(leaseStatuses),
  reason: z.string().optional(),
  daysPastDue: z.int().positive().optional(),
  overdue: minor.optional(),
});

/** What others than its customer have done to what he has paid, or owes. */
export const accountChanged = z.object({
  leaseId: id,
  customerId: id,
  key: z.string().describe('of the change: once told'),
  change: z.enum(accountChanges),
  amount: money,
  left: money.describe('what he owes then; of an application, of its deposit'),
  ofDeposit: z.boolean().optional().describe('that `left` is of the deposit, of an application'),
  receiptNumber: z.string().optional().describe('of the paper that he was given, or has signed'),
});

/** What the house owes for its own workshop, and the lease did not take. */
export const daysNotCredited = z.object({ leaseId: id, maintenanceId: id, days: z.int().positive() });
const asScheduled = z.object({ instalment: money, lastDueOn: day });
/** What staff, or whoever had it undone, have made of what is paid when. */
export const scheduleChanged = z.object({
  leaseId: id,
  customerId: id,
  kind: z.enum([...workouts, 'undone']),
  scheduleVersion: z.int(),
  before: asScheduled,
  after: asScheduled,
  objectUntil: day
    .nullable()
    .describe('until which its customer may have it undone; null where he pays no more each time'),
});

/** `subject` is the lease whose reference was typed. */
export const paidByHimself = z.object({
  leaseId: id,
  customerId: id,
  inboundId: id,
  amount: money,
  status: z.enum(leaseStatuses),
});

/** `subject` is the lease that is left. */
export const upgradeMoved = z.object({
  upgradeId: id,
  leaseId: id,
  newLeaseId: id.nullable().describe('null until the swap'),
  customerId: id,
  vehicleId: id.describe('the vehicle that is taken'),
  status: z.enum(upgradeStatuses),
  tradeIn: money,
  subsidy: money
    .optional()
    .describe('what of that is theirs who paid a part of the price; left out by events of before'),
  settlement: money,
  deposit: money,
  payout: money,
  instalment: money,
  total: money,
  reason: z.string().optional(),
  expiresAt: z.iso.datetime().optional().describe('until when it is good; left out by events of before'),
  letGoBy: z.enum(letGoBys).optional().describe('of one that lapsed: whose it was to go on with it'),
});

/** `subject` is the lease. */
export const leaseMadeOver = z.object({
  transferId: id,
  leaseId: id,
  vehicleId: id,
  fromCustomerId: id,
  toCustomerId: id.nullable().describe('null until somebody has accepted it'),
  status: z.enum(transferStatuses),
  isAgreed: z.boolean().describe('false while its customer has not agreed to what an agent has proposed'),
  paid: money.nullable().describe('of the price when it was made over; null before'),
  outstanding: money.nullable(),
});

/** `subject` is the lease. */
export const answeredFor = z.object({
  leaseId: id,
  guaranteeId: id,
  guarantorId: id,
  status: z.enum(guaranteeStatuses),
  cap: money.describe('the most that he answers for'),
  asked: money.nullable().describe('what he is called upon for; null where he is not'),
});

/** `subject` is the lease. */
/** What of a vehicle was demanded in writing, before it is taken back or sold. */
export const demanded = z.object({
  leaseId: id,
  customerId: id,
  demandId: id,
  kind: z.enum(demandKinds),
  amount: money,
  until: day.describe('the first day on which the vehicle may be taken back, or sold'),
});

export const registered = z.object({
  leaseId: id,
  customerId: id,
  stepId: id,
  kind: z.enum(stepKinds),
  status: z.enum(stepStatuses),
  dueOn: day,
  doneOn: day.nullable(),
});

export const creditAssessed = z.object({
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
});

export function identityChecked<More extends z.ZodRawShape>(more: More) {
  return z.object({ userId: id, submissionId: id, ...more });
}

/** Of a queue of those who wait for a vehicle. */
export const queued = z.object({ waitingId: id, vehicleId: id, customerId: id });

export const vehicleHeld = z.object({
  leaseId: id,
  vehicleId: id,
  reason: z.string().optional().describe('of a release'),
});

export const ticket = z.object({
  ticketId: id,
  customerId: id,
  market: z.enum(markets),
  category: z.enum(ticketCategories),
  priority: z.enum(priorities),
  status: z.enum(ticketStatuses),
});
/** Seen at the output of its relay, never believed of an acknowledgement. */
export const vehicleSwitched = z.object({
  vehicleId: id,
  leaseId: id.nullable(),
  trackerId: id,
  immobilisationId: id,
  cause: z.enum(causes).describe('why it was stopped'),
  reason: z.enum(endings).nullable().describe('why it moves again; null of a stop, and of an emergency restart'),
  commandId: id.nullable().describe('null where no command was under way: a restart code, or a late stop'),
  observedAt: z.iso.datetime(),
});
