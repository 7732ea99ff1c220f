import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { runningLease, day } from '#test/late-money';
import { openCase } from '../cases/open-case.ts';
import { lockLease } from '../leases/lease-record.ts';
import { refuseUnready } from './transfer-record.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

it('that a relay is not proven, which is the house’s to do, holds up no customer who makes his lease over', async () => {
  const lease = await runningLease(database);
  const detail = { vehicleId: lease.id, trackerId: lease.id };
  // As `tellUnproven` opens it, minutes after a handover.
  await lease.act(day(2), (context) =>
    openCase(context, {
      kind: 'relay_not_proven',
      leaseId: lease.id,
      paymentId: null,
      about: `${lease.id}:unit`,
      detail,
    }),
  );
  const ready = lease.act(day(2), async (context) =>
    refuseUnready(context, await lockLease(context.tx, lease.id), false),
  );
  await expect(ready).resolves.toBeDefined();
});
