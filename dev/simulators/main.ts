import { startSimulators } from './app.ts';
import { readSettings } from './settings.ts';
import { errorCode } from '#platform/error-code';

/** The simulators as a process of their own: `npm run simulator`, or a child of the embedded platform. */
const say = (line: string) => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const running = await startSimulators({
    port: settings.SIMULATOR_PORT,
    host: settings.SIMULATOR_HOST ?? null,
    dataDir: settings.DATA_DIR,
    seed: settings.SIMULATOR_SEED,
    timeScale: settings.SIMULATOR_TIME_SCALE,
    environment: process.env,
    log: say,
  });
  const stop = () => {
    running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        say(`the simulators did not stop cleanly: ${String(error)}`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop).on('SIGINT', stop).on('disconnect', stop);
  say(`simulated providers at ${running.url}`);
  process.send?.('ready');
}

main().catch((error: unknown) => {
  const taken = errorCode(error) === 'EADDRINUSE';
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(taken ? `${message}: the simulators' port is taken; SIMULATOR_PORT moves it\n` : `${message}\n`);
  process.exitCode = 1;
});
