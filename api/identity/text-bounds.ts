import type { Context } from 'hono';
import type { RateLimiterRes } from 'rate-limiter-flexible';
import { transact } from '#use-cases/context';
import { openCase } from '#use-cases/cases/open-case';
import { TooManyRequests } from '#domain/errors';
import { system } from '#domain/identity/roles';
import type { ApiEnvironment } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { addressOf, consume, createLimiter } from '../middleware/rate-limit.ts';

const HOUR_SECONDS = 3_600;
const ALL = 'all';

/**
 * Bounds the texts that strangers can have us send, which cost money: what one address asks for in an hour, known phones
 * or not, and what is sent in all in an hour. What is refused is counted in `texts_refused_total{bound}`; where it is
 * the sum of all, a case tells an operator as well.
 */
export function createTextBounds(deps: ApiDependencies) {
  const { config, metrics, db } = deps;
  const { TEXTS_ADDRESS_HOUR, TEXTS_HOUR } = config;
  const byAddress = createLimiter(deps, 'texts-address', TEXTS_ADDRESS_HOUR, HOUR_SECONDS);
  const inAll = createLimiter(deps, 'texts', TEXTS_HOUR, HOUR_SECONDS);
  const counter = metrics?.counter('texts_refused_total');
  const refuse = (bound: 'address' | typeof ALL, { msBeforeNext }: RateLimiterRes) => {
    counter?.inc({ bound });
    const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
    return new TooManyRequests('Too many codes were asked for; Retry-After says when the next one can be', seconds);
  };
  return {
    /** @throws TooManyRequests where the caller's address, or everybody together, has asked for too many. */
    async admit(c: Context<ApiEnvironment>): Promise<void> {
      const asked = await consume(byAddress, addressOf(c, config.TRUSTED_PROXIES));
      if (asked.consumedPoints > TEXTS_ADDRESS_HOUR) throw refuse('address', asked);
      const sent = await inAll.get(ALL);
      if (sent === null || sent.consumedPoints < TEXTS_HOUR) return;
      await transact(db, system('visitor'), new Date(), (context) =>
        openCase(context, {
          kind: 'texts_used_up',
          leaseId: null,
          paymentId: null,
          about: ALL,
          detail: { mostAnHour: TEXTS_HOUR },
        }),
      );
      throw refuse(ALL, sent);
    },
    /** A text goes out. */
    async note(): Promise<void> {
      await consume(inAll, ALL);
    },
  };
}
