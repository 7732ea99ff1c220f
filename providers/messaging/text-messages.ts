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

function africasTalking(config: Config): TextMessageProvider | null {
  const given = configured(config, ofAfricasTalking);
  if (given === null) return null;
  return createAfricasTalking({
    baseUrl: given.AFRICASTALKING_BASE_URL,
    username: given.AFRICASTALKING_USERNAME,
    apiKey: given.AFRICASTALKING_API_KEY,
    senderTo: (phone) => {
      const market = marketOfPhone(phone);
      return (
        (market === null ? undefined : config[`AFRICASTALKING_SENDER_${market}`]) ??
        config.AFRICASTALKING_SENDER ??
        null
      );
    },
  });
}

function infobip(config: Config): TextMessageProvider | null {
  const given = configured(config, ofInfobip);
  if (given === null) return null;
  const secret = config.INFOBIP_CALLBACK_SECRET;
  return createInfobip({
    baseUrl: given.INFOBIP_BASE_URL,
    apiKey: given.INFOBIP_API_KEY,
    sender: config.INFOBIP_SENDER ?? null,
    reportUrl: secret === undefined ? null : new URL(`/v1/callbacks/infobip-reports/${secret}`, config.PUBLIC_URL).href,
  });
}
