import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from '#domain/errors';
import type { Config } from '#platform/config';
import type { ApiEnvironment } from '../context.ts';

const WINDOW_SECONDS = 1;

/** So many requests a second for each address, and fewer for each user; the answer says how many are left. */
export function rateLimit(config: Config, by: 'address' | 'user') {
  const points = by === 'address' ? config.RATE_LIMIT_ADDRESS : config.RATE_LIMIT_USER;
  const limiter = new RateLimiterMemory({ points, duration: WINDOW_SECONDS });
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const key = by === 'address' ? addressOf(c, config.TRUSTED_PROXIES) : c.get('identity')?.userId;
    if (key !== undefined) {
      const left = await consume(limiter, key);
      c.header('ratelimit-policy', `"${by}";q=${points};w=${WINDOW_SECONDS}`);
      c.header('ratelimit', `"${by}";r=${Math.max(0, left.remainingPoints)};t=${Math.ceil(left.msBeforeNext / 1000)}`);
      if (left.consumedPoints > points) {
        c.header('retry-after', String(Math.max(1, Math.ceil(left.msBeforeNext / 1000))));
        throw new Problem('rate_limited');
      }
    }
    await next();
  });
}

async function consume(limiter: RateLimiterMemory, key: string): Promise<RateLimiterRes> {
  try {
    return await limiter.consume(key);
  } catch (refused) {
    if (refused instanceof RateLimiterRes) return refused;
    throw refused;
  }
}

/** The client's address: the socket's, or what the last trusted proxy says it was. */
export function addressOf(c: Context, trustedProxies: number): string {
  const socket = socketAddress(c);
  if (trustedProxies === 0) return socket;
  const chain = (c.req.header('x-forwarded-for') ?? '').split(',').map((part) => part.trim()).filter((part) => part !== '');
  return chain.at(-trustedProxies) ?? socket;
}

function socketAddress(c: Context): string {
  try {
    return getConnInfo(c).remote.address ?? 'unknown';
  } catch {
    // A request that came by no socket (app.request in tests).
    return 'local';
  }
}
