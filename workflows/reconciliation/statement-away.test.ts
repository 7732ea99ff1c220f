import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '#dev/client';
import { fastForward } from '#platform/temporal/fast-forward';
import { report, startReconciliationWorld, type ReconciliationWorld } from '#test/reconciliation-world';

let world: ReconciliationWorld;
beforeAll(async () => {
  world = await startReconciliationWorld();
});
afterAll(() => world.platform.close());

describe('a provider that does not give its statement', () => {
  const date = '2026-01-02';
  const running = () =>
    world.platform.temporal.workflow.getHandle(
      `${world.platform.config.TASK_QUEUE_PREFIX}reconciliation-airtel-UG-${date}`,
    );
  const ask = () => world.staff.admin.post('/v1/reconciliations', { provider: 'airtel', date, market: 'UG' }, report);

  it('is asked again; who asks meanwhile joins the run', async () => {
    await world.faults({ down: true, providers: ['airtel'] });
    const [first, second] = await Promise.all([ask(), ask()]);
    expect(first).toMatchObject({ status: 'running', finishedAt: null });
    expect(second.id).toBe(first.id);
    await world.faults({});
    const done = await eventually('the report', async () => {
      const said = await world.staff.agent.get(`/v1/reconciliations/${first.id}`, report);
      return said.status === 'running' ? undefined : said;
    });
    expect(done).toMatchObject({ status: 'balanced', matched: 0 });
    await running().result();
  });

  it('has failed after half a day, and the report says why', async () => {
    await world.faults({ down: true, providers: ['airtel'] });
    const { id } = await ask();
    await fastForward(world.platform.temporal, running().workflowId, 13 * 3_600_000);
    const failed = await eventually('the end', async () => {
      const said = await world.staff.agent.get(`/v1/reconciliations/${id}`, report);
      return said.status === 'running' ? undefined : said;
    });
    expect(failed).toMatchObject({ status: 'failed', differences: [] });
    expect(failed.failure).toContain('airtel');
    await world.faults({});
  });
});
