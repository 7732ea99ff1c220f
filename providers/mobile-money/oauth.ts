import { z } from 'zod';
import type { HttpAnswer } from '../http.ts';
import { TokenCache } from '../token.ts';
import { ProviderFailure } from '../provider-failure.ts';

/** What every token endpoint answers; `expires_in` in seconds, a string at some. */
const tokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive() });

/** Bearer tokens of a provider: `ask` sends the request for one. */
export function oauthTokens(provider: string, ask: () => Promise<HttpAnswer>): TokenCache {
  return new TokenCache(async () => {
    const { status, body } = await ask();
    const parsed = tokenAnswer.safeParse(body);
    if (status !== 200 || !parsed.success) throw new ProviderFailure('not_taken', `${provider}: no token (${status})`);
    return { token: parsed.data.access_token, expiresIn: parsed.data.expires_in };
  });
}

/** The Authorization header of a user and a password. */
export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
