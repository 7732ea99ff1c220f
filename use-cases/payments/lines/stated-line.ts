import type { LocalDate } from '#domain/calendar';
import { normalReceipt } from '#domain/payments/receipt';
import type { Line } from '#domain/payments/reconciliation';
import type { Day } from '#domain/payments/wire';
import type { PaymentDependencies } from '../dependencies.ts';

/** A line of a statement as it is compared: `payer` is the hash of the phone. */
export interface StatedLine extends Line {
  /** E.164 with the plus; null where the provider hides it. */
  readonly phone: string | null;
}

/** The statement of a date. @throws ProviderFailure when it is not to be had. */
export async function statedLines(
  deps: Pick<PaymentDependencies, 'encryption' | 'mobileMoney'>,
  day: Day,
  date: LocalDate,
): Promise<StatedLine[]> {
  const statement = await deps.mobileMoney.get(day.provider).statement(date, day.market);
  return statement.map(({ payer: phone, amount, at, receipt, originalReceipt, ...line }) => ({
    ...line,
    receipt: normalReceipt(receipt),
    originalReceipt: originalReceipt === null ? null : normalReceipt(originalReceipt),
    phone,
    payer: phone === null ? null : deps.encryption.hash('phone', phone),
    amount: amount.amount,
    at: at.getTime(),
  }));
}
