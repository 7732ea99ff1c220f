import { loadConfig, ConfigurationError, type Config } from './config.ts';
import { logDecisions } from './decisions.ts';
import { createLogger, type Logger } from './log.ts';
import type { Running } from './running.ts';
import { startTracing } from './tracing/start.ts';

/** Exit code for a wrong configuration (EX_CONFIG of sysexits.h): starting again does not help. */
export const EXIT_CONFIGURATION = 78;

/** How long a process may take to finish what it is at, in milliseconds. */
const STOP_DEADLINE = 15_000;
/** How long one may go on starting that is told to stop: what it waits for may be gone as well, and it has no work yet. */
const START_PATIENCE = 3_000;

/** How far a process is, for who asks from outside. */
export interface Life {
  /** It has started and was not told to stop. */
  readonly isReady: boolean;
}

/**
 * The life of one of our processes: reads the configuration, starts, says that it is ready (to a parent
 * that listens), and on SIGTERM or SIGINT stops in order and exits with 0. A second signal is ignored.
 * Where a parent started it, the parent's death stops it as well, so that nothing is left behind.
 *
 * Exits with 78 where the configuration is wrong, with 1 after an error that nobody caught.
 *
 * @param name the component's name in the logs
 */
export function runProcess(name: string, start: (config: Config, log: Logger, life: Life) => Promise<Running>): void {
  const config = readConfig(name);
  const log = createLogger(name, config.LOG_LEVEL);
  logDecisions(log);
  let stopping = false;
  let isStarted = false;
  const life: Life = {
    get isReady() {
      return isStarted && !stopping;
    },
  };

  const fail = (error: unknown) => {
    if (error instanceof ConfigurationError) endWrong(name, error);
    log.fatal({ err: error }, 'ends because of an error that nobody caught');
    process.exit(1);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);

  // A tick later, so that the signals below are heard from the first moment on.
  const started = Promise.resolve().then(async () => {
    const tracing = await startTracing(name, config, log);
    const running = await start(config, log, life);
    return { stop: () => running.stop().then(() => tracing?.stop()) };
  });
  started.then(() => {
    isStarted = true;
    if (!stopping) process.send?.('ready', undefined, {}, () => {});
  }, fail);

  const stop = (reason: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ reason }, 'stopping');
    setTimeout(() => {
      log.error({ seconds: STOP_DEADLINE / 1000 }, 'did not stop in time');
      process.exit(1);
    }, STOP_DEADLINE).unref();
    setTimeout(() => {
      if (!isStarted) process.exit(0);
    }, START_PATIENCE).unref();
    started.then((running) => running.stop()).then(() => process.exit(0), fail);
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('disconnect', () => stop('the parent is gone'));
}

function readConfig(name: string): Config {
  try {
    return loadConfig();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    endWrong(name, error);
  }
}

function endWrong(name: string, { message }: ConfigurationError): never {
  process.stderr.write(`${name}: ${message}\n`);
  process.exit(EXIT_CONFIGURATION);
}
