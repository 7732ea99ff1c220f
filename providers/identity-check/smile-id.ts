import { FormData } from 'undici';
import { z } from 'zod';
import { ConfigurationError, type Config } from '#platform/config';
import { ProviderHttp, type Answer } from '../http.ts';
import { ProviderFailure } from '../mobile-money/provider.ts';
import { TokenCache } from '../token.ts';
import type { IdentityCheckProvider, IdentityCheckRequest, IdentityVerdict } from './provider.ts';

const tokenAnswer = z.object({ token: z.string() });
/** The reference names 15 minutes for a token. */
const TOKEN_SECONDS = 15 * 60;
const accepted = z.object({ job_id: z.string() });
const verdict = z.object({
  status: z.enum(['clear', 'block', 'attention', 'error', 'pending']),
  reason: z.string().nullish(),
  job_id: z.string(),
});
const idTypes = { nationalId: 'NATIONAL_ID', passport: 'PASSPORT', drivingLicence: 'DRIVERS_LICENSE' } as const;

/** Smile ID, version 3. @returns null when it is not configured: every check then waits for an agent. */
export function createIdentityCheck(config: Config): IdentityCheckProvider | null {
  const { SMILE_ID_BASE_URL: base, SMILE_ID_PARTNER_ID: partnerId, SMILE_ID_API_KEY: apiKey } = config;
  if (base === undefined && partnerId === undefined && apiKey === undefined) return null;
  if (base === undefined || partnerId === undefined || apiKey === undefined) {
    throw new ConfigurationError('SMILE_ID_BASE_URL, SMILE_ID_PARTNER_ID, SMILE_ID_API_KEY: are needed together');
  }
  const http = new ProviderHttp(base);
  const tokens = new TokenCache(async () => {
    const answer = await http
      .send('/v3/token', { method: 'POST', headers: { 'smileid-partner-id': partnerId, 'smileid-api-key': apiKey } })
      .catch(notTaken);
    const parsed = tokenAnswer.safeParse(answer.body);
    if (!parsed.success) throw new ProviderFailure('not_taken', `Smile ID gave no token: ${answer.status}`);
    return { token: parsed.data.token, expiresIn: TOKEN_SECONDS };
  });

  async function call(method: 'GET' | 'POST', path: string, form?: () => FormData): Promise<Answer> {
    for (let renewed = false; ; renewed = true) {
      const token = await tokens.get();
      const headers = { 'smileid-token': token, 'smileid-partner-id': partnerId ?? '' };
      const answer = await http.send(path, { method, headers, ...(form === undefined ? {} : { body: form() }) });
      if (answer.status !== 401 || renewed) return answer;
      tokens.forget(token);
    }
  }

  return {
    name: 'smileid',
    async submit(request) {
      const answer = await call('POST', '/v3/biometric_kyc', () => formOf(request));
      const parsed = accepted.safeParse(answer.body);
      if (answer.status === 202 && parsed.success) return { jobId: parsed.data.job_id };
      // 402 is an empty wallet: ours to fill, the check was not taken.
      if (answer.status === 402 || answer.status === 429 || answer.status === 503) throw new ProviderFailure('not_taken', `Smile ID answered ${answer.status}`);
      if (answer.status >= 500 || answer.status === 202) throw new ProviderFailure('unknown', `Smile ID answered ${answer.status}`);
      throw new ProviderFailure('refused', `Smile ID refused with ${answer.status}`);
    },
    async status(jobId) {
      const answer = await call('GET', `/v3/status/${encodeURIComponent(jobId)}`);
      const parsed = verdict.safeParse(answer.body);
      if (answer.status !== 200 || !parsed.success) throw new ProviderFailure('unknown', `Smile ID gave no status: ${answer.status}`);
      return toVerdict(parsed.data);
    },
    parseCallback(body) {
      const parsed = verdict.safeParse(JSON.parse(body));
      if (!parsed.success) throw new SyntaxError('not a webhook of Smile ID');
      return { jobId: parsed.data.job_id, verdict: toVerdict(parsed.data) };
    },
    ping: async () => {
      await tokens.get();
    },
  };
}

function toVerdict({ status, reason }: z.infer<typeof verdict>): IdentityVerdict {
  return { state: status, reason: reason ?? null };
}

function formOf({ userId, country, documentType, documentNumber, selfie, document, consent, callbackUrl }: IdentityCheckRequest): FormData {
  const form = new FormData();
  const image = ({ bytes, mediaType }: { bytes: Uint8Array; mediaType: string }) => new Blob([new Uint8Array(bytes)], { type: mediaType });
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

function notTaken(error: unknown): never {
  if (error instanceof ProviderFailure) throw new ProviderFailure('not_taken', error.message, error.reason, { cause: error });
  throw error;
}
