import { and, eq, gt, inArray, isNotNull, isNull, like, ne, notInArray, or, type Column } from 'drizzle-orm';
import { anyDue, dueFor, laterParts } from '#domain/leases/due';
import { attempts, giveBacks } from '../schema/index.ts';
import type { AttemptRow } from './payments.ts';

/** States of a payment that no column says alone: of a row in hand, and as what SQL asks for. */

type InBooks = Pick<AttemptRow, 'status' | 'transferId'>;

/** Known as paid, and in no books yet. */
export const isUnbooked = ({ status, transferId }: InBooks): boolean => status === 'succeeded' && transferId === null;
export const unbooked = and(eq(attempts.status, 'succeeded'), isNull(attempts.transferId));

export const isBooked = ({ status, transferId }: InBooks): boolean => status === 'succeeded' && transferId !== null;
export const booked = and(eq(attempts.status, 'succeeded'), isNotNull(attempts.transferId));

/** Taken back by its provider, all of it or a part. */
export const wasTakenBack = ({ status, takenBack }: Pick<AttemptRow, 'status' | 'takenBack'>): boolean =>
  status === 'reversed' || takenBack > 0;
export const someTakenBack = or(eq(attempts.status, 'reversed'), gt(attempts.takenBack, 0));

/** Goes back to a customer, or went, and was not taken back. */
export const goesBack = and(eq(attempts.kind, 'refund'), notInArray(attempts.status, ['failed', 'reversed']));
/** A refund that was refused. What was stopped here nobody has refused. */
export const wasRefused = and(
  eq(attempts.kind, 'refund'),
  eq(attempts.status, 'failed'),
  ne(attempts.reason, 'not_due'),
);

/** Sent, and failed since its provider had not seen it, or a person took it for failed: it may have got there late. */
const withoutItsWord = ['not_sent', 'not_confirmed'] as const;
export const isUnseenRefund = and(
  and(eq(attempts.kind, 'refund'), eq(attempts.status, 'failed'), eq(attempts.sent, true)),
  inArray(attempts.reason, withoutItsWord),
);
export const isUnseenGiveBack = and(
  and(eq(giveBacks.status, 'failed'), eq(giveBacks.sent, true)),
  inArray(giveBacks.declined, withoutItsWord),
);

/** Refunds of a payment to whoever had paid it, by the way that it came. */
export const toPayerOf = (paymentId: string) =>
  and(eq(attempts.refundOf, paymentId), isNull(attempts.paymentMethodId), eq(attempts.kind, 'refund'));
/** What goes back from suspense, and of which nobody knows yet. */
export const openGiveBack = inArray(giveBacks.status, ['pending', 'unknown']);

/** Whether a refund goes to another payment method of the customer than its money came by. */
export const goesElsewhere = (
  refund: Pick<AttemptRow, 'paymentMethodId'>,
  payment: Pick<AttemptRow, 'paymentMethodId'>,
): boolean => refund.paymentMethodId !== null && refund.paymentMethodId !== payment.paymentMethodId;

/** Charges that somebody has asked for, and no lease by itself; of `attempts`, or an alias of it. */
export const askedByPeople = (of: { readonly due: Column } = attempts) =>
  or(like(of.due, anyDue('own')), like(of.due, anyDue('settlement')));
/** Charges that a lease has asked for by itself. */
export const askedByLease = or(
  eq(attempts.due, dueFor('deposit')),
  like(attempts.due, laterParts(dueFor('deposit'))),
  like(attempts.due, anyDue('instalment')),
);
