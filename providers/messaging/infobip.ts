import { z } from 'zod';
import type { DeclineReason } from '#domain/payments/decline';
import { ProviderHttp, type HttpAnswer, type HttpLimits } from '../http.ts';
import { ProviderFailure } from '../provider-failure.ts';
import type { TextMessageProvider } from './provider.ts';

/** As receipts know it. */
export const NAME = 'infobip';

interface InfobipSettings {
  /** Of the account, such as `https://abc123.api.infobip.com`. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Sender id for a phone; null leaves it to the provider. */
  readonly senderTo: (phone: string) => string | null;
  /** Where delivery reports go; null for none. */
  readonly reportUrl: string | null;
  readonly limits?: HttpLimits;
}

const status = z.object({ groupName: z.string(), name: z.string().catch('') });
const answerShape = z.object({
  messages: z.array(z.object({ messageId: z.string().max(200).nullable().catch(null), status })).min(1),
});

/** What is delivered later is `PENDING` now; the words are those of Infobip's status groups. */
const takenGroups: ReadonlySet<string> = new Set(['PENDING', 'DELIVERED', 'OK']);
/** Rejections that are about the phone, which another try cannot mend: all others are about us, the route or the text. */
const refusals: ReadonlyMap<string, DeclineReason> = new Map([
  ['REJECTED_PREFIX_MISSING', 'no_subscriber'],
  ['REJECTED_INVALID_DESTINATION', 'no_subscriber'],
  ['MISSING_TO', 'no_subscriber'],
  ['REJECTED_DESTINATION', 'blocked'],
  ['REJECTED_DND', 'blocked'],
]);

/** Infobip's SMS API v3. It has no deduplication that it promises: a repeated send is a second message. */
export function createInfobip({ baseUrl, apiKey, senderTo, reportUrl, limits }: InfobipSettings): TextMessageProvider {
  const http = new ProviderHttp({ name: NAME, base: baseUrl, ...(limits && { limits }) });
  const headers = { authorization: `App ${apiKey}`, accept: 'application/json' };
  const reported =
    reportUrl === null ? {} : { webhooks: { delivery: { url: reportUrl }, contentType: 'application/json' } };
  return {
    name: NAME,
    async send({ to, body }) {
      const destinations = [{ to: to.replace('+', '') }];
      const sender = senderTo(to);
      const message = { ...(sender !== null && { sender }), destinations, content: { text: body }, ...reported };
      const answer = await http.send('/sms/3/messages', { method: 'POST', headers, body: { messages: [message] } });
      return { provider: NAME, messageId: checkTaken(answer) };
    },
    async ping() {
      const answer = await http.send('/account/1/balance', { method: 'GET', headers });
      if (answer.status >= 500) throw new ProviderFailure('not_taken', `infobip: answered ${answer.status}`);
    },
    circuit: () => http.circuit,
  };
}

/** @returns its id @throws ProviderFailure `unknown` too where an answer of success cannot be read: the text may be on its way. */
function checkTaken({ status: code, body }: HttpAnswer): string | null {
  const first = answerShape.safeParse(body).data?.messages[0];
  if (code < 300 && first !== undefined) {
    const { groupName, name } = first.status;
    if (takenGroups.has(groupName)) return first.messageId;
    const reason = refusals.get(name);
    const said = `infobip: answered ${groupName} ${name}`.trimEnd();
    if (reason !== undefined) throw new ProviderFailure('refused', said, reason);
    throw new ProviderFailure('not_taken', said);
  }
  const mayBeTaken = code < 300 || (code >= 500 && code !== 503);
  throw new ProviderFailure(mayBeTaken ? 'unknown' : 'not_taken', `infobip: answered ${code}`);
}
