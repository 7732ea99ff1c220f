import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:tls';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freePorts } from '#dev/ports';
import { Metrics } from '#platform/metrics/metrics';
import { ownDirectory } from '#test/directory';
import { measureHost } from './measure-host.ts';

it('shows the room on disks, and when certificates end, whoever has signed them', async () => {
  const directory = await ownDirectory('host');
  const [key, certificate] = [join(directory, 'key'), join(directory, 'certificate')];
  const days = ['-days', '30', '-subj', '/CN=localhost', '-keyout', key, '-out', certificate];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...days], {
    stdio: 'ignore',
  });
  const [port] = await freePorts(1);
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }).listen(port, '127.0.0.1');
  await once(server, 'listening');

  const of = `127.0.0.1:${port}`;
  const metrics = new Metrics('worker');
  measureHost(metrics, { DISKS: ['/', directory], CERTIFICATES: [of] });
  const disks = await metrics.valuesOf('disk_free_ratio');
  expect(disks.map(({ labels }) => labels['disk'])).toEqual(['/', directory]);
  for (const { value } of disks) expect(value > 0 && value < 1).toBe(true);
  const [shown] = await metrics.valuesOf('certificate_expires_timestamp_seconds');
  expect(shown?.labels).toEqual({ of });
  expect(Math.round(((shown?.value ?? 0) - Date.now() / 1_000) / 86_400)).toBe(30);
  server.close();

  const blind = new Metrics('worker');
  measureHost(blind, { DISKS: [join(directory, 'gone')], CERTIFICATES: [of] });
  await blind.text();
  const unread = (await blind.valuesOf('figures_unread')).filter(({ value }) => value === 1);
  // Each is read beside the others.
  expect(unread.map(({ labels }) => labels['figure']).toSorted()).toEqual([
    'certificate_expires_timestamp_seconds',
    'disk_free_ratio',
  ]);
  await rm(directory, { recursive: true });
});
