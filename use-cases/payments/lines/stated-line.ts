import type { LocalDate } from '#domain/calendar';
import { normalReceipt } from '#domain/payments/receipt';
import type { Line } from '#domain/payments/reconciliation';
import type { Day } from '#domain/payments/wire';
import type { UnreadLine } from '#providers/mobile-money/statement';
import type { PaymentDependencies } from '../dependencies.ts';

/** A line of a statement as it is compared: `payer` is the hash of the phone. */
export interface StatedLine extends Line {
  /** E.164 with the plus; null where the provider hides it. */
  readonly phone: string | null;
}

/** A day's statement, as it is compared. */
export interface StatedDay {
  readonly lines: readonly StatedLine[];
  readonly unread: readonly UnreadLine[];
}

/** The statement of a date. @throws ProviderFailure when it is not to be had. */
export async function statedLines(
  deps: Pick<PaymentDependencies, 'encryption' | 'mobileMoney'>,
  day: Day,
  date: LocalDate,
): Promise<StatedDay> {
  const { lines, unread } = await deps.mobileMoney.get(day.provider).statement(date, day.market);
  const stated = lines.map(({ payer: phone, amount, at, receipt, originalReceipt, ...line }) => ({
    ...line,
    receipt: normalReceipt(receipt),
    originalReceipt: originalReceipt === null ? null : normalReceipt(originalReceipt),
    phone,
    payer: phone === null ? null : deps.encryption.hash('phone', phone),
    amount: amount.amount,
    at: at.getTime(),
  }));
  return { lines: stated, unread };
}
