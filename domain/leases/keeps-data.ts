import { RECOVERY_DAYS } from './recovery.ts';
import { hasEnded, type LeaseStatus } from './status.ts';
import { formatMoney, money, type Currency } from '../money.ts';

const DAY = 24 * 3_600_000;

/** What stands between a customer and the house about one lease. Sums in minor units of its currency. */
interface Affairs {
  readonly status: LeaseStatus;
  readonly currency: Currency;
  /** On the lease's own clock, as `at`. */
  readonly endedAt: Date | null;
  readonly at: Date;
  /** Owed to the customer. */
  readonly credit: number;
  /** Owed by the customer, since it was taken back or given back twice. */
  readonly disputed: number;
  /** Of what was given up: what is not paid. */
  readonly writtenOff: number;
  /** Charges, refunds and payments by himself whose outcome is open, or that are not in the books yet. */
  readonly underWay: number;
  /** His vehicle was taken back, and he may have it back still. */
  readonly isKept: boolean;
}

/**
 * Why a lease keeps its customer's personal data, in words for him: it goes on, or something of it is open. What was
 * given up keeps him for as long as it may be claimed. Empty where nothing does.
 */
export function whatKeepsData(affairs: Affairs): string[] {
  const { status, currency, endedAt, at, credit, disputed, writtenOff, underWay, isKept } = affairs;
  if (!hasEnded(status)) return [`it is not over, but ${status}`];
  const sum = (amount: number) => formatMoney(money(amount, currency));
  const mayBeClaimed = endedAt === null || at.getTime() < endedAt.getTime() + RECOVERY_DAYS * DAY;
  return [
    ...(credit > 0 ? [`${sum(credit)} are to be given back to you`] : []),
    ...(disputed > 0 ? [`${sum(disputed)} are in dispute`] : []),
    ...(writtenOff > 0 && mayBeClaimed ? [`${sum(writtenOff)} were written off and are not paid`] : []),
    ...(isKept ? ['the vehicle was taken back, and is kept for you until it is sold'] : []),
    ...(underWay > 0 ? ['a payment or a refund is under way'] : []),
  ];
}
