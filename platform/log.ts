import { pino, type DestinationStream, type Logger } from 'pino';
import { describeError } from './describe-error.ts';
import { traceIds } from './tracing/traced.ts';

export type { Logger } from 'pino';

/**
 * Structured logs, one JSON object a line. Personal data never enters: callers log ids, errors are logged as
 * `err` and lose what they quote; the paths below are a net under them, not a licence. Within a trace a line names it.
 *
 * @param destination standard output when absent
 */
export function createLogger(component: string, level: string, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: { component },
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: traceIds,
      serializers: { err: describeError },
      redact: {
        paths: [
          'phone',
          'code',
          'token',
          'password',
          'documentNumber',
          'authorization',
          '*.phone',
          '*.code',
          '*.token',
          '*.password',
          '*.documentNumber',
          '*.authorization',
        ],
        censor: '[redacted]',
      },
    },
    destination,
  );
}
