import { marketRules, type Market } from '../markets.ts';
import { formatMoney, money } from '../money.ts';

/**
 * Why a provider cannot send money in suspense back to whoever paid it; null where it can.
 *
 * @param ways in which the provider gives back what customers paid by themselves: by its receipt the whole alone
 * @param moves the most that it moves at once, and the least, in minor units
 */
export function notReturnable(
  {
    amount,
    market,
    isPayerKnown,
    isWhole,
  }: { amount: number; market: Market; isPayerKnown: boolean; isWhole: boolean },
  ways: readonly ('receipt' | 'payer')[],
  { most, least = 0 }: { readonly most?: number | undefined; readonly least?: number | undefined },
): string | null {
  const { currency, lineUnit } = marketRules(market);
  if (ways.length === 0)
    return 'the provider gives nothing back of what customers pay by themselves, as it is configured';
  if (!(isWhole && ways.includes('receipt'))) {
    if (!ways.includes('payer'))
      return 'the provider gives back all of it or nothing, and a part of it has gone already';
    if (!isPayerKnown) return 'nobody knows the number that it came from';
  }
  if (amount % lineUnit !== 0) return 'the provider moves whole shillings and francs';
  if (amount < least) return `the provider moves no less than ${formatMoney(money(least, currency))}`;
  if (most !== undefined && amount > most)
    return `the provider moves at most ${formatMoney(money(most, currency))} at once`;
  return null;
}
