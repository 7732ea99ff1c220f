import { createMiddleware } from 'hono/factory';
import { TryLater } from '#domain/errors';
import type { ApiEnvironment } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';

const RETRY_AFTER_SECONDS = 2;

/**
 * Answers 503 where nothing has come of a request in time, such as while the database takes connections and says nothing.
 * What was begun goes on: the same request with the same key meets it again. Files may take as long as their sender's network,
 * and clocks of leases as long as they travel.
 */
export function answerInTime({ patience }: Pick<ApiDependencies, 'patience'>) {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const type = c.req.header('content-type');
    const isFile = type !== undefined && !type.includes('json') && c.req.header('content-length') !== '0';
    if (isFile || c.req.path.startsWith('/v1/dev/')) return next();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        c.set('isAnswered', true);
        reject(new TryLater('unavailable', 'It takes too long, and may still be done', RETRY_AFTER_SECONDS));
      }, patience);
    });
    try {
      await Promise.race([next(), late]);
    } finally {
      clearTimeout(timer);
    }
  });
}
