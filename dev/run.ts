import { resolve } from 'node:path';
import { ConfigurationError } from '#platform/config';
import { EXIT_CONFIGURATION } from '#platform/lifecycle';
import { ROOT } from './environment.ts';
import { elapsed } from './logs.ts';
import { startPlatform, type Platform } from './platform.ts';
import { PortError } from './ports.ts';
import { sampleLeases } from './sample-leases.ts';
import { npmParent, type Stopped } from './signals.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);
const warn = (line: string) => process.stderr.write(`${line}\n`);

/**
 * Starts the platform over DATA_DIR, tells where everything is, and stays until it is told to stop.
 *
 * @returns the exit code: 0 after a stop that was asked for, 78 where a variable is wrong, 1 otherwise
 */
export async function run(stopped: Stopped): Promise<number> {
  // A terminal that is gone, or a closed pipe, is no reason to leave the parts behind.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const began = Date.now();
  const dataDir = resolve(ROOT, process.env['DATA_DIR'] || '.data');
  let platform: Platform;
  try {
    platform = await startPlatform({ dataDir, log: warn, signal: stopped.signal, parent: npmParent() });
  } catch (error) {
    if (stopped.signal.aborted) return 0;
    warn(error instanceof Error ? error.message : String(error));
    return error instanceof ConfigurationError || error instanceof PortError ? EXIT_CONFIGURATION : 1;
  }
  await Promise.race([welcome(platform), platform.failed, stopped.happened]);
  if (!stopped.signal.aborted) tell(platform, dataDir, elapsed(began));
  const failure = await Promise.race([platform.failed, stopped.happened]);
  if (failure instanceof Error) {
    warn(`${failure.message}; everything has been stopped. Logs: ${dataDir}/logs`);
    return 1;
  }
  warn('stopping');
  await platform.stop();
  return 0;
}

/** A fresh embedded marketplace gets some life; one that cannot have it is none the worse. */
async function welcome({ urls, env }: Platform): Promise<void> {
  if (env['EMBEDDED'] !== 'true' || urls.simulators === undefined) return;
  try {
    await sampleLeases({ api: urls.api, simulators: urls.simulators }, env['SEED_PASSWORD'] ?? '');
  } catch (error) {
    warn(`no sample leases: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function tell({ urls, env }: Platform, dataDir: string, took: string): void {
  say('');
  say(`API            ${urls.api}   (documentation: ${urls.api}/docs)`);
  say(
    `Temporal UI    ${urls.temporalUi}   (server: ${urls.temporal}, namespace ${env['TEMPORAL_NAMESPACE'] ?? 'default'})`,
  );
  say(`               payloads are encrypted: to read them there, log in as staff at ${urls.codec}`);
  say(`MQTT           ${withoutPassword(urls.mqtt)}`);
  if (urls.simulators !== undefined) say(`Simulators     ${urls.simulators}   (mobile money, identity checks, SMS)`);
  if (urls.metrics.length > 0) say(`Metrics        ${urls.metrics.join('   ')}`);
  say(`Data and logs  ${dataDir}`);
  if (env['EMBEDDED'] === 'true') {
    say(`DATABASE_URL=${urls.database}`);
    say('');
    say(`Staff accounts: admin@example.com and agent@example.com, password ${env['SEED_PASSWORD'] ?? ''}`);
  }
  say('');
  say('Try it:');
  say(`  curl -s '${urls.api}/v1/vehicles?limit=3'`);
  say('');
  say(`Started in ${took}; Ctrl-C stops everything.`);
  say('ready');
}

function withoutPassword(url: string): string {
  const parsed = new URL(url);
  parsed.password = '';
  return parsed.href.replace(/\/$/, '');
}
