import { Problem } from './errors.ts';
import { marketOf, marketRules } from './markets.ts';
import type { Currency, Money } from './money.ts';

/**
 * Refuses a sum that nobody can pay: providers and cashiers take whole shillings and francs. Every sum that a
 * person enters, and that a customer or an agent may have to pay, goes through here.
 *
 * @param path of the amount in the request, dotted
 * @throws Problem unprocessable naming it.
 */
export function refuseUnpayable({ amount, currency }: Money, path = 'amount.amount'): void {
  const { lineUnit } = marketRules(marketOf(currency));
  if (amount % lineUnit === 0) return;
  throw new Problem('unprocessable', 'Payments are made in whole shillings or francs', [
    { path, message: `must be a multiple of ${lineUnit}` },
  ]);
}

/**
 * @param field of the request, dotted
 * @returns the minor units of a sum that was moved already, whatever it is.
 * @throws Problem currency_mismatch
 */
export function movedIn(lease: { readonly currency: Currency }, { amount, currency }: Money, field = 'amount'): number {
  if (currency === lease.currency) return amount;
  throw new Problem('currency_mismatch', `the lease is in ${lease.currency}`, [
    { path: `${field}.currency`, message: `must be ${lease.currency}` },
  ]);
}

/**
 * @param field of the request, dotted
 * @returns the minor units.
 * @throws Problem currency_mismatch, or unprocessable for what cannot be paid, naming the field.
 */
export function inLeaseCurrency(lease: { readonly currency: Currency }, sum: Money, field = 'amount'): number {
  const amount = movedIn(lease, sum, field);
  refuseUnpayable(sum, `${field}.amount`);
  return amount;
}
