import { z } from 'zod';
import type { DeclineReason } from '#domain/payments/decline';
import { ConfigurationError, type Config } from '#platform/config';
import { ProviderHttp, type Answer, type HttpLimits } from '../http.ts';
import { ProviderFailure } from '../mobile-money/provider.ts';
import { configured } from '../settings.ts';
import type { TextMessageProvider } from './provider.ts';

const variables = z.object({
  AFRICASTALKING_BASE_URL: z.string(),
  AFRICASTALKING_USERNAME: z.string(),
  AFRICASTALKING_API_KEY: z.string(),
});

const answerShape = z.object({
  SMSMessageData: z.object({ Recipients: z.array(z.object({ statusCode: z.coerce.number() })) }),
});
/** Processed, sent, queued. */
const taken = new Set([100, 101, 102]);
/** What another try to the same phone cannot mend. */
const refusals: ReadonlyMap<number, DeclineReason> = new Map([
  [403, 'no_subscriber'],
  [404, 'no_subscriber'],
  [406, 'blocked'],
  [409, 'blocked'],
]);

/** SMS by Africa's Talking. @throws ConfigurationError when it is not configured, or in part. */
export function createTextMessages(config: Config): TextMessageProvider {
  const given = configured(config, variables);
  if (given === null) {
    const names = Object.keys(variables.shape).map((name) => `  ${name}: is needed to send texts`);
    throw new ConfigurationError(`The configuration is wrong:\n${names.join('\n')}`);
  }
  return createAfricasTalking({
    baseUrl: given.AFRICASTALKING_BASE_URL,
    username: given.AFRICASTALKING_USERNAME,
    apiKey: given.AFRICASTALKING_API_KEY,
    sender: config.AFRICASTALKING_SENDER ?? null,
  });
}

export interface AfricasTalkingSettings {
  readonly baseUrl: string;
  readonly username: string;
  readonly apiKey: string;
  /** Sender id or short code; null leaves it to the provider. */
  readonly sender: string | null;
  readonly limits?: HttpLimits;
}

/** Africa's Talking. It has no deduplication: a repeated send is a second message. */
export function createAfricasTalking({
  baseUrl,
  username,
  apiKey,
  sender,
  limits,
}: AfricasTalkingSettings): TextMessageProvider {
  const http = new ProviderHttp({ name: 'africastalking', base: baseUrl, ...(limits && { limits }) });
  const headers = { apikey: apiKey, accept: 'application/json' };
  return {
    name: 'africastalking',
    async send({ to, body }) {
      const form = new URLSearchParams({ username, to, message: body, ...(sender !== null && { from: sender }) });
      checkTaken(await http.send('/version1/messaging', { method: 'POST', headers, body: form }));
    },
    async ping() {
      const { status } = await http.send(`/version1/user?username=${encodeURIComponent(username)}`, {
        method: 'GET',
        headers,
      });
      if (status >= 500) throw new ProviderFailure('not_taken', `africastalking: answered ${status}`);
    },
    circuit: () => http.circuit,
  };
}

function checkTaken({ status, body }: Answer): void {
  const recipients = answerShape.safeParse(body).data?.SMSMessageData.Recipients;
  const code = recipients?.[0]?.statusCode;
  if (status < 300 && code !== undefined && taken.has(code)) return;
  const message = `africastalking: answered ${status} ${code ?? ''}`.trimEnd();
  const refusal = refusals.get(code ?? 0);
  if (refusal !== undefined) throw new ProviderFailure('refused', message, refusal);
  throw new ProviderFailure(status >= 500 && status !== 503 ? 'unknown' : 'not_taken', message);
}
