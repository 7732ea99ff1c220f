import { randomInt } from 'node:crypto';
import { relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { DearestFiles } from './test/cpu.ts';

/** What random data of the tests is made from: printed, and the same data again with it. */
process.env['TEST_SEED'] ??= String(randomInt(2 ** 31));

/**
 * What takes longest, longest first, so that the short ones fill the gaps at the end. The storm blows among files that
 * mostly wait: its processes need the cores, and so do those of the journey and of the kills, which come after it.
 */
const long = [
  'test/storm',
  'workflows/lease/night',
  'workflows/upkeep/dead-leases',
  'workflows/webhooks',
  'workflows/reconciliation',
  'test/journey',
  'workflows/lease/replay',
  'test/whole-kill',
  'use-cases/payments/books',
  'api/commands',
  'workflows/lease',
  'workflows',
  'dev/platform',
  'use-cases',
  'test',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const path = relative(this.ctx.config.root, moduleId);
      const found = long.findIndex((name) => path.startsWith(name));
      return found === -1 ? long.length : found;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

const rooms = '{activities,api,db,dev,domain,platform,providers,steering,test,use-cases,workers,workflows}';
/** Lives of leases at random: some in each run, many in a long one. */
const BOOKS = 'use-cases/payments/books.property.test.ts';
/** What people do to a schedule, at random. */
const SCHEDULES = 'domain/leases/schedule-changes.property.test.ts';
/** What takes minutes by itself runs by `npm run test:long`. */
const isLong = process.env['TEST_LONG'] !== undefined;

export default defineConfig({
  test: {
    include: isLong ? ['{test,workflows}/**/*.long.test.ts', BOOKS, SCHEDULES] : [`${rooms}/**/*.test.ts`],
    exclude: isLong ? [] : ['**/*.long.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    setupFiles: ['test/seed.ts'],
    reporters: ['default', new DearestFiles()],
    testTimeout: 150_000,
    hookTimeout: 150_000,
    // A wait that was too short on a machine busy with something else is tried once more, and printed; a proof sets NO_RETRY.
    retry: process.env['NO_RETRY'] === undefined ? 1 : 0,
    pool: 'forks',
    // Most of what a test makes is short-lived: a larger nursery is swept less often (in megabytes), and by one thread:
    // several of each process, on cores that are busy, take a sixth more to do the same. Code is compiled quickly at
    // once, and well only when it is much used (ten times V8's default): most of it is not worth that in a minute or two.
    execArgv: ['--max-semi-space-size=64', '--single-threaded-gc', '--always-sparkplug', '--interrupt-budget=675840'],
    // A process loads the SDKs once, for all files that it runs: none of them leaves anything behind.
    isolate: false,
    // Most tests wait for a workflow rather than work: four of them kept two cores busy for two thirds of the time.
    maxWorkers: 6,
    // Of one file: each of them takes as long as all that run beside it, and is timed by itself. Of twenty on each of six
    // processes, all looked in vain for what the others had yet to do: a third more CPU than of five.
    maxConcurrency: 5,
    sequence: { sequencer: LongestFirst },
  },
});
