import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '#dev/client';
import { leaseThat } from '#dev/journey';
import { cast, leaseIn, newCustomer } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { createWorkers } from './create-workers.ts';
import { WorkerVersions } from './worker-versions.ts';

/** `LEASES=200 npx vitest run workers/deployment-versions` is a storm of them. */
const LEASES = Number(process.env['LEASES'] ?? 3);
const AT_ONCE = 10;

const deploymentName = `rent-to-own-${randomUUID().slice(0, 8)}`;
let platform: TestPlatform;
let versions: WorkerVersions;
beforeAll(async () => {
  platform = await startTestPlatform({ WORKER_DEPLOYMENT: deploymentName, WORKER_BUILD: 'one' });
  versions = new WorkerVersions(platform.temporal, deploymentName);
  await once('version one to be current', () => versions.makeCurrent('one'));
});
afterAll(() => platform.close());

/** Once the server has heard of the version, and of all its task queues. */
const once = (what: string, order: () => Promise<void>) =>
  eventually(what, () =>
    order().then(
      () => true,
      () => undefined,
    ),
  );
const handle = (leaseId: string) => platform.temporal.workflow.getHandle(`lease-${leaseId}`);

/** Waits until a lease has done something on a version. */
function goesOnWith(buildId: string, leaseId: string) {
  return eventually(`the lease on version ${buildId}`, async () => {
    const { raw } = await handle(leaseId).describe();
    return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId === buildId ? true : undefined;
  });
}

/** Does something for each, some at once. */
async function each<One, Result>(all: readonly One[], work: (one: One) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let i = 0; i < all.length; i += AT_ONCE)
    results.push(...(await Promise.all(all.slice(i, i + AT_ONCE).map((one) => work(one)))));
  return results;
}

async function failedTasks(leaseId: string): Promise<number> {
  const { events } = await handle(leaseId).fetchHistory();
  return (events ?? []).filter(({ workflowTaskFailedEventAttributes: failed }) => failed != null).length;
}

it(
  'leases that run go on with the new version, in the middle of what they do, and none fails',
  async () => {
    const people = await cast(platform);
    const leases = await each(Array.from({ length: LEASES }), async () => {
      const customer = await newCustomer(platform);
      return { customer, id: (await leaseIn('awaiting_handover', customer, people)).id };
    });
    await each(leases, ({ id }) => goesOnWith('one', id));
    expect(await versions.list()).toEqual([{ build: 'one', state: 'current', share: null }]);

    const { config, log, db, sql } = platform.deps;
    const next = { ...config, WORKER_BUILD: 'two' };
    const { workers, connection } = await createWorkers({ config: next, log, db, sql, temporal: platform.temporal });
    const running = Promise.all(workers.map((worker) => worker.run()));
    const pay = ({ customer: { client }, id }: (typeof leases)[number]) =>
      client.post('/v1/leases/{id}/pay', { path: { id }, body: { amount: { amount: 5_000, currency: 'UGX' } } });
    try {
      await once('a share for version two', () => versions.ramp('two', 40));
      expect(await versions.list()).toContainEqual({ build: 'two', state: 'ramping', share: 40 });
      await versions.ramp('two', 0);
      expect((await versions.list()).map(({ state }) => state)).not.toContain('ramping');
      await versions.ramp('two', 50);

      await each(leases, ({ id }) =>
        people.agent.post('/v1/leases/{id}/handover', { path: { id }, body: { odometerKm: 10_000 } }),
      );
      const [before] = await Promise.all([each(leases, pay), versions.makeCurrent('two')]);
      await platform.withoutWorkers(async () => {
        const after = await each(leases, pay);
        const paid = [before, after].map((payments) => new Map(payments.map(({ leaseId, id }) => [leaseId, id])));
        await each(leases, async ({ customer, id }) => {
          await eventually('both payments', async () => {
            const { data } = await customer.client.get('/v1/payments', { query: { leaseId: id } });
            const succeeded = new Set(data.filter(({ status }) => status === 'succeeded').map((payment) => payment.id));
            return paid.every((payments) => succeeded.has(payments.get(id) ?? '')) ? true : undefined;
          });
          await leaseThat(customer.client, id, 'paid', ({ status }) => status === 'active');
          await goesOnWith('two', id);
          expect(await failedTasks(id)).toBe(0);
        });
      });
      const states = Object.fromEntries((await versions.list()).map(({ build, state }) => [build, state]));
      expect(states).toMatchObject({ two: 'current', one: expect.stringMatching(/^drain(ing|ed)$/) });
    } finally {
      for (const worker of workers) worker.shutdown();
      await running;
      await connection.close();
    }
  },
  150_000 + LEASES * 10_000,
);
