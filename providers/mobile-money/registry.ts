import { marketRules, type Market, type PaymentProvider } from '#domain/markets';
import { ConfigurationError, type Config } from '#platform/config';
import { createMtn } from './mtn.ts';
import type { MobileMoneyProvider } from './provider.ts';

/** The providers that are configured. */
export interface MobileMoneyRegistry {
  /** @throws Error when the provider is not configured. */
  get(provider: PaymentProvider): MobileMoneyProvider;
  forMarket(market: Market): MobileMoneyProvider[];
  all(): MobileMoneyProvider[];
}

/** @throws ConfigurationError naming what is missing of a provider that is configured in part. */
export function createMobileMoney(config: Config): MobileMoneyRegistry {
  const providers = [mtn(config)].filter((provider) => provider !== null);
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

function mtn(config: Config): MobileMoneyProvider | null {
  const settings = complete(config, ['MTN_BASE_URL', 'MTN_API_USER', 'MTN_API_KEY', 'MTN_SUBSCRIPTION_KEY']);
  if (settings === null) return null;
  const [baseUrl, apiUser, apiKey, subscriptionKey] = settings;
  return createMtn({ baseUrl, apiUser, apiKey, subscriptionKey, targetEnvironment: config.MTN_TARGET_ENVIRONMENT });
}

/** All of the variables, or null when none is set. */
function complete<const Names extends readonly (keyof Config)[]>(config: Config, names: Names): { [K in keyof Names]: string } | null {
  const values = names.map((name) => config[name]);
  if (values.every((value) => value === undefined)) return null;
  const missing = names.filter((_, i) => values[i] === undefined);
  if (missing.length > 0) throw new ConfigurationError(missing.map((name) => `${name}: is needed with ${names[0]}`).join('\n'));
  return values as { [K in keyof Names]: string };
}
