import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '#dev/client';
import { freePorts } from '#dev/ports';

const VERSION = 'v2.12.0';

/** What is done to a connection; see Toxiproxy's own page for the attributes. */
interface Toxic {
  readonly type: 'latency' | 'timeout' | 'reset_peer';
  readonly attributes: Readonly<Record<string, number>>;
}

/** Proxies on this machine, each between two processes. */
export interface Toxiproxy {
  /** Opens one to a port of this machine. @returns the port to go by */
  open(name: string, to: number): Promise<number>;
  /** Puts a toxic on both directions. */
  poison(name: string, toxic: Toxic): Promise<void>;
  /** Ends its connections and takes no more. */
  cut(name: string): Promise<void>;
  /** Everything flows again. */
  mend(): Promise<void>;
  stop(): Promise<void>;
}

/** Builds it from the Go proxy the first time. @throws Error where there is no Go to build it with */
export async function startToxiproxy(): Promise<Toxiproxy> {
  const [control] = await freePorts(1);
  const child = spawn(binary(), ['-host', '127.0.0.1', '-port', String(control)], { stdio: 'ignore' });
  const base = `http://127.0.0.1:${control}`;
  const ask = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${base}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`Toxiproxy: ${method} ${path} answered ${answer.status}: ${text}`);
  };
  await eventually('Toxiproxy', () =>
    ask('GET', '/version').then(
      () => true,
      () => undefined,
    ),
  );
  return {
    async open(name, to) {
      const [port] = await freePorts(1);
      await ask('POST', '/proxies', { name, listen: `127.0.0.1:${port}`, upstream: `127.0.0.1:${to}`, enabled: true });
      return port;
    },
    async poison(name, toxic) {
      for (const stream of ['upstream', 'downstream'])
        await ask('POST', `/proxies/${name}/toxics`, { name: stream, stream, ...toxic });
    },
    cut: (name) => ask('POST', `/proxies/${name}`, { enabled: false }),
    mend: () => ask('POST', '/reset'),
    async stop() {
      child.kill();
      await once(child, 'exit');
    },
  };
}

function binary(): string {
  const directory = join(
    process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
    'rent-to-own',
    `toxiproxy-${VERSION}`,
  );
  const path = join(directory, 'server');
  if (existsSync(path)) return path;
  mkdirSync(directory, { recursive: true });
  const env = { ...process.env, GOBIN: directory, CGO_ENABLED: '0' };
  const built = spawnSync('go', ['install', `github.com/Shopify/toxiproxy/v2/cmd/server@${VERSION}`], {
    env,
    encoding: 'utf8',
  });
  if (built.status === 0) return path;
  throw new Error(`Toxiproxy cannot be built: ${built.error?.message ?? built.stderr}; Go has to be installed`);
}
