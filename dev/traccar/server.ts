import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { eventually } from '../client.ts';
import { freePorts } from '../ports.ts';
import { builtTraccar } from './build.ts';

/** Milliseconds that it may take to start on a busy machine. */
const PATIENCE = 180_000;
/** What units speak to it, a port each. */
const protocols = ['osmand', 'gps103', 'teltonika'] as const;

/** A real Traccar server with a database of its own in memory. */
export interface RealTraccar {
  readonly url: string;
  /** Of an account that may command devices. */
  readonly token: string;
  readonly ports: Readonly<Record<(typeof protocols)[number], number>>;
  /** @returns the answer of its HTTP API, which has to be good */
  call(method: string, path: string, body?: object): Promise<unknown>;
  /** What it has written to its log. */
  log(): string;
  stop(): Promise<void>;
}

/** @param entries of the configuration beside ports and database, as XML */
export async function startRealTraccar(entries: string): Promise<RealTraccar> {
  const { root, classpath } = builtTraccar();
  const room = mkdtempSync(join(tmpdir(), 'rent-to-own-traccar-'));
  const [web, osmand, gps103, teltonika] = await freePorts(4);
  const ports = { osmand, gps103, teltonika };
  const settings = {
    'database.driver': 'org.h2.Driver',
    'database.url': 'jdbc:h2:mem:traccar;DB_CLOSE_DELAY=-1',
    'database.user': 'sa',
    'database.password': '',
    'server.statistics': '',
    'logger.console': 'true',
    'web.address': '127.0.0.1',
    'web.port': web,
    'web.path': room,
    'protocols.enable': protocols.join(','),
    ...Object.fromEntries(protocols.map((protocol) => [`${protocol}.port`, ports[protocol]])),
  };
  const own = Object.entries(settings).map(([key, value]) => `<entry key='${key}'>${value}</entry>`);
  const configuration = join(room, 'traccar.xml');
  writeFileSync(
    configuration,
    `<?xml version='1.0' encoding='UTF-8'?>
<!DOCTYPE properties SYSTEM 'http://java.sun.com/dtd/properties.dtd'>
<properties>
${own.join('\n')}
${entries}
</properties>
`,
  );
  let output = '';
  const child = spawn('java', ['-Xmx256m', '-cp', classpath, 'org.traccar.Main', configuration], {
    // Where it looks for the schema of its database.
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
  const url = `http://127.0.0.1:${web}`;
  const isUp = async () => {
    if (child.exitCode !== null) throw new Error(`Traccar does not start: ${output}`);
    const answer = await fetch(`${url}/api/server`).catch(() => null);
    return answer?.ok === true ? true : undefined;
  };
  await eventually('Traccar', isUp, PATIENCE);
  const token = await administrator(url);
  return {
    url,
    token,
    ports,
    async call(method, path, body) {
      const answer = await fetch(`${url}/api${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, accept: 'application/json', 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!answer.ok) throw new Error(`Traccar answers ${answer.status} to ${method} ${path}: ${await answer.text()}`);
      return answer.status === 204 ? null : answer.json();
    },
    log: () => output,
    async stop() {
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      rmSync(room, { recursive: true, force: true });
    },
  };
}

/** The first account is an administrator's. @returns a token of it */
async function administrator(url: string): Promise<string> {
  const account = { name: 'Admin', email: 'admin@example.com', password: 'administrator' };
  const json = { 'content-type': 'application/json' };
  await fetch(`${url}/api/users`, { method: 'POST', headers: json, body: JSON.stringify(account) });
  const answer = await fetch(`${url}/api/session/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${account.email}:${account.password}`)}` },
    body: new URLSearchParams({ expiration: new Date(Date.now() + 86_400_000).toISOString() }),
  });
  return z
    .string()
    .min(20)
    .parse(await answer.text());
}
