import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '#dev/client';

export const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'rent-to-own', 'containers');
const PID = join(CACHE, 'dockerd.pid');
const MOST_OUTPUT = 64 * 1024 * 1024;

type Variables = Readonly<Record<string, string | undefined>>;
interface Options {
  readonly env?: Variables;
  readonly cwd?: string;
  /** Given to its standard input. */
  readonly input?: string;
}

/** Runs a command to its end. @returns what it printed. @throws Error with the end of what it said. */
export async function run(command: string, args: readonly string[], { input = '', ...options }: Options = {}) {
  const running = promisify(execFile)(command, [...args], { ...options, maxBuffer: MOST_OUTPUT });
  // One that does not read it has ended before.
  running.child.stdin?.on('error', () => {}).end(input);
  const { stdout } = await running.catch((error: Error & { stderr?: string }) => {
    const said = error.stderr?.trim().split('\n').slice(-12).join('\n');
    throw new Error(`${command} ${args.slice(0, 6).join(' ')}: ${said ?? error.message}`);
  });
  return stdout;
}

/** Whether a command ends with 0. */
export const works = (command: string, args: readonly string[], options: Options = {}) =>
  run(command, args, options).then(
    () => true,
    () => false,
  );

export interface Docker {
  /** For `docker`: which daemon, and where its plugins are. */
  readonly env: Variables;
  /** It was started here over a directory of its own, and has no images but those that are made. */
  readonly isOurs: boolean;
  stop(): Promise<void>;
}

/** The daemon that runs; where none does, root of a Debian machine gets one, over a directory of the cache. */
export async function findDocker(log: (line: string) => void): Promise<Docker> {
  if (await works('docker', ['info']))
    return { env: await withPlugins({ ...process.env }), isOurs: false, stop: () => Promise.resolve() };
  if (process.getuid?.() !== 0) throw new Error('no docker daemon answers, and only root can start one');
  await install('dockerd', ['docker.io', 'iptables']);
  mkdirSync(CACHE, { recursive: true });
  const socket = `unix://${join(CACHE, 'docker.sock')}`;
  const env = await withPlugins({ ...process.env, DOCKER_HOST: socket });
  const answers = () => works('docker', ['info'], { env });
  if (!(await answers())) {
    const said = join(CACHE, 'dockerd.log');
    const child = startDaemon(socket, said);
    log(`started dockerd; its log is ${said}`);
    await eventually('dockerd', async () => {
      if (child.exitCode !== null) throw new Error(`dockerd ended; see ${said}`);
      return (await answers()) ? true : undefined;
    });
  }
  return {
    env,
    isOurs: true,
    async stop() {
      process.kill(Number(readFileSync(PID, 'utf8')), 'SIGTERM');
      await eventually('dockerd to end', () => Promise.resolve(existsSync(PID) ? undefined : true));
    },
  };
}

/** It outlives this process, unless it is stopped. */
function startDaemon(socket: string, log: string): ChildProcess {
  const output = openSync(log, 'w');
  const places = ['--data-root', join(CACHE, 'docker'), '--exec-root', join(CACHE, 'exec'), '--pidfile', PID];
  const child = spawn('dockerd', ['--host', socket, ...places], { stdio: ['ignore', output, output], detached: true });
  child.unref();
  return child;
}

/** Installs packages of Debian where a command is missing; what they would start is not started. */
export async function install(command: string, packages: readonly string[]): Promise<void> {
  if (await works('which', [command])) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  await run('apt-get', ['update', '--quiet=2'], { env });
  await run('apt-get', ['install', '--yes', '--quiet=2', '--no-install-recommends', ...packages], { env });
}

/** Compose and buildx, which a newer Debian has as packages that run on this one too, unless they are there. */
async function withPlugins(env: Variables): Promise<Variables> {
  if (await works('docker', ['compose', 'version'], { env })) return env;
  const configuration = join(CACHE, 'config');
  const plugins = join(configuration, 'cli-plugins');
  if (!existsSync(join(plugins, 'docker-buildx'))) {
    const apt = join(CACHE, 'apt');
    mkdirSync(join(apt, 'lists', 'partial'), { recursive: true });
    mkdirSync(plugins, { recursive: true });
    const sources = join(apt, 'sources.list');
    const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';
    writeFileSync(sources, `deb [signed-by=${keys}] ${await debianMirror()} forky main\n`);
    const settings = [
      `Dir::Etc::SourceList=${sources}`,
      'Dir::Etc::SourceParts=-',
      `Dir::State::Lists=${join(apt, 'lists')}`,
      `Dir::Cache=${apt}`,
      'Acquire::Check-Valid-Until=false',
    ].flatMap((setting) => ['-o', setting]);
    await run('apt-get', [...settings, 'update', '--quiet=2']);
    await run('apt-get', [...settings, 'download', 'docker-compose', 'docker-buildx'], { cwd: apt });
    await run('sh', ['-c', 'for package in *.deb; do dpkg-deb --extract "$package" .; done'], { cwd: apt });
    await run('sh', ['-c', `cp usr/libexec/docker/cli-plugins/* '${plugins}/'`], { cwd: apt });
  }
  return { ...env, DOCKER_CONFIG: configuration };
}

/** Where this machine has Debian's packages from. */
export async function debianMirror(): Promise<string> {
  const targets = await run('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Origin: Debian', 'Label: Debian']);
  const [mirror] = targets.split('\n');
  if (mirror === undefined || mirror === '') throw new Error('apt knows no mirror of Debian');
  return mirror;
}
