import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** The ports of the embedded platform by the variable that moves each, with what listens on it. */
export const portVariables = {
  PORT: { default: 3000, use: 'API' },
  TEMPORAL_PORT: { default: 7233, use: 'Temporal' },
  TEMPORAL_UI_PORT: { default: 8233, use: 'Temporal UI' },
  MQTT_PORT: { default: 1883, use: 'MQTT broker' },
  POSTGRES_PORT: { default: 5433, use: 'Postgres' },
  SIMULATOR_PORT: { default: 4010, use: 'provider simulators' },
  METRICS_PORT: { default: 9464, use: 'metrics' },
  CODEC_PORT: { default: 8088, use: 'codec server' },
} as const;

export type PortVariable = keyof typeof portVariables;
export type Ports = Readonly<Record<PortVariable, number>>;

/** A port is taken, or no port at all; the message names the variable that moves it. */
export class PortError extends Error {
  override readonly name = 'PortError';
}

/**
 * The ports by default or as the environment says.
 *
 * @throws PortError naming each variable that is no port, or that has another's.
 */
export function readPorts(environment: Readonly<Record<string, string | undefined>>): Ports {
  const problems: string[] = [];
  const owner = new Map<number, PortVariable>();
  const read = (name: PortVariable): number => {
    const given = environment[name];
    const value = given === undefined || given === '' ? portVariables[name].default : Number(given);
    if (!Number.isInteger(value) || value < 1 || value > 65_535)
      problems.push(`${name} must be a port from 1 to 65535, not "${given}"`);
    const other = owner.get(value);
    if (other !== undefined) problems.push(`${name} and ${other} are both ${value}`);
    owner.set(value, name);
    return value;
  };
  const names = Object.keys(portVariables) as PortVariable[];
  const ports = Object.fromEntries(names.map((name) => [name, read(name)])) as Record<PortVariable, number>;
  if (problems.length > 0) throw new PortError(problems.join('\n'));
  return ports;
}

/** @throws PortError naming every port that is taken, what it is for and the variable that moves it. */
export async function checkPorts(ports: Ports, needed: readonly PortVariable[]): Promise<void> {
  const taken = await Promise.all(needed.map(async (name) => ((await isFree(ports[name])) ? [] : [name])));
  const lines = taken
    .flat()
    .map((name) => `port ${ports[name]} (${portVariables[name].use}) is taken; ${name} moves it`);
  if (lines.length > 0) throw new PortError(lines.join('\n'));
}

type Tuple<N extends number, T extends number[] = []> = number extends N
  ? number[]
  : T['length'] extends N
    ? T
    : Tuple<N, [...T, number]>;

/**
 * Ports that are free now, all different. They lie below the range that systems give to outgoing
 * connections, so that none of those takes one before it is used.
 */
export async function freePorts<N extends number>(count: N): Promise<Tuple<N>> {
  const found = new Set<number>();
  while (found.size < count) {
    const candidate = randomInt(10_000, 32_000);
    if (await isFree(candidate)) found.add(candidate);
  }
  return [...found] as Tuple<N>;
}

/** Whether nothing listens on a port, neither on all addresses nor on this machine's own. */
async function isFree(port: number): Promise<boolean> {
  for (const host of ['0.0.0.0', '127.0.0.1', '::', '::1']) {
    if (!(await canListen(port, host))) return false;
  }
  return true;
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      // A machine without IPv6 has nobody listening there either.
      else if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT' || error.code === 'EINVAL')
        resolve(true);
      else reject(error);
    });
    server.listen({ port, host, exclusive: true, ipv6Only: host.includes(':') }, () =>
      server.close(() => resolve(true)),
    );
  });
}
