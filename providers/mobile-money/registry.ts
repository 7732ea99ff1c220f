import { marketRules, type Market, type PaymentProvider } from '#domain/markets';
import { suggestProvider } from '#domain/payments/prefixes';
import type { Config } from '#platform/config';
import { airtelFromConfig } from './airtel.ts';
import { mpesaFromConfig } from './mpesa.ts';
import { mtnFromConfig } from './mtn.ts';
import type { MobileMoneyProvider } from './provider.ts';

/** Every adapter there is: a new one is a file and a line here; docs/providers.md says what else it needs. */
const adapters: readonly ((config: Config) => MobileMoneyProvider | null)[] = [
  mtnFromConfig,
  airtelFromConfig,
  mpesaFromConfig,
];

/** The providers that are configured. */
export interface MobileMoneyRegistry {
  /** @throws Error when the provider is not configured. */
  get(provider: PaymentProvider): MobileMoneyProvider;
  forMarket(market: Market): MobileMoneyProvider[];
  /** The one that a number (E.164 with the plus) was given out by; null where its prefix does not tell, or it is not configured. */
  forPhone(phone: string): MobileMoneyProvider | null;
  all(): MobileMoneyProvider[];
}

/** @throws ConfigurationError naming what is missing of a provider that is configured in part. */
export function createMobileMoney(config: Config): MobileMoneyRegistry {
  const providers = adapters.map((adapter) => adapter(config)).filter((provider) => provider !== null);
  return {
    get(name) {
      const provider = providers.find((one) => one.name === name);
      if (provider === undefined) throw new Error(`the provider ${name} is not configured`);
      return provider;
    },
    forPhone(phone) {
      const name = suggestProvider(phone);
      return providers.find((one) => one.name === name) ?? null;
    },
    forMarket: (market) => providers.filter(({ name }) => marketRules(market).providers.includes(name)),
    all: () => providers,
  };
}
