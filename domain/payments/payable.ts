import { Problem } from '../errors.ts';
import { marketOf, marketRules } from '../markets.ts';
import type { Money } from '../money.ts';

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
