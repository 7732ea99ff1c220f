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
