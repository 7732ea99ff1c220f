import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApiWorld, type ApiWorld } from '#test/api-world';
import { bookLease } from '#test/lease-books';
import { portfolioReport } from './portfolio.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld();
});
afterAll(() => world.close());

it('is for staff, by market unless asked otherwise', async () => {
  const [agent, admin, customer] = await Promise.all([world.staff('agent'), world.staff('admin'), world.customer()]);
  const lease = await bookLease(world.database, world.deps.config);
  await lease.pays('2026-01-05T09:00:00Z', 20_000);
  await lease.handOver('2026-01-06T09:00:00Z');
  const read = (token?: string, query = '') => world.call('GET', `/v1/portfolio/at-risk${query}`, { token });
  expect((await read()).status).toBe(401);
  expect((await read(customer.token)).status).toBe(403);
  for (const { token } of [agent, admin]) {
    const { status, body } = await read(token);
    expect(status, JSON.stringify(body)).toBe(200);
    const { by, groups, totals } = portfolioReport.parse(body);
    expect([by, groups.map(({ group, leases }) => [group, leases])]).toEqual([
      'market',
      [[{ key: 'UG', name: 'UG' }, 1]],
    ]);
    expect(totals).toMatchObject([{ currency: 'UGX', outstanding: { amount: 100_000 } }]);
  }
  const elsewhere = await read(agent.token, '?by=vintage&market=KE');
  expect(elsewhere).toMatchObject({ status: 200, body: { by: 'vintage', groups: [], totals: [] } });
  for (const query of ['?by=colour', '?market=US', '?days=30'])
    expect(await read(agent.token, query), query).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
});
