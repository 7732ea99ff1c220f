import type { LocalDate } from '../calendar.ts';
import type { LeaseStatus } from './status.ts';

/**
 * What the lease's workflow knows of its money: small, plain, and returned by every activity that
 * moved some. Amounts are minor units of the lease's currency.
 */
export interface Standing {
  /** Of the lease's row: the higher one is the later one. Standings from before it was counted have none. */
  readonly version?: number;
  readonly status: LeaseStatus;
  readonly depositDue: number;
  readonly outstanding: number;
  readonly feesDue: number;
  readonly credit: number;
  /** The oldest line that is not paid in full, or null before handover and after the last payment. */
  readonly nextDue: { readonly number: number; readonly on: LocalDate; readonly amount: number } | null;
  readonly instalmentsPaid: number;
  /** The day from which another late fee may be charged; null where there is none. */
  readonly lateFeeOn: LocalDate | null;
  /** First day after the pause that the lease is in. */
  readonly pausedUntil: LocalDate | null;
  /** The day of the customer's open promise. */
  readonly promisedOn: LocalDate | null;
  /** Days past due beyond which the plan stops the vehicle; null where it never does, absent in what was read before it did. */
  readonly stopsAfter?: number | null;
  /** Of its vehicle, while one is open; absent in what was read before there were any. */
  readonly immobilisationId?: string | null;
  /** ISO 8601 UTC, until when an agent has the vehicle held; null where none has extended it, absent in what was read before they could. */
  readonly holdExtendedUntil?: string | null;
  /** Payment methods to charge, in order. */
  readonly methods: number;
}
