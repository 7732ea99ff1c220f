import { Counter } from 'prom-client';
import type { MiddlewareHandler } from 'hono';
import { Problem } from '#domain/errors';
import type { ApiEnvironment } from '../../context.ts';
import type { ApiDependencies } from '../../dependencies.ts';

/**
 * Counts callbacks that come with a wrong secret: somebody guesses, or a provider is configured wrongly.
 * `callbacks_rejected_total` is worth an alert; the log says when, and never what the secret was.
 */
export function countRejected({ metrics }: ApiDependencies): MiddlewareHandler<ApiEnvironment> {
  const counter =
    metrics === null
      ? null
      : new Counter({
          name: 'callbacks_rejected_total',
          help: 'Callbacks of providers with a wrong secret',
          registers: [metrics],
        });
  return async (c, next) => {
    try {
      await next();
    } finally {
      if (c.error instanceof Problem && c.error.code === 'not_found') {
        counter?.inc();
        c.get('log').warn('a callback came with a wrong secret');
      }
    }
  };
}
