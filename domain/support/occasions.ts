import type { CaseKind } from '../cases.ts';
import { catalogue, type EventType } from '../events/catalogue.ts';
import type { LeaseStatus } from '../leases/status.ts';
import type { TicketCategory } from './ticket.ts';

/** Something that happened, and that somebody has to look after. */
export interface Occasion {
  readonly category: TicketCategory;
  /** For staff; nothing personal. */
  readonly subject: string;
  readonly note: string;
  readonly paymentId: string | undefined;
}

/** What of the cases of a lease is the same matter as a ticket that an event has opened. */
export const casesByCategory: Readonly<Partial<Record<TicketCategory, readonly CaseKind[]>>> = {
  payment: ['refund_failed', 'credit_to_return'],
  arrears: ['visit_customer'],
  tampering: ['tampering_in_arrears'],
};

/** Days past due from which somebody talks to the customer. */
const TALK_DAYS = 30;

const risk = catalogue['telematics.risk.detected'].payload.pick({
  id: true,
  type: true,
  severity: true,
  occurredAt: true,
});
const failure = catalogue['payment.failed'].payload.pick({ paymentId: true, kind: true, reason: true });
const overdue = catalogue['payment.overdue'].payload.pick({ daysPastDue: true });

/**
 * What of the events of leases is a ticket by itself: a crash, a tracker that somebody handles while its lease is in
 * arrears, a refund that did not get through, and thirty days past due. Null for everything else.
 *
 * @param status of the lease as it is now
 */
export function occasionOf(type: EventType, data: unknown, status: LeaseStatus): Occasion | null {
  switch (type) {
    case 'telematics.risk.detected':
      return riskOccasion(risk.parse(data), status);
    case 'payment.failed': {
      const { paymentId, kind, reason } = failure.parse(data);
      // What was not due any more nobody has refused.
      if (kind !== 'refund' || reason === 'not_due') return null;
      const note = `Refund ${paymentId} failed: ${reason}.`;
      return { category: 'payment', subject: 'A refund failed', note, paymentId };
    }
    case 'payment.overdue': {
      const { daysPastDue } = overdue.parse(data);
      if (daysPastDue < TALK_DAYS) return null;
      const note = `The lease is ${daysPastDue} days past due.`;
      return { category: 'arrears', subject: 'Long past due', note, paymentId: undefined };
    }
    default:
      return null;
  }
}

function riskOccasion({ id, type, severity, occurredAt }: ReturnType<typeof risk.parse>, status: LeaseStatus) {
  const note = `Risk event ${id}: ${type}, ${severity}, at ${occurredAt}.`;
  const common = { note, paymentId: undefined };
  if (type === 'crash') return { category: 'accident', subject: 'The tracker saw a crash', ...common } as const;
  const isBehind = status === 'in_arrears' || status === 'immobilised';
  if (type === 'tampering' && isBehind)
    return { category: 'tampering', subject: 'The tracker was tampered with in arrears', ...common } as const;
  return null;
}
