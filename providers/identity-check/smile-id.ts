import { FormData } from 'undici';
import { z } from 'zod';
import { storableJson } from '#domain/text';
import type { Config } from '#platform/config';
import { ProviderHttp, type HttpAnswer, type HttpLimits } from '../http.ts';
import { ProviderFailure } from '../provider-failure.ts';
import { configured } from '../settings.ts';
import { TokenCache } from '../token.ts';
import type { IdentityCheckProvider, IdentityCheckRequest, IdentityVerdict } from './provider.ts';

const variables = z.object({
  SMILE_ID_BASE_URL: z.string(),
  SMILE_ID_PARTNER_ID: z.string(),
  SMILE_ID_API_KEY: z.string(),
});

/** The reference names 15 minutes for a token. */
const TOKEN_SECONDS = 15 * 60;
const tokenAnswer = z.object({ token: z.string(), expires_in: z.coerce.number().positive().catch(TOKEN_SECONDS) });
const acceptedAnswer = z.object({ job_id: z.string().min(1) });
const verdictAnswer = z.object({
  status: z.enum(['clear', 'block', 'attention', 'error', 'pending']),
  reason: z.string().nullish(),
  job_id: z.string().min(1),
});
const idTypes = { nationalId: 'NATIONAL_ID', passport: 'PASSPORT', drivingLicence: 'DRIVERS_LICENSE' } as const;

/** Smile ID by the configuration; null when it has none: every check then waits for an agent. @throws ConfigurationError */
export function createIdentityCheck(config: Config): IdentityCheckProvider | null {
  const given = configured(config, variables);
  if (given === null) return null;
  return createSmileId({
    baseUrl: given.SMILE_ID_BASE_URL,
    partnerId: given.SMILE_ID_PARTNER_ID,
    apiKey: given.SMILE_ID_API_KEY,
  });
}

interface SmileIdSettings {
  readonly baseUrl: string;
  readonly partnerId: string;
  readonly apiKey: string;
  readonly limits?: HttpLimits;
}

/** Smile ID, version 3. It has no idempotency key: a submission whose answer was lost is `unknown`. */
export function createSmileId({ baseUrl, partnerId, apiKey, limits }: SmileIdSettings): IdentityCheckProvider {
  const http = new ProviderHttp({ name: 'smileid', base: baseUrl, ...(limits && { limits }) });
  const partner = { 'smileid-partner-id': partnerId };
  const tokens = new TokenCache(async () => {
    const answer = await http.send('/v3/token', { method: 'POST', headers: { ...partner, 'smileid-api-key': apiKey } });
    const parsed = tokenAnswer.safeParse(answer.body);
    if (answer.status !== 200 || !parsed.success)
      throw new ProviderFailure('not_taken', `smileid: no token (${answer.status})`);
    return { token: parsed.data.token, expiresIn: parsed.data.expires_in };
  });

  return {
    name: 'smileid',
    async submit(request) {
      const answer = await tokens.use((token) =>
        http.send('/v3/biometric_kyc', {
          method: 'POST',
          headers: { ...partner, 'smileid-token': token },
          body: formOf(request),
        }),
      );
      return accepted(answer);
    },
    async status(jobId) {
      const path = `/v3/status/${encodeURIComponent(jobId)}`;
      const answer = await tokens.use((token) =>
        http.send(path, { method: 'GET', headers: { ...partner, 'smileid-token': token } }),
      );
      const parsed = verdictAnswer.safeParse(answer.body);
      if (answer.status !== 200 || !parsed.success)
        throw new ProviderFailure('unknown', `smileid: no status (${answer.status})`);
      return toVerdict(parsed.data);
    },
    parseCallback(body) {
      const parsed = verdictAnswer.safeParse(storableJson(body));
      if (!parsed.success) throw new SyntaxError('not a webhook of Smile ID');
      return { jobId: parsed.data.job_id, verdict: toVerdict(parsed.data) };
    },
    ping: async () => {
      await tokens.renew();
    },
    circuit: () => http.circuit,
  };
}

function accepted({ status, body }: HttpAnswer): { readonly jobId: string } {
  const parsed = acceptedAnswer.safeParse(body);
  if (status === 202 && parsed.success) return { jobId: parsed.data.job_id };
  const message = `smileid: answered ${status}`;
  // 402 is an empty wallet: ours to fill.
  if (status === 402 || status === 429 || status === 503) throw new ProviderFailure('not_taken', message);
  throw new ProviderFailure(status >= 400 && status < 500 ? 'refused' : 'unknown', message);
}

function toVerdict({ status, reason }: z.infer<typeof verdictAnswer>): IdentityVerdict {
  return { state: status, reason: reason ?? null };
}

function formOf(request: IdentityCheckRequest): FormData {
  const { userId, country, documentType, documentNumber, selfie, document, consent, callbackUrl } = request;
  const form = new FormData();
  const image = ({ bytes, mediaType }: typeof selfie) => new Blob([new Uint8Array(bytes)], { type: mediaType });
  form.set('user_id', userId);
  form.set('country', country);
  form.set('id_type', idTypes[documentType]);
  form.set('id_number', documentNumber);
  form.set('callback_url', callbackUrl);
  form.set('selfie_image', image(selfie), 'selfie');
  form.set('document_image', image(document), 'document');
  form.set('consent[granted]', 'true');
  form.set('consent[granted_at]', consent.grantedAt.toISOString());
  form.set('consent[notice_language]', 'en');
  form.set('consent[notice_privacy_policy_url]', consent.noticeUrl);
  return form;
}
