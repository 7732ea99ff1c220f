import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import type { Logger } from '#platform/log';
import { temporalLogger } from '#workers/temporal-logger';
import { keepWorkflowThreads } from './workflow-threads.ts';

// The SDK's default loggers tell of every worker that starts and stops, and of every callback that was quicker than its charge.
let temporalLog = new DefaultLogger('ERROR');

keepWorkflowThreads();
// Once for all test files of a process: a second one would be the last that counts.
Runtime.install({
  logger: new DefaultLogger('WARN', ({ level, message, meta }) => temporalLog.log(level, message, meta)),
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
  shutdownSignals: [],
});

/** Has Temporal's SDK tell of what goes wrong: a logger, or by lines of its own. */
export function tellOfTemporal(log?: Logger): void {
  temporalLog = log === undefined ? new DefaultLogger('ERROR') : temporalLogger(log);
}
