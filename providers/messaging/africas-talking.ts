import { z } from 'zod';
import type { DeclineReason } from '#domain/payments/decline';
import { ProviderHttp, type HttpAnswer, type HttpLimits } from '../http.ts';
import { ProviderFailure } from '../provider-failure.ts';
import type { TextMessageProvider } from './provider.ts';

/** As receipts know it. */
export const NAME = 'africastalking';

const recipient = z.object({
  statusCode: z.coerce.number().nullable().catch(null),
  status: z.string().nullable().catch(null),
  messageId: z.string().max(200).nullable().catch(null),
});
const answerShape = z.object({ SMSMessageData: z.object({ Recipients: z.array(recipient) }) });

type Fate = 'taken' | 'not_taken' | DeclineReason;
/** What becomes of a text, by code and by word; a reason of ours is what another try to the same phone cannot mend. */
const fates: readonly (readonly [code: number, word: string, fate: Fate])[] = [
  [100, 'Processed', 'taken'],
  [101, 'Sent', 'taken'],
  [101, 'Success', 'taken'],
  [102, 'Queued', 'taken'],
  [401, 'RiskHold', 'not_taken'],
  [402, 'InvalidSenderId', 'not_taken'],
  [403, 'InvalidPhoneNumber', 'no_subscriber'],
  [404, 'UnsupportedNumberType', 'no_subscriber'],
  [405, 'InsufficientBalance', 'not_taken'],
  [406, 'UserInBlacklist', 'blocked'],
  [407, 'CouldNotRoute', 'not_taken'],
  [409, 'DoNotDisturbRejection', 'blocked'],
  [500, 'InternalServerError', 'not_taken'],
  [501, 'GatewayError', 'not_taken'],
  [502, 'RejectedByGateway', 'not_taken'],
];

interface AfricasTalkingSettings {
  readonly baseUrl: string;
  readonly username: string;
  readonly apiKey: string;
  /** Sender id or short code for a phone; null leaves it to the provider. */
  readonly senderTo: (phone: string) => string | null;
  readonly limits?: HttpLimits;
}

/** Africa's Talking. It has no deduplication: a repeated send is a second message. */
export function createAfricasTalking({
  baseUrl,
  username,
  apiKey,
  senderTo,
  limits,
}: AfricasTalkingSettings): TextMessageProvider {
  const http = new ProviderHttp({ name: NAME, base: baseUrl, ...(limits && { limits }) });
  const headers = { apikey: apiKey, accept: 'application/json' };
  return {
    name: NAME,
    async send({ to, body, from = senderTo(to) }) {
      const form = new URLSearchParams({ username, to, message: body, ...(from !== null && { from }) });
      const messageId = checkTaken(await http.send('/version1/messaging', { method: 'POST', headers, body: form }));
      return { provider: NAME, messageId };
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

/** @returns its id @throws ProviderFailure `unknown` too where an answer of success cannot be read: the text may be on its way. */
function checkTaken({ status, body }: HttpAnswer): string | null {
  const recipients = answerShape.safeParse(body).data?.SMSMessageData.Recipients;
  const first = recipients?.[0];
  const fate = first === undefined ? null : fateOf(first);
  // `None` is how it writes that there is none.
  if (status < 300 && fate === 'taken') return first?.messageId === 'None' ? null : (first?.messageId ?? null);
  const message = `africastalking: answered ${status} ${first?.statusCode ?? ''}`.trimEnd();
  if (fate !== null && fate !== 'taken' && fate !== 'not_taken') throw new ProviderFailure('refused', message, fate);
  // A list without anybody says that nobody was sent anything.
  const isRead = fate !== null || recipients?.length === 0;
  const mayBeTaken = status < 300 ? !isRead : status >= 500 && status !== 503;
  throw new ProviderFailure(mayBeTaken ? 'unknown' : 'not_taken', message);
}

/** By the code; by the word where there is no code, or none that is known. Null where neither tells. */
function fateOf({ statusCode, status }: z.infer<typeof recipient>): Fate | null {
  const known = fates.find(([code]) => code === statusCode) ?? fates.find(([, word]) => word === status);
  return known?.[2] ?? null;
}
