import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { instantOf } from '#domain/calendar';
import { promptHours } from '#domain/quiet-hours';
import type { FleetLease } from '#test/fleet';
import { leaseWorkflowId } from '#workflows/lease/messages';
import { morning } from './morning.ts';
import { cpuBetween, cpuMsEach, useOf } from './parts.ts';
import { measurePeer } from './peer.ts';
import { Probe } from './probe.ts';
import { forAll, load, say, secondsSoFar } from './progress.ts';
import { cpuRows, median, megabytes, memoryRows, print, type Row } from './table.ts';
import {
  bytesStored,
  connections,
  eventsWritten,
  fillBooks,
  historiesOf,
  startCapacityWorld,
  startLeaseAhead,
  type CapacityWorld,
} from './world.ts';

export interface MorningOptions {
  readonly leases: number;
  readonly due: number;
  readonly perSecond: number;
  readonly peer: number;
  readonly data: string | undefined;
}

/** Starts under way at once: more only wait for each other at Temporal. */
const STARTS = 16;
/** Workflows a second that are started at least; what it is once some have been. */
const SLOWEST_START = 60;
const CALM_MS = 20_000;
/** Histories that are looked at. */
const SAMPLE = 200;

/** A morning of a fleet. @returns whether all limits hold */
export async function measureMorning(options: MorningOptions): Promise<boolean> {
  const env =
    options.perSecond > 0 ? { PROMPTS_PER_SECOND: String(options.perSecond) } : { PROMPTS_PER_SECOND: '10000' };
  const world = await startCapacityWorld({ ...options, env });
  try {
    return await measure(world, options);
  } finally {
    await world.close();
  }
}

async function measure(world: CapacityWorld, options: MorningOptions): Promise<boolean> {
  const { platform, temporal } = world;
  const empty = useOf(platform);
  const emptyBytes = await bytesStored(world);
  say(`${options.leases} leases into the books, the machine's load is ${load()}`);
  const fleet = await fillBooks(world, options.leases);
  const bookBytes = await bytesStored(world);
  const { dueAt, started } = await startAll(world, fleet, options.due);
  const probe = new Probe(
    platform,
    fleet.slice(0, SAMPLE).map(({ state }) => state.application.leaseId),
  );
  // What was started settles until then; a calm moment is measured right before the hour.
  await sleep(Math.max(0, dueAt - Date.now() - CALM_MS - 5_000));
  const settled = useOf(platform);
  const calm = await probe.during(sleep(CALM_MS));
  const rest = useOf(platform);
  const restAt = performance.now();
  const restBytes = await bytesStored(world);
  const ids = fleet
    .slice(-Math.min(options.due, SAMPLE))
    .map(({ state }) => leaseWorkflowId(state.application.leaseId));
  const eventsBefore = await eventsWritten(world);
  const before = await historiesOf(temporal, ids);
  const loads = { before: load(), after: '' };
  const { result, latencies: busy } = await probe.during(morning(world, { due: options.due, dueAt }));
  loads.after = load();
  // What payments leave to be told is theirs too.
  await sleep(10_000);
  const after = useOf(platform);
  const seconds = (performance.now() - restAt) / 1_000;
  const afterBytes = await bytesStored(world);
  const histories = await historiesOf(temporal, ids);
  const eventsAPayment = ((await eventsWritten(world)) - eventsBefore) / options.due;
  const held = await connections(world);
  const peer = options.peer > 0 ? await measurePeer(world, options.peer, fleet[0]?.state) : null;

  // What the platform and those who ask the API take without any payment is not theirs.
  const calmly = new Map([...cpuBetween(settled, rest)].map(([name, used]) => [name, used / (CALM_MS / 1_000)]));
  const each = cpuMsEach([rest, after], { count: options.due, seconds, calm: calmly });
  const grown = (from: { postgres: number; temporal: number }, to: typeof from, count: number) => ({
    postgres: (to.postgres - from.postgres) / count,
    temporal: (to.temporal - from.temporal) / count,
  });
  const perLease = grown(emptyBytes, restBytes, options.leases);
  const perPayment = grown(restBytes, afterBytes, options.due);
  const paidPerSecond = result.booked / result.lastBooked;
  const allowed =
    options.perSecond === 0 ? Number.POSITIVE_INFINITY : Math.max(600, (options.due / options.perSecond) * 1.2);
  const rows: Row[] = [
    { what: 'leases, of which due', figure: `${options.leases}, ${options.due}` },
    { what: 'load of the machine before, after', figure: `${loads.before}, ${loads.after}` },
    { what: 'started a second', figure: started.toFixed(0) },
    ...memoryRows([empty, rest, after]),
    { what: 'booked', figure: `${result.booked}`, limit: `${options.due}`, holds: result.booked === options.due },
    { what: 'first prompt after', figure: `${result.firstSent.toFixed(1)} s` },
    {
      what: 'last prompt after',
      figure: `${result.lastSent.toFixed(1)} s`,
      limit: `${allowed.toFixed(0)} s`,
      holds: result.lastSent <= allowed,
    },
    { what: 'last payment booked after', figure: `${result.lastBooked.toFixed(1)} s` },
    { what: 'payments a second', figure: paidPerSecond.toFixed(1) },
    {
      what: 'prompts in the fullest second',
      figure: `${result.mostASecond}`,
      ...(options.perSecond > 0 && {
        limit: `${options.perSecond} a second`,
        holds: result.mostASecond <= options.perSecond,
      }),
    },
    { what: 'prompts refused as too many', figure: `${result.refused}`, limit: '0', holds: result.refused === 0 },
    { what: 'API p50, p99 when calm', figure: `${calm.latencies.p50.toFixed(1)}, ${calm.latencies.p99.toFixed(1)} ms` },
    {
      what: 'API p50, p99 in the morning',
      figure: `${busy.p50.toFixed(1)}, ${busy.p99.toFixed(1)} ms`,
      limit: 'p99 twice the calm one',
      holds: busy.p99 <= 2 * calm.latencies.p99,
    },
    {
      what: 'requests of it that failed',
      figure: `${busy.failed} of ${busy.count}`,
      limit: '0',
      holds: busy.failed === 0,
    },
    { what: 'events in the outbox a payment', figure: eventsAPayment.toFixed(1) },
    { what: 'history at rest', figure: shown(before) },
    { what: 'history after the payment', figure: shown(histories) },
    {
      what: 'disk of Postgres, Temporal a lease',
      figure: `${kilobytes(perLease.postgres)}, ${kilobytes(perLease.temporal)}`,
    },
    {
      what: 'disk of Postgres, Temporal a payment',
      figure: `${kilobytes(perPayment.postgres)}, ${kilobytes(perPayment.temporal)}`,
    },
    {
      what: 'of it for the books alone a lease',
      figure: kilobytes((bookBytes.postgres - emptyBytes.postgres) / options.leases),
    },
    { what: 'connections to Postgres', figure: [...held].map(([name, count]) => `${name} ${count}`).join(', ') },
    ...cpuRows(each, 'payment'),
    ...(peer === null
      ? []
      : [
          { what: `no-op peer, ${options.peer} workflows: turns a second`, figure: peer.perSecond.toFixed(1) },
          {
            what: 'no-op peer: CPU of Temporal, worker a turn',
            figure: `${peer.temporalMs.toFixed(1)}, ${peer.workerMs.toFixed(1)} ms`,
          },
        ]),
    { what: 'all of it took', figure: `${secondsSoFar().toFixed(0)} s` },
  ];
  await keep('morning', {
    options,
    loads,
    started,
    calm: calm.latencies,
    busy,
    result,
    eventsAPayment,
    perLease,
    perPayment,
    cpuMs: Object.fromEntries(each),
    memory: { empty: plain(empty), rest: plain(rest), after: plain(after) },
    histories: { before: medians(before), after: medians(histories) },
    connections: Object.fromEntries(held),
    peer,
  });
  return print(`a morning of ${options.leases} leases`, rows);
}

