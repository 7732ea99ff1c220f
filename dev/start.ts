import { resolve } from 'node:path';
import { ConfigurationError } from '#platform/config';
import { EXIT_CONFIGURATION } from '#platform/lifecycle';
import { ROOT } from './environment.ts';
import { elapsed } from './logs.ts';
import { startPlatform, type Platform } from './platform.ts';
import { PortError } from './ports.ts';

const began = Date.now();
const say = (line: string) => process.stdout.write(`${line}\n`);
const warn = (line: string) => process.stderr.write(`${line}\n`);

/** Starts the platform, tells where everything is, and stays until it is told to stop. */
async function main(): Promise<number> {
  // A terminal that is gone, or a closed pipe, is no reason to leave the parts behind.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const stopped = firstSignal();
  const dataDir = resolve(ROOT, process.env['DATA_DIR'] || '.data');
  let platform: Platform;
  try {
    platform = await startPlatform({ dataDir, log: warn, signal: stopped.signal });
  } catch (error) {
    if (stopped.signal.aborted) return 0;
    warn(error instanceof Error ? error.message : String(error));
    if (error instanceof Error && error.cause instanceof Error && process.env['LOG_LEVEL'] === 'debug') warn(error.cause.stack ?? '');
    return error instanceof ConfigurationError || error instanceof PortError ? EXIT_CONFIGURATION : 1;
  }
  tell(platform, dataDir);
  const failure = await Promise.race([platform.failed, stopped.happened]);
  if (failure instanceof Error) {
    warn(`${failure.message}; everything has been stopped. Logs: ${dataDir}/logs`);
    return 1;
  }
  warn('stopping');
  await platform.stop();
  return 0;
}

/** The first signal counts; one that comes while stopping changes nothing. */
function firstSignal(): { readonly signal: AbortSignal; readonly happened: Promise<void> } {
  const controller = new AbortController();
  const happened = new Promise<void>((done) => controller.signal.addEventListener('abort', () => done(), { once: true }));
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => controller.abort(new Error('stopped before it had started')));
  }
  return { signal: controller.signal, happened };
}

function tell({ urls, env }: Platform, dataDir: string): void {
  const password = env['SEED_PASSWORD'] ?? '';
  say('');
  say(`API            ${urls.api}   (documentation: ${urls.api}/docs)`);
  say(`Temporal UI    ${urls.temporalUi}   (server: ${urls.temporal}, namespace ${env['TEMPORAL_NAMESPACE'] ?? 'default'})`);
  say(`MQTT           ${withoutPassword(urls.mqtt)}`);
  if (urls.simulators !== undefined) say(`Simulators     ${urls.simulators}   (mobile money, identity checks, SMS)`);
  if (urls.metrics !== undefined) say(`Metrics        ${urls.metrics}`);
  say(`Data and logs  ${dataDir}`);
  if (env['EMBEDDED'] === 'true') {
    say(`DATABASE_URL=${urls.database}`);
    say('');
    say(`Staff accounts: admin@example.com and agent@example.com, password ${password}`);
  }
  say('');
  say('Try it:');
  say(`  curl -s '${urls.api}/v1/vehicles?limit=3'`);
  say('');
  say(`Started in ${elapsed(began)}; Ctrl-C stops everything.`);
  say('ready');
}

function withoutPassword(url: string): string {
  const parsed = new URL(url);
  parsed.password = '';
  return parsed.href.replace(/\/$/, '');
}

process.exit(await main());
