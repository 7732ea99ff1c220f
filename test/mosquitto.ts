import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { eventually } from '#dev/client';
import { howItEnds, type RunningPart } from '#dev/part';
import { freePorts } from '#dev/ports';

export const MOSQUITTO_PLATFORM_PASSWORD = 'platform-password';

/** A real Mosquitto with the configuration of deploy/mosquitto, in a directory and on a port of its own. */
export interface Mosquitto {
  readonly port: number;
  /** As MQTT_URL wants it. */
  readonly url: string;
  /** The listener of trackers, without its TLS. */
  readonly trackersUrl: string;
  /** The listener of a bridge on another host, without its TLS; where it was asked for. */
  readonly bridgeUrl: string;
  /** What it has written to its log. */
  log(): string;
  /** Ends it and starts it again on its data. */
  restart(): Promise<void>;
  /** Starts it again on its data after somebody else has ended it. */
  begin(): Promise<void>;
  readonly process: RunningPart;
  stop(): Promise<void>;
}

/** Where distributions and the image keep the plugin. */
const plugins = [
  '/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so',
  '/usr/lib/aarch64-linux-gnu/mosquitto_dynamic_security.so',
  '/usr/lib/mosquitto_dynamic_security.so',
  '/opt/homebrew/lib/mosquitto_dynamic_security.so',
  '/usr/local/lib/mosquitto_dynamic_security.so',
];
const install = 'install Mosquitto 2 (Debian: apt-get install mosquitto; macOS: brew install mosquitto)';

/**
 * @param place directory that its data go into
 * @throws Error telling how to install Mosquitto where it is missing; root of a Debian machine gets it installed.
 */
export async function startMosquitto(place = tmpdir(), { bridge = false } = {}): Promise<Mosquitto> {
  const plugin = findPlugin() ?? (installPackage(), findPlugin());
  if (plugin === undefined) throw new Error(`no dynamic-security plugin of Mosquitto is here: ${install}`);
  const directory = await mkdtemp(join(place, 'rent-to-own-mosquitto-'));
  const [port, trackersPort, bridgePort] = await freePorts(3);
  const configuration = join(directory, 'mosquitto.conf');
  await writeFile(configuration, await adjusted({ directory, port, trackersPort, plugin }));
  await writeFile(join(directory, 'bridge.conf'), await adjustedBridge(bridgePort));
  await chmod(directory, 0o700);
  let output = '';
  let child: ChildProcess;
  let exited: Promise<string>;
  const start = async () => {
    child = spawn('/bin/sh', ['deploy/mosquitto/start.sh', configuration], {
      env: {
        PATH: `${process.env['PATH']}:/usr/sbin:/usr/local/sbin`,
        MQTT_PLATFORM_PASSWORD: MOSQUITTO_PLATFORM_PASSWORD,
        ...(bridge ? { MQTT_BRIDGE_PORT: '8884' } : {}),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    exited = howItEnds(child);
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk));
    await eventually('Mosquitto', async () => {
      if (child.exitCode !== null) throw new Error(`Mosquitto does not start (${install}): ${output}`);
      return (await listens(port)) ? true : undefined;
    });
  };
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  await start();
  return {
    port,
    url: `mqtt://platform:${MOSQUITTO_PLATFORM_PASSWORD}@127.0.0.1:${port}`,
    trackersUrl: `mqtt://127.0.0.1:${trackersPort}`,
    bridgeUrl: `mqtt://127.0.0.1:${bridgePort}`,
    log: () => output,
    async restart() {
      await end();
      await start();
    },
    begin: start,
    get process() {
      return { pid: child.pid ?? 0, exited, stop: end };
    },
    async stop() {
      await end();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const findPlugin = () => plugins.find((path) => existsSync(path));

function installPackage(): void {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  process.stderr.write('Mosquitto is missing: apt-get install mosquitto\n');
  // Two files may be at it at once; and nobody wants the service that comes with the package to start.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const options = ['--yes', '--quiet=2', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'];
  try {
    execFileSync('apt-get', ['update', '--quiet=2'], { env, stdio: 'ignore' });
    execFileSync('apt-get', ['install', ...options, 'mosquitto'], { env, stdio: 'ignore' });
  } catch {
    // Whoever asks for the plugin next says what to do.
  }
}

interface Place {
  readonly directory: string;
  readonly port: number;
  readonly trackersPort: number;
  readonly plugin: string;
}

/** The deployed configuration, word for word but for where things are. */
async function adjusted({ directory, port, trackersPort, plugin }: Place): Promise<string> {
  let text = await readFile('deploy/mosquitto/mosquitto.conf', 'utf8');
  const replace = (from: string, to: string) => {
    if (!text.includes(from)) throw new Error(`deploy/mosquitto/mosquitto.conf does not say "${from}" any more`);
    text = text.replaceAll(from, to);
  };
  replace('listener 1883', `listener ${port} 127.0.0.1`);
  replace('listener 8883', `listener ${trackersPort} 127.0.0.1`);
  text = text.replace(/certfile .*\nkeyfile .*\n/, '');
  replace('plugin /usr/lib/mosquitto_dynamic_security.so', `plugin ${plugin}`);
  replace('/mosquitto/config/acl', resolve('deploy/mosquitto/acl'));
  replace('/mosquitto/data/', `${directory}/`);
  // Root would become a user who may not read the directory.
  return process.getuid?.() === 0 ? `${text}user root\n` : text;
}

async function adjustedBridge(port: number): Promise<string> {
  const text = await readFile('deploy/mosquitto/bridge.conf', 'utf8');
  const there = text.replace(/listener 8884\ncertfile .*\nkeyfile .*\n/, `listener ${port} 127.0.0.1\n`);
  if (there === text) throw new Error('deploy/mosquitto/bridge.conf does not say "listener 8884" over TLS any more');
  return there;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