/**
 * Those that rest live in the present and are due in a week; those that are due this morning have clocks that are ahead, so
 * that all of theirs show 8 at the same moment of the wall, when everything has been started.
 */
async function startAll(world: CapacityWorld, fleet: readonly FleetLease[], due: number) {
  const resting = fleet.slice(0, fleet.length - due);
  const rate = await forAll('started, at rest', resting, STARTS, (lease) =>
    startLeaseAhead(world, lease, { aheadMs: 0 }),
  );
  const pace = resting.length < 500 ? SLOWEST_START : rate * 0.7;
  const dueAt = Date.now() + (due / pace) * 1_000 + CALM_MS + 30_000;
  const nextDue = fleet[0]?.state.standing.nextDue?.on;
  if (nextDue === undefined) throw new Error('the fleet has nothing due');
  const aheadMs = instantOf(nextDue, promptHours[0], 'UG') - dueAt;
  const started = await forAll('started, due this morning', fleet.slice(-due), STARTS, (lease) =>
    startLeaseAhead(world, lease, { aheadMs }),
  );
  say(`the hour comes in ${((dueAt - Date.now()) / 1_000).toFixed(0)} s`);
  if (Date.now() > dueAt - CALM_MS) throw new Error('the hour came before all were started: the machine is too busy');
  return { dueAt, started };
}

const kilobytes = (bytes: number) => `${(bytes / 1_024).toFixed(1)} kB`;
const medians = (sizes: readonly { events: number; bytes: number }[]) => ({
  events: median(sizes.map(({ events }) => events)),
  bytes: median(sizes.map(({ bytes }) => bytes)),
});
const shown = (sizes: readonly { events: number; bytes: number }[]) =>
  `${medians(sizes).events} events, ${kilobytes(medians(sizes).bytes)}`;
const plain = (use: ReturnType<typeof useOf>) =>
  Object.fromEntries([...use].map(([name, { memory }]) => [name, megabytes(memory)]));

/** Keeps what was measured beside the benchmarks' results. */
export async function keep(name: string, measured: object): Promise<void> {
  const directory = join(import.meta.dirname, '..', 'results');
  await mkdir(directory, { recursive: true });
  const at = new Date();
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cores: availableParallelism() };
  const path = join(directory, `capacity-${name}-${at.toISOString().replaceAll(':', '-').slice(0, 19)}.json`);
  await writeFile(path, `${JSON.stringify({ at, machine, ...measured }, null, 2)}\n`);
  say(`kept in ${path}`);
}
