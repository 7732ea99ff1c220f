import { chmodSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { searchAttributes } from '#platform/temporal/search-attributes';
import { ownDirectory } from '#test/directory';
import { freePorts } from './ports.ts';
import { findTemporalServer, startTemporal, type TemporalServer } from './temporal.ts';

let dataDir: string;
let ports: [number, number];
const started: TemporalServer[] = [];

const start = async (searchAttributes: Parameters<typeof startTemporal>[0]['searchAttributes']) => {
  const [port, uiPort] = ports;
  const server = await startTemporal({ dataDir, port, uiPort, namespace: 'default', searchAttributes, log: () => {} });
  started.push(server);
  return server;
};

async function withConnection<T>(server: TemporalServer, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: server.address });
  return use(connection).finally(() => connection.close());
}

beforeEach(async () => {
  dataDir = await ownDirectory('temporal');
  ports = await freePorts(2);
});
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test('keeps workflows over a kill, and learns new search attributes', { timeout: 900_000 }, async () => {
  const first = await start([searchAttributes.market]);
  await withConnection(first, (connection) =>
    new Client({ connection }).workflow.start('waiting', { workflowId: 'kept', taskQueue: 'nobody' }),
  );
  const files = readdirSync(dataDir).filter((name) => name.startsWith('temporal.db'));
  for (const name of files) expect(statSync(join(dataDir, name)).mode & 0o077, `${name}, for others`).toBe(0);
  process.kill(first.pid, 'SIGKILL');
  expect(await first.exited).toBe('SIGKILL');

  const second = await start([searchAttributes.market, searchAttributes.daysPastDue]);
  await withConnection(second, async (connection) => {
    const { status } = await new Client({ connection }).workflow.getHandle('kept').describe();
    expect(status.name).toBe('RUNNING');
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
    expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(['Market', 'DaysPastDue']));
    const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 24 * 3600);
  });
  const page = await fetch(second.uiUrl);
  expect(page.status).toBe(200);
});

test('says why a chosen command cannot be used', async () => {
  await expect(
    findTemporalServer({ log: () => {}, environment: { TEMPORAL_CLI: '/nowhere/temporal' } }),
  ).rejects.toThrow(/TEMPORAL_CLI: \/nowhere\/temporal does not run/);
  const old = command('temporal version 1.0.0 (Server 1.29.0, UI 2.30.0)');
  await expect(findTemporalServer({ log: () => {}, environment: { TEMPORAL_CLI: old } })).rejects.toThrow(
    /has server 1\.29, and 1\.32 or later is needed/,
  );
});

test('takes a recent command on the PATH and passes over an old one', async () => {
  const recent = command('temporal version 1.9.0 (Server 2.0.1, UI 3.0.0)');
  expect(await findTemporalServer({ log: () => {}, environment: { PATH: dataDir } })).toBe(recent);
  command('temporal version 1.0.0 (Server 1.29.0, UI 2.30.0)');
  const said: string[] = [];
  expect(await findTemporalServer({ log: (line) => said.push(line), environment: { PATH: dataDir } })).not.toBe(recent);
  expect(said[0]).toMatch(/is passed over: it has server 1\.29/);
});

/** A command that only says its version. */
function command(version: string): string {
  const path = join(dataDir, 'temporal');
  writeFileSync(path, `#!/bin/sh\necho '${version}'\n`);
  chmodSync(path, 0o755);
  return path;
}
