import type { PaymentProvider } from '../markets.ts';

/**
 * Which provider a number was first given out by. Numbers are ported between networks in all three
 * countries, so this preselects a provider where the customer names none. Sources: the numbering plans of
 * UCC (Uganda) and RURA (Rwanda); in Kenya there is one provider.
 */
const prefixes: ReadonlyMap<string, PaymentProvider> = new Map<string, PaymentProvider>([
  ['+25631', 'mtn'],
  ['+25639', 'mtn'],
  ['+25676', 'mtn'],
  ['+25677', 'mtn'],
  ['+25678', 'mtn'],
  ['+25620', 'airtel'],
  ['+25670', 'airtel'],
  ['+25674', 'airtel'],
  ['+25675', 'airtel'],
  ['+25078', 'mtn'],
  ['+25079', 'mtn'],
  ['+25072', 'airtel'],
  ['+25073', 'airtel'],
  ['+2541', 'mpesa'],
  ['+2547', 'mpesa'],
]);

/** The provider to suggest for a phone (E.164 with the plus), or null where its prefix tells nothing. */
export function suggestProvider(phone: string): PaymentProvider | null {
  return prefixes.get(phone.slice(0, 6)) ?? prefixes.get(phone.slice(0, 5)) ?? null;
}
