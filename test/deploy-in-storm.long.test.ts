import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '#dev/client';
import { startProcess } from '#dev/child';
import { login } from '#dev/journey';
import type { RunningPart } from '#dev/part';
import { leaseWorkflowId } from '#workflows/lease/messages';
import { WorkerVersions } from '#workers/worker-versions';
import { workflowBundle } from '#workers/workflow-bundle';
import { Probe } from './chaos/probe.ts';
import { Storm } from './storm-world.ts';

/**
 * In the middle of a storm of leases that come due and of a network that errs, another version of the workers, which has taken
 * nothing yet, is tried on a share and given all, and the worker of the first is stopped. No lease notices.
 * `STORM_LEASES=50 TEST_LONG=true npx vitest run test/deploy-in-storm` is a smaller one.
 */
const SEED = Number(process.env['TEST_SEED']);
const LEASES = Number(process.env['STORM_LEASES'] ?? 200);
/** Milliseconds in which so many leases live a week on a machine that others share. */
const PATIENCE = 900_000;
const deploymentName = `storm-${SEED}`;

let storm: Storm;
let deployment: WorkerVersions;
let second: RunningPart | undefined;

beforeAll(async () => {
  const env = {
    TASK_QUEUE_PREFIX: `${deploymentName}-`,
    WORKER_DEPLOYMENT: deploymentName,
    WORKER_BUILD: 'one',
  };
  storm = await Storm.gathers({
    seed: SEED,
    leases: LEASES,
    env,
    async before(_, temporal) {
      deployment = new WorkerVersions(temporal, deploymentName);
      await taken('version one to be current', () => deployment.makeCurrent('one'));
    },
  });
}, 300_000);
afterAll(async () => {
  await second?.stop();
  await storm.stop();
}, 120_000);

/** Once the server has heard of the version, and of all its task queues. */
const taken = (what: string, order: () => Promise<void>) =>
  eventually(
    what,
    () =>
      order().then(
        () => true,
        () => undefined,
      ),
    PATIENCE,
  );

async function startSecond(): Promise<void> {
  const { platform, dataDir } = storm;
  const bundle = await workflowBundle();
  const bundled = 'codePath' in bundle ? { WORKFLOW_BUNDLE: bundle.codePath } : {};
  const env = { ...platform.env, ...bundled, WORKER_BUILD: 'two' };
  second = await startProcess({ name: 'worker-two', file: 'workers/worker.ts', env, dataDir, log: () => {} });
}

/** What an operator types, each step once so many payments have come through. */
async function deploys(): Promise<string[]> {
  const at = async (share: number, what: string, step: () => Promise<unknown>) => {
    await storm.paid(Math.floor(LEASES * share), PATIENCE);
    await step();
    return `${what} after ${await storm.succeeded()} payments`;
  };
  return [
    await at(0.1, 'a third of the leases', () => deployment.ramp('two', 33)),
    await at(0.3, 'all leases', () => deployment.makeCurrent('two')),
    await at(0.4, 'version one stopped', () => storm.platform.part('worker').stop()),
  ];
}

/** Of the run of a lease: which versions did its tasks, one after the other, and how many failed. */
async function workOf(leaseId: string) {
  const { events } = await storm.temporal.workflow.getHandle(leaseWorkflowId(leaseId)).fetchHistory();
  const builds = (events ?? []).flatMap(
    ({ workflowTaskCompletedEventAttributes: done }) => done?.deploymentVersion?.buildId ?? [],
  );
  const versions = builds.filter((build, i) => build !== builds[i - 1]);
  const failed = (events ?? []).filter(({ workflowTaskFailedEventAttributes: task }) => task != null).length;
  return { versions, failed };
}

it(
  'a new version of the workers is deployed in the middle of it, and no lease notices',
  // A version is deployed once.
  { timeout: 2 * PATIENCE, retry: 0 },
  async () => {
    const { urls } = storm.platform;
    const [first] = storm.fleet;
    const place = { api: urls.api, simulators: urls.simulators ?? '' };
    const body = { email: 'agent@example.com', password: 'rent-to-own' };
    const agent = await login(place, body.email, body.password);
    const { accessToken } = await agent.post('/v1/auth/login', { body });
    await startSecond();
    await taken('version two to be known', () => deployment.ramp('two', 0));
    const began = Date.now();
    await storm.blow();
    const probe = new Probe(urls.api, accessToken, first?.state.application.leaseId ?? '');
    const [steps] = await Promise.all([deploys(), storm.forward(8, PATIENCE)]);
    await probe.stop();
    const took = (Date.now() - began) / 1000;
    const collected = await storm.succeeded();

    await storm.calm();
    await storm.forward(2, PATIENCE);
    const neverMade = await storm.settleByStatement();
    await storm.forward(1, PATIENCE);
    const story = `seed ${SEED}: ${steps.join('; ')}; ${neverMade} never made`;
    expect(await storm.differences(story, 120_000), story).toEqual([]);

    // The next week: each has something to do again.
    await storm.forward(4, PATIENCE);
    const work = await Promise.all(storm.fleet.map(({ state }) => workOf(state.application.leaseId)));
    // From one to two, and never back; no task failed on the way.
    expect(work).toEqual(storm.fleet.map(() => ({ versions: ['one', 'two'], failed: 0 })));
    // Whoever asked meanwhile got a result, or the refusal that he asked for.
    expect([probe.wrong, [...probe.statuses.keys()].toSorted()]).toEqual([[], [200, 409]]);
    process.stderr.write(
      `deployed in a storm: ${LEASES} leases, ${collected} charges in ${took.toFixed(1)} s; ` +
        `the slowest answer meanwhile took ${(probe.slowest / 1000).toFixed(1)} s; ${story}\n`,
    );
  },
);
