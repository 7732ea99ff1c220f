import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { eventually } from '#dev/client';
import { deploy, isUp, type Deployment } from './deployment.ts';
import { findDocker } from './docker.ts';
import { beginJourney, type Journey, type Stage } from './journey.ts';

/**
 * `npm run test:deploy`: builds and starts docker-compose.yml as it stands, in containers, and lives a lease through it over
 * HTTP and MQTT while each service is killed and started again, and the database is restored from its archive. It fails unless
 * the books agree with what the simulated provider charged. With `-- --keep` the containers go on.
 */
const began = Date.now();
const seconds = () => (Date.now() - began) / 1_000;
const say = (line: string) => void process.stdout.write(`${seconds().toFixed(0).padStart(5)} s  ${line}\n`);
const staff = { email: 'admin@example.com', password: 'kept by nobody' };
/** These have done what they are there for, once. */
const jobs = new Set(['migrate', 'temporal-schema']);

/** What Prometheus answers. */
const scraped = z.object({ data: z.object({ result: z.array(z.unknown()) }) });
const known = z.object({ data: z.object({ activeAlertmanagers: z.array(z.unknown()) }) });

const keep = process.argv.includes('--keep');
const docker = await findDocker(say);
try {
  const deployment = await deploy(docker, say);
  say('everything runs');
  try {
    await test(deployment);
  } finally {
    if (!keep) await deployment.compose(['down', '--volumes', '--timeout', '20']);
  }
} finally {
  if (!keep) await docker.stop();
}
say('the deployment holds');

async function test(deployment: Deployment): Promise<void> {
  const { compose, certificate, services, ports } = deployment;
  const { api, mqtt, codec } = ports;
  const addAdmin = ['node', 'dist/workers/add-admin.js', staff.email, 'The first admin'];
  await compose(['run', '--rm', '--no-TTY', '--no-deps', 'api', ...addAdmin], staff.password);
  await nothingIsRoot(deployment);
  await everythingIsSeen(deployment, codec);
  await compose(['exec', '--no-TTY', '--user', 'postgres', 'postgres', 'sh', '/backup.sh']);
  say('a base backup is in the archive');
  const stage: Stage = {
    api: `http://127.0.0.1:${api}`,
    simulators: 'http://127.0.0.1:4010',
    mqtt: `mqtts://localhost:${mqtt}`,
    certificate,
    staff,
  };
  const journey = await beginJourney(stage);
  say('a customer has applied, signed, paid the deposit and rides');
  await journey.goesOn();
  say('pays, and is seen riding');
  for (const victim of services.filter((name) => !jobs.has(name))) await killed(deployment, journey, victim);
  await restored(deployment, journey);
  await journey.goesOn();
  if (journey.lost() > 0) say(`${journey.lost()} position was lost with the broker`);
  say(`pays, rides and settles: ${await journey.ends()} charged, and in the books`);
}

/** Kills a service while somebody pays and rides, and starts it again. */
async function killed(deployment: Deployment, journey: Journey, victim: string): Promise<void> {
  const from = seconds();
  const before = journey.lost();
  const goingOn = journey.goesOn();
  await sleep(Math.random() * 500);
  await deployment.compose(['kill', victim]);
  await deployment.compose(['up', '--detach', '--no-build', '--no-deps', victim]);
  await isUp(deployment, victim);
  const up = seconds();
  await goingOn;
  // What the broker had not yet handed on goes with it, and with nobody else: docs/telematics.md.
  if (journey.lost() > before && victim !== 'mosquitto') throw new Error(`a position was lost with ${victim}`);
  say(`${victim} killed: up after ${(up - from).toFixed(1)} s, paid and seen after ${(seconds() - from).toFixed(1)} s`);
}

/** Not one process of a container has the account of root. */
async function nothingIsRoot({ compose }: Deployment): Promise<void> {
  const [, ...processes] = (await compose(['top'])).trim().split('\n');
  const roots = processes.filter((line) => /^\S+\s+\d+\s+(root|0)\s/.test(line));
  if (processes.length === 0 || roots.length > 0) throw new Error(`runs as root: ${roots.join('\n')}`);
  say('no process is root');
}

/** Prometheus scrapes the four processes and knows its Alertmanager; Temporal's UI is behind the login. */
async function everythingIsSeen({ compose }: Deployment, codec: number): Promise<void> {
  const prometheus = async (path: string): Promise<unknown> =>
    JSON.parse(
      await compose(['exec', '--no-TTY', 'prometheus', 'wget', '-qO-', `http://127.0.0.1:9090/api/v1/${path}`]),
    );
  await eventually('Prometheus to scrape the four processes', async () => {
    const { data } = scraped.parse(await prometheus('query?query=up{job="rent-to-own"}==1'));
    return data.result.length === 4 ? true : undefined;
  });
  await eventually('Prometheus to know its Alertmanager', async () => {
    const { data } = known.parse(await prometheus('alertmanagers'));
    return data.activeAlertmanagers.length === 1 ? true : undefined;
  });
  const ui = `http://localhost:${codec}`;
  const namespaces = (cookie: string) => fetch(`${ui}/api/v1/namespaces`, { headers: { cookie } });
  const body = new URLSearchParams(staff);
  const login = await fetch(ui, { method: 'POST', body, redirect: 'manual' });
  const [cookie = ''] = (login.headers.get('set-cookie') ?? '').split(';');
  const [without, within] = [await namespaces(''), await namespaces(cookie)];
  if (without.status !== 401 || within.status !== 200)
    throw new Error(`Temporal's UI answers ${without.status} without a login, and ${within.status} with one`);
  say('Prometheus scrapes the four processes, and an admin gets into the Temporal UI');
}

/** As docs/backup.md says: everything stops, the database goes back to now, and nothing is lost. */
async function restored(deployment: Deployment, journey: Journey): Promise<void> {
  const { compose, services } = deployment;
  const psql = async (sql: string) =>
    (await compose(['exec', '--no-TTY', 'postgres', 'psql', '--username=postgres', '-Atc', sql])).trim();
  const paid = await journey.paid();
  const moment = await psql("select date_trunc('second', now()) + interval '1 second'");
  await sleep(5_000);
  const segment = await psql('select pg_walfile_name(pg_switch_wal())');
  await eventually('the log to be archived', async () =>
    (await psql('select last_archived_wal from pg_stat_archiver')) >= segment ? true : undefined,
  );
  if ((await psql('select failed_count from pg_stat_archiver')) !== '0')
    throw new Error('the log was not always archived');
  await compose(['stop']);
  const restore = ['run', '--rm', '--no-TTY', '--no-deps', '--user', 'postgres', '--entrypoint', 'sh', 'postgres'];
  say((await compose([...restore, '/restore.sh', moment.replace('+00', '')])).trim());
  await compose(['up', '--detach', '--no-build', '--no-deps', 'postgres', 'simulators']);
  await isUp(deployment, 'postgres');
  await eventually('the recovery', async () => ((await psql('select pg_is_in_recovery()')) === 'f' ? true : undefined));
  const job = (...args: string[]) => compose(['run', '--rm', '--no-TTY', '--no-deps', 'worker', 'node', ...args]);
  await job('dist/workers/recover.js', '--since', new Date(`${moment}:00`).toISOString());
  await compose(['up', '--detach', '--no-build', ...services]);
  for (const service of services) await isUp(deployment, service);
  await job('dist/workers/compare.js', '--mend');
  await job('dist/workers/compare.js');
  const after = await journey.paid();
  if (after !== paid) throw new Error(`${paid} was paid, and ${after} after the restore`);
  say('restored from the archive: leases and workflows agree, and what was paid is paid');
}
