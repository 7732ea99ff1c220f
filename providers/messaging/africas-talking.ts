import { z } from 'zod';
import { ConfigurationError, type Config } from '#platform/config';
import { ProviderHttp } from '../http.ts';
import { ProviderFailure } from '../mobile-money/provider.ts';
import type { TextMessageProvider } from './provider.ts';

const answerShape = z.object({ SMSMessageData: z.object({ Recipients: z.array(z.object({ statusCode: z.number() })) }) });
/** 100 processed, 101 sent, 102 queued. */
const taken = new Set([100, 101, 102]);

/** SMS by Africa's Talking. @throws ConfigurationError when it is not configured. */
export function createTextMessages(config: Config): TextMessageProvider {
  const { AFRICASTALKING_BASE_URL: base, AFRICASTALKING_USERNAME: username, AFRICASTALKING_API_KEY: apiKey, AFRICASTALKING_SENDER: from } = config;
  if (base === undefined || username === undefined || apiKey === undefined) {
    throw new ConfigurationError('AFRICASTALKING_BASE_URL, AFRICASTALKING_USERNAME, AFRICASTALKING_API_KEY: are needed to send texts');
  }
  const http = new ProviderHttp(base);
  return {
    name: 'africastalking',
    async send({ to, body }) {
      const form = new URLSearchParams({ username, to, message: body, ...(from === undefined ? {} : { from }) });
      const answer = await http.send('/version1/messaging', { method: 'POST', headers: { apikey: apiKey, accept: 'application/json' }, body: form });
      const parsed = answerShape.safeParse(answer.body);
      const recipients = parsed.data?.SMSMessageData.Recipients ?? [];
      if (answer.status >= 300 || !recipients.some(({ statusCode }) => taken.has(statusCode))) {
        throw new ProviderFailure('not_taken', `the text was not taken: ${answer.status}`);
      }
    },
    ping: async () => {
      await http.send('/', { method: 'GET' });
    },
  };
}
