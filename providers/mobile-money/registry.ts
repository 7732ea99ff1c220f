import { marketRules, type Market, type PaymentProvider } from '#domain/markets';
import type { Config } from '#platform/config';
import { airtelFromConfig } from './airtel.ts';
import { mpesaFromConfig } from './mpesa.ts';
import { mtnFromConfig } from './mtn.ts';
import type { MobileMoneyProvider } from './provider.ts';

/** Every adapter there is: a new one is a file, a name in domain/markets.ts and a line here. */
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
    forMarket: (market) => providers.filter(({ name }) => marketRules(market).providers.includes(name)),
    all: () => providers,
  };
}
