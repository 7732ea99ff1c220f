import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { eventually } from '#dev/client';
import { simulatedProviders } from '#dev/environment';
import { freePorts } from '#dev/ports';
import { CACHE, run, type Docker } from './docker.ts';
import { makeStandIns } from './stand-ins.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const DIRECTORY = join(CACHE, 'run');
/** A container starts, with whatever it needs, on a machine that does other things as well. */
const START_MS = 300_000;

const container = z.object({ State: z.string(), Health: z.string(), ExitCode: z.number() });
type Container = z.infer<typeof container>;
type Log = (line: string) => void;

/** What runs by docker-compose.yml, as it stands. */
export interface Deployment {
  readonly compose: (args: readonly string[], input?: string) => Promise<string>;
  /** Those whose image is there. */
  readonly services: readonly string[];
  /** The certificate that the broker shows, PEM. */
  readonly certificate: string;
  readonly ports: Ports;
}

/** Where it listens on this host. */
interface Ports {
  readonly api: number;
  readonly mqtt: number;
  readonly codec: number;
}

/** Everything but what has no image here, built and started over empty volumes. */
export async function deploy(docker: Docker, say: Log): Promise<Deployment> {
  const file = await prepare(await choosePorts());
  const always = ['compose', '--project-name', 'rent-to-own-test', '--env-file', file, '--profile', 'simulators'];
  const compose: Deployment['compose'] = (args, input = '') =>
    run('docker', [...always, ...args], { cwd: ROOT, env: docker.env, input });
  await compose(['down', '--volumes', '--timeout', '20']);
  const left = docker.isOurs ? await standIns(docker, compose, say) : [];
  if (left.length > 0) say(`without ${left.join(', ')}: there is no image of it`);
  const all = (await compose(['config', '--services'])).trim().split('\n');
  const services = all.filter((name) => !left.includes(name));
  say('docker compose build');
  await compose(['build', '--quiet']);
  say(`docker compose up ${services.join(' ')}`);
  // A build takes minutes, in which somebody else may have taken those of before.
  const ports = await choosePorts();
  writeSettings(file, ports);
  await compose(['up', '--detach', '--no-build', ...services]);
  const certificate = readFileSync(join(DIRECTORY, 'secrets', 'mqtt.crt'), 'utf8');
  const deployment = { compose, services, certificate, ports };
  for (const service of services) await isUp(deployment, service);
  return deployment;
}

/** What an operator prepares: secrets, and a file of settings, whose path is returned; the providers are the simulators. */
async function prepare(ports: Ports): Promise<string> {
  rmSync(DIRECTORY, { recursive: true, force: true });
  mkdirSync(DIRECTORY, { recursive: true });
  const secrets = join(DIRECTORY, 'secrets');
  await run('sh', [join(ROOT, 'deploy/secrets.sh'), secrets]);
  const files = {
    'alerts-pages.url': 'http://simulators:4010/pages',
    'alerts-tickets.url': 'http://simulators:4010/tickets',
    'alerts-watchdog.url': 'http://simulators:4010/watchdog',
    ...Object.fromEntries(
      Object.entries(simulatedProviders('http://simulators:4010')).map(([name, value]) => [`platform/${name}`, value]),
    ),
  };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(secrets, name), `${text}\n`);
    chmodSync(join(secrets, name), 0o444);
  }
  const file = join(DIRECTORY, 'env');
  writeSettings(file, ports);
  return file;
}

async function choosePorts(): Promise<Ports> {
  const [api, mqtt, codec] = await freePorts(3);
  return { api, mqtt, codec };
}

function writeSettings(file: string, { api, mqtt, codec }: Ports): void {
  const settings = {
    PUBLIC_URL: 'http://api:3000',
    SECRETS_DIRECTORY: join(DIRECTORY, 'secrets'),
    PORT: api,
    MQTT_PORT: mqtt,
    CODEC_PORT: codec,
    TEMPORAL_UI_URL: `http://localhost:${codec}`,
  };
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
}

/** @returns the services whose image has none */
async function standIns(docker: Docker, compose: Deployment['compose'], say: Log): Promise<string[]> {
  const { services } = z
    .object({ services: z.record(z.string(), z.object({ image: z.string() })) })
    .parse(JSON.parse(await compose(['config', '--format', 'json'])));
  const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
  const version = /^ARG NODE_VERSION=(.*)$/m.exec(dockerfile)?.[1] ?? '';
  const bases = [...dockerfile.matchAll(/^FROM (\S+:\S+)/gm)].map(([, name = '']) =>
    name.replace('${NODE_VERSION}', version),
  );
  const own = services['migrate']?.image;
  const named = Object.values(services).map(({ image }) => image);
  const images = new Set([...bases, ...named].filter((image) => image !== own));
  const missing = await makeStandIns(docker, [...images], say);
  return Object.keys(services).filter((name) => missing.includes(services[name]?.image ?? ''));
}

/** Waits until a service is healthy, or has done what it is there for once. */
export async function isUp({ compose }: Deployment, service: string): Promise<void> {
  let seen: Container | undefined;
  const ok = ({ State, Health, ExitCode }: Container) =>
    State === 'exited' ? ExitCode === 0 : State === 'running' && (Health === '' || Health === 'healthy');
  await eventually(
    service,
    async () => {
      const lines = (await compose(['ps', '--all', '--format', 'json', service])).trim().split('\n');
      seen = container.optional().parse(lines[0] === '' ? undefined : JSON.parse(lines[0] ?? ''));
      return seen !== undefined && ok(seen) ? true : undefined;
    },
    START_MS,
  ).catch(async (error: unknown) => {
    const said = await compose(['logs', '--no-log-prefix', '--tail', '20', service]);
    throw new Error(`${service} is ${JSON.stringify(seen)}: ${said}`, { cause: error });
  });
}
