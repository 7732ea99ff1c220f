import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/**
 * Structured logs, one JSON object a line. Personal data never enters: callers log ids; the paths
 * below are a net under them, not a licence.
 */
export function createLogger(component: string, level: string): Logger {
  return pino({
    level,
    base: { component },
    timestamp: pino.stdTimeFunctions.isoTime,
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
  });
}
