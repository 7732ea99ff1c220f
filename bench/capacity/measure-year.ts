import { fastForward } from '#platform/temporal/fast-forward';
import { booksAgainstTruth } from '#test/truth';
import { leaseWorkflowId } from '#workflows/lease/messages';
import { keep } from './measure-morning.ts';
import { cpuMsEach, useOf, type Use } from './parts.ts';
import { forAll, load, say, secondsSoFar } from './progress.ts';
import { cpuRows, memoryRows, megabytes, print } from './table.ts';
import { fillBooks, historiesOf, startCapacityWorld, startLeaseAhead, type CapacityWorld } from './world.ts';

const DAY = 24 * 3_600_000;
/** The plan of the fleet has so many instalments, a week apart. */
const MONTHS = 12;
const DAYS = 366;
/** Events of a run before it goes on in the next one: a tenth of what production has, so that a year has several. */
const RUN_EVENTS = 400;
/** Leases whose clocks move at once. */
const AT_ONCE = 40;
/** The longest that one journey of a month may take. */
const PATIENCE_MS = 20 * 60_000;

interface YearOptions {
  readonly leases: number;
  readonly data: string | undefined;
}

/** Lets a year pass for each lease, month by month. @returns whether the books are right and nothing has grown */
export async function measureYear({ leases, data }: YearOptions): Promise<boolean> {
  const world = await startCapacityWorld({
    data,
    perSecond: 0,
    env: { LEASE_RUN_EVENTS: String(RUN_EVENTS), PROMPTS_PER_SECOND: '10000' },
  });
  try {
    return await measure(world, leases);
  } finally {
    await world.close();
  }
}

async function measure(world: CapacityWorld, leases: number): Promise<boolean> {
  const { platform, temporal, database } = world;
  say(`${leases} leases into the books, the machine's load is ${load()}`);
  const fleet = await fillBooks(world, leases, 52);
  await forAll('started', fleet, 16, (lease) => startLeaseAhead(world, lease, { aheadMs: 0 }));
  const ids = fleet.map(({ state }) => leaseWorkflowId(state.application.leaseId));
  const moments: Use[] = [useOf(platform)];
  const longest = { events: 0, bytes: 0 };
  const began = secondsSoFar();
  for (let month = 1; month <= MONTHS; month += 1) {
    await forAll(`month ${month}`, ids, AT_ONCE, async (id) => {
      const { outcome } = await fastForward(temporal, id, Math.round((DAYS / MONTHS) * DAY), PATIENCE_MS);
      if (outcome === 'time_out' || outcome === 'stopped')
        throw new Error(`${id} did not get through month ${month}: ${outcome}`);
    });
    moments.push(useOf(platform));
    for (const { events, bytes } of await historiesOf(temporal, ids.slice(0, 200))) {
      longest.events = Math.max(longest.events, events);
      longest.bytes = Math.max(longest.bytes, bytes);
    }
  }
  const seconds = secondsSoFar() - began;
  const paid = fleet.map(({ state, phone, provider }) => ({
    leaseId: state.application.leaseId,
    payer: phone,
    provider,
    due: state.standing.outstanding,
    mayBeUnknown: false,
  }));
  const differences = await booksAgainstTruth(database.db, platform.urls.simulators ?? '', paid);
  for (const line of differences.slice(0, 20)) say(line);
  const instalments = fleet.length * 52;
  const [first, last] = [moments[1], moments.at(-1)];
  const memoryOf = (use: Use | undefined) =>
    [...(use ?? [])].reduce(
      (sum, [name, { memory }]) =>
        sum + (name === 'temporal' || name === 'postgres' || name === 'simulators' ? 0 : memory),
      0,
    );
  const grown = memoryOf(last) / memoryOf(first);
  const rows = [
    { what: 'leases, payments of their year', figure: `${leases}, ${instalments}` },
    { what: 'load of the machine at the end', figure: load() },
    { what: 'the year took', figure: `${seconds.toFixed(0)} s` },
    { what: 'payments a second', figure: (instalments / seconds).toFixed(1) },
    {
      what: 'differences between books and what was charged',
      figure: `${differences.length}`,
      limit: '0',
      holds: differences.length === 0,
    },
    {
      what: 'longest history of a run',
      figure: `${longest.events} events, ${(longest.bytes / 1_024).toFixed(0)} kB`,
      limit: `${RUN_EVENTS * 1.5} events`,
      holds: longest.events <= RUN_EVENTS * 1.5,
    },
    {
      what: 'memory of our processes, month 1 and 12',
      figure: `${megabytes(memoryOf(first))}, ${megabytes(memoryOf(last))}`,
      limit: 'a quarter more',
      holds: grown <= 1.25,
    },
    ...memoryRows([moments[0], moments[1], moments[6], last].filter((use) => use !== undefined)),
    ...cpuRows(
      first === undefined || last === undefined
        ? new Map()
        : cpuMsEach([first, last], { count: (instalments * (MONTHS - 1)) / MONTHS, seconds }),
      'payment',
    ),
  ];
  await keep('year', {
    leases,
    seconds,
    instalments,
    longest,
    differences: differences.length,
    memory: moments.map((use) => Object.fromEntries([...use].map(([name, { memory }]) => [name, megabytes(memory)]))),
  });
  return print(`a year of ${leases} leases`, rows);
}
