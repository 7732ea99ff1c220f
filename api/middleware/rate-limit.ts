import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { TooManyRequests } from '#domain/errors';
import type { ApiEnvironment } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';

const WINDOW_SECONDS = 1;
/** A Redis that is slower than this counts as gone: this process counts for itself meanwhile. */
const REDIS_MS = 200;

/**
 * So many requests a second for each address, and fewer for each user. Both answer with `RateLimit` and
 * `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers); the one nearer to its limit comes first.
 */
export function rateLimit(deps: Pick<ApiDependencies, 'config' | 'redis'>, by: 'address' | 'user') {
  const { config } = deps;
  const points = by === 'address' ? config.RATE_LIMIT_ADDRESS : config.RATE_LIMIT_USER;
  const limiter = createLimiter(deps, by, points, WINDOW_SECONDS);
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const key = by === 'address' ? addressOf(c, config.TRUSTED_PROXIES) : c.get('identity')?.userId;
    if (key !== undefined) {
      const { remainingPoints, consumedPoints, msBeforeNext } = await consume(limiter, key);
      const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
      prepend(c, 'ratelimit-policy', `"${by}";q=${points};w=${WINDOW_SECONDS}`);
      prepend(c, 'ratelimit', `"${by}";r=${Math.max(0, remainingPoints)};t=${seconds}`);
      if (consumedPoints > points)
        throw new TooManyRequests('Too many requests; Retry-After says when to come back', seconds);
    }
    await next();
  });
}

function prepend(c: Context, name: string, value: string): void {
  const before = c.res.headers.get(name);
  c.header(name, before === null ? value : `${value}, ${before}`);
}

/** In Redis where there is one, shared by all processes; otherwise, and while Redis is gone, in memory. */
export function createLimiter(
  { redis }: Pick<ApiDependencies, 'redis'>,
  name: string,
  points: number,
  seconds: number,
): RateLimiterAbstract {
  const memory = new RateLimiterMemory({ keyPrefix: name, points, duration: seconds });
  if (redis === null) return memory;
  return new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: `limit:${name}`,
    points,
    duration: seconds,
    insuranceLimiter: memory,
    rejectIfRedisNotReady: true,
  });
}

/** @returns how many are left, also where none is. */
export async function consume(limiter: RateLimiterAbstract, key: string): Promise<RateLimiterRes> {
  try {
    return await limiter.consume(key);
  } catch (refused) {
    if (refused instanceof RateLimiterRes) return refused;
    throw refused;
  }
}

export const redisOptions = { commandTimeout: REDIS_MS, maxRetriesPerRequest: 1, enableOfflineQueue: false } as const;

/** The client's address: the socket's, or what the outermost trusted proxy saw. */
export function addressOf(c: Context, trustedProxies: number): string {
  const socket = socketAddress(c);
  if (trustedProxies === 0) return socket;
  const chain = (c.req.header('x-forwarded-for') ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return chain.at(-trustedProxies) ?? socket;
}

function socketAddress(c: Context): string {
  try {
    return getConnInfo(c).remote.address ?? 'unknown';
  } catch {
    // A request that came by no socket, as `app.request` makes them.
    return 'local';
  }
}
