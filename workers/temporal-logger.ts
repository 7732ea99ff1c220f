import { DefaultLogger } from '@temporalio/worker';
import type { Logger } from '#platform/log';

/** What Temporal's SDK has to say, in our log: errors as ours, without what they quote. */
export function temporalLogger(log: Logger): DefaultLogger {
  return new DefaultLogger('WARN', ({ level, message, meta = {} }) => {
    // That a worker of activities has no workflows, and the other way round, is how they are cut.
    const expected = message.startsWith('No workflows registered') || message.startsWith('No activities registered');
    const { error, ...temporal }: Record<string, unknown> = meta;
    const facts = error === undefined ? { temporal } : { temporal, err: error };
    log[expected ? 'debug' : level === 'ERROR' ? 'error' : 'warn'](facts, message);
  });
}
