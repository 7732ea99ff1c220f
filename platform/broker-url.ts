import { ConfigurationError, type Config } from './config.ts';

/**
 * The address of a broker with the account that we have there: `platform` and its password where the address names none,
 * so that MQTT_URL need not hold a secret.
 */
export function brokerUrl(address: string, platformPassword: string): string {
  const url = new URL(address);
  if (url.username === '') url.username = 'platform';
  if (url.password === '') url.password = encodeURIComponent(platformPassword);
  return url.href;
}

/**
 * The address of the broker that stands by itself; undefined where the telematics process is the broker.
 *
 * @throws ConfigurationError in production without one: nothing embedded starts there.
 */
export function namedBroker({
  NODE_ENV,
  MQTT_URL,
  MQTT_PLATFORM_PASSWORD,
}: Pick<Config, 'NODE_ENV' | 'MQTT_URL' | 'MQTT_PLATFORM_PASSWORD'>): string | undefined {
  if (MQTT_URL !== undefined) return brokerUrl(MQTT_URL, MQTT_PLATFORM_PASSWORD);
  if (NODE_ENV === 'production')
    throw new ConfigurationError('The configuration is wrong:\n  MQTT_URL: is needed with NODE_ENV=production');
  return undefined;
}
