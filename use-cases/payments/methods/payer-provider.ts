import { Problem } from '#domain/errors';
import { marketRules, markets, type PaymentProvider } from '#domain/markets';
import type { MobileMoneyRegistry } from '#providers/mobile-money/registry';

/**
 * Who a number is charged by: as the customer says, since numbers are taken along from network to network,
 * else by the prefix.
 *
 * @throws Problem unprocessable when that provider is not configured or does not serve the country.
 */
export function payerProvider(
  mobileMoney: Pick<MobileMoneyRegistry, 'forPhone' | 'all'>,
  { provider: given, phone: number }: { provider?: PaymentProvider | undefined; phone: string },
): PaymentProvider {
  const refuse = (path: string, message: string) =>
    new Problem('unprocessable', 'The provider does not serve this number', [{ path, message }]);
  const name = given ?? mobileMoney.forPhone(number)?.name;
  if (name === undefined) throw refuse('provider', 'is needed: the prefix of the number does not tell');
  const served = markets.filter((market) => marketRules(market).providers.includes(name));
  if (!served.some((market) => number.startsWith(marketRules(market).callingCode)))
    throw refuse('phone', `must be a number of ${served.join(' or ')} for ${name}`);
  if (mobileMoney.all().every((one) => one.name !== name)) throw refuse('provider', `${name} is not configured here`);
  return name;
}
