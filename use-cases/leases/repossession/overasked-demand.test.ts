import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '#domain/identity/roles';
import { createEncryption } from '#platform/encryption';
import { createTokenIssuer } from '#platform/tokens';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { agent, keptVehicle } from '#test/kept-vehicle';
import { config } from '#test/late-money';
import { makeDemand } from './make-demand.ts';
import { takeCostsBack } from './take-costs-back.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const second: Actor = { role: 'admin', id: randomUUID() };

async function kept() {
  const lease = await keptVehicle(database);
  const { id: leaseId } = lease;
  return {
    ...lease,
    takesCostsBack: (day: string, amount: number) =>
      lease.as(second, day, (context) =>
        takeCostsBack(context, { leaseId, correctionId: randomUUID(), amount, reason: 'a zero too many' }),
      ),
  };
}

describe('a demand that asked for costs which were a slip', () => {
  const tooSoon = { code: 'notice_required' };

  it('sells no vehicle once they are taken back: what is owed is demanded anew, with days of its own', async () => {
    const lease = await kept();
    await lease.costs('03-10', 5_000_000);
    await lease.demand('03-10', 5_098_334);
    await lease.demand('04-01', 5_098_334);
    await lease.takesCostsBack('05-08', 4_995_000);
    await expect(lease.sells('05-09', 200_000)).rejects.toMatchObject(tooSoon);
    // Other costs since make up for nothing.
    await lease.costs('05-09', 4_995_000);
    await expect(lease.sells('05-10', 200_000)).rejects.toMatchObject(tooSoon);
    await lease.demand('05-10', 5_098_334);
    await expect(lease.sells('07-08', 200_000)).rejects.toMatchObject(tooSoon);
    await lease.sells('07-09', 200_000);
  });

  it('runs where the slip came after it', async () => {
    const lease = await kept();
    await lease.costs('03-10', 5_000);
    await lease.demand('03-10', 103_334);
    await lease.costs('04-01', 50_000);
    await lease.takesCostsBack('04-02', 50_000);
    await lease.sells('05-09', 200_000);
  });

  it('is not the one of the same day any more', async () => {
    const lease = await kept();
    const tokens = createTokenIssuer(config);
    const deps = { db: database.db, config, encryption: createEncryption(config.ENCRYPTION_KEYS), tokens };
    const demands = () => makeDemand(deps, agent, lease.id);
    await lease.costs('03-10', 5_000_000);
    const slip = await demands();
    expect([slip.amount, (await demands()).id]).toEqual([5_098_334, slip.id]);
    await lease.takesCostsBack('03-11', 4_995_000);
    const right = await demands();
    expect([right.amount, right.demandedOn, (await demands()).id]).toEqual([103_334, slip.demandedOn, right.id]);
  });
});
