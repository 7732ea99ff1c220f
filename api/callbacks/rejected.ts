import type { MiddlewareHandler } from 'hono';
import { Problem } from '#domain/errors';
import { paymentProviders } from '#domain/markets';
import type { ApiEnvironment } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';

/** The second part of a callback's path. `inbound` names no provider: Safaricom refuses URLs that do. */
const senders: ReadonlySet<string> = new Set([
  ...paymentProviders,
  'smileid',
  'inbound',
  'ussd',
  'sms',
  'sms-reports',
  'infobip-reports',
]);

/**
 * Counts callbacks that come with a wrong secret: somebody guesses, or a provider is configured wrongly.
 * `callbacks_rejected_total{provider}` is worth an alert; the log says when, and never what the secret was.
 */
export function countRejected({ metrics }: ApiDependencies): MiddlewareHandler<ApiEnvironment> {
  const counter = metrics?.counter('callbacks_rejected_total');
  return async (c, next) => {
    try {
      await next();
    } finally {
      if (c.error instanceof Problem && c.error.code === 'not_found') {
        const named = c.req.path.split('/')[3] ?? '';
        const provider = senders.has(named) ? named : 'other';
        counter?.inc({ provider });
        c.get('log').warn({ provider }, 'a callback came with a wrong secret');
      }
    }
  };
}
