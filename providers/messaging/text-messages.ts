import { z } from 'zod';
import { marketOfPhone } from '#domain/phone';
import { ConfigurationError, type Config } from '#platform/config';
import { configured } from '../settings.ts';
import { createAfricasTalking } from './africas-talking.ts';
import { inOrder } from './in-order.ts';
import { createInfobip } from './infobip.ts';
import type { TextMessageProvider, TextMessages } from './provider.ts';

const ofAfricasTalking = z.object({
  AFRICASTALKING_BASE_URL: z.string(),
  AFRICASTALKING_USERNAME: z.string(),
  AFRICASTALKING_API_KEY: z.string(),
});
const ofInfobip = z.object({ INFOBIP_BASE_URL: z.string(), INFOBIP_API_KEY: z.string() });

/**
 * SMS by Africa's Talking, and by Infobip where that does not take them; by one of them where the other is not configured.
 *
 * @throws ConfigurationError when neither is, or one in part.
 */
export function createTextMessages(config: Config): TextMessages {
  const providers = [africasTalking(config), infobip(config)].filter((one) => one !== null);
  if (providers.length > 0) return inOrder(providers);
  const names = Object.keys(ofAfricasTalking.shape).map((name) => `  ${name}: is needed to send texts`);
  throw new ConfigurationError(`The configuration is wrong:\n${names.join('\n')}`);
}

/**
 * Secrets of delivery reports that are not set though their gateway is: without reports no warning of a stop counts as delivered,
 * and nobody is stopped.
 */
export function unreported(config: Config): string[] {
  return (['AFRICASTALKING', 'INFOBIP'] as const).flatMap((gateway) => {
    const secret = `${gateway}_CALLBACK_SECRET` as const;
    return config[`${gateway}_API_KEY`] !== undefined && config[secret] === undefined ? [secret] : [];
  });
}

/** Who we are to a phone: sender ids are registered by country. Null leaves it to the provider. */
const senderTo =
  (config: Config, name: 'AFRICASTALKING_SENDER' | 'INFOBIP_SENDER') =>
  (phone: string): string | null => {
    const market = marketOfPhone(phone);
    return (market === null ? undefined : config[`${name}_${market}`]) ?? config[name] ?? null;
  };

function africasTalking(config: Config): TextMessageProvider | null {
  const given = configured(config, ofAfricasTalking);
  if (given === null) return null;
  return createAfricasTalking({
    baseUrl: given.AFRICASTALKING_BASE_URL,
    username: given.AFRICASTALKING_USERNAME,
    apiKey: given.AFRICASTALKING_API_KEY,
    senderTo: senderTo(config, 'AFRICASTALKING_SENDER'),
  });
}

function infobip(config: Config): TextMessageProvider | null {
  const given = configured(config, ofInfobip);
  if (given === null) return null;
  const secret = config.INFOBIP_CALLBACK_SECRET;
  return createInfobip({
    baseUrl: given.INFOBIP_BASE_URL,
    apiKey: given.INFOBIP_API_KEY,
    senderTo: senderTo(config, 'INFOBIP_SENDER'),
    reportUrl: secret === undefined ? null : new URL(`/v1/callbacks/infobip-reports/${secret}`, config.PUBLIC_URL).href,
  });
}
