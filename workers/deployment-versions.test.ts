import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, it } from 'vitest';
import { eventually } from '#dev/client';
import { leaseThat } from '#dev/journey';
import { cast, leaseIn, newCustomer } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { createWorkers } from './create-workers.ts';

const deploymentName = `rent-to-own-${randomUUID().slice(0, 8)}`;
let platform: TestPlatform;
beforeAll(async () => {
  platform = await startTestPlatform({ WORKER_DEPLOYMENT: deploymentName, WORKER_BUILD: 'one' });
  await makeCurrent('one');
});
afterAll(() => platform.close());

/** As `temporal worker deployment set-current-version` does, once the server has heard of the version. */
function makeCurrent(buildId: string) {
  const { workflowService, options } = platform.temporal;
  const order = { namespace: options.namespace, deploymentName, buildId, identity: 'operator' };
  return eventually(`version ${buildId} to be current`, () =>
    workflowService.setWorkerDeploymentCurrentVersion(order).then(
      () => true,
      () => undefined,
    ),
  );
}

/** Waits until a lease has done something on a version. */
function goesOnWith(buildId: string, leaseId: string) {
  return eventually(`the lease on version ${buildId}`, async () => {
    const { raw } = await platform.temporal.workflow.getHandle(`lease-${leaseId}`).describe();
    return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId === buildId ? true : undefined;
  });
}

it('a lease that runs goes on with the new version, in the middle of what it does', async () => {
  const people = await cast(platform);
  const customer = await newCustomer(platform);
  const lease = await leaseIn('awaiting_handover', customer, people);
  await goesOnWith('one', lease.id);

  const { config, log, db, sql } = platform.deps;
  const next = { ...config, WORKER_BUILD: 'two' };
  const deps = { config: next, log, db, sql, temporal: platform.temporal };
  const { workers, connection } = await createWorkers(deps);
  const running = Promise.all(workers.map((worker) => worker.run()));
  try {
    const pays = () =>
      customer.client.post('/v1/leases/{id}/pay', {
        path: { id: lease.id },
        body: { amount: { amount: 5_000, currency: 'UGX' } },
      });
    await people.agent.post('/v1/leases/{id}/handover', { path: { id: lease.id }, body: { odometerKm: 10_000 } });
    const [before] = await Promise.all([pays(), makeCurrent('two')]);
    await platform.withoutWorkers(async () => {
      const after = await pays();
      await eventually('both payments', async () => {
        const { data } = await customer.client.get('/v1/payments', { query: { leaseId: lease.id } });
        const paid = new Set(data.filter(({ status }) => status === 'succeeded').map(({ id }) => id));
        return paid.has(before.id) && paid.has(after.id) ? true : undefined;
      });
      await leaseThat(customer.client, lease.id, 'paid', ({ status }) => status === 'active');
      await goesOnWith('two', lease.id);
    });
  } finally {
    for (const worker of workers) worker.shutdown();
    await running;
    await connection.close();
  }
});
