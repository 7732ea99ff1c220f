import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { announceInbound } from '#use-cases/payments/inbound/announce';
import { eventually } from '#dev/client';
import { SimulatorClient } from '#dev/simulator-client';
import { dataConverter } from '#platform/temporal/connection';
import { fastForward } from '#platform/temporal/fast-forward';
import { itReplays, recordingKeys, type History } from '#test/histories';
import { cast, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform({ ENCRYPTION_KEYS: recordingKeys });
  staff = await cast(platform);
});
afterAll(() => platform.close());

const handleOf = (receipt: string) =>
  platform.temporal.workflow.getHandle(`${platform.config.TASK_QUEUE_PREFIX}inbound-mtn-UG-${receipt}`);

/** A customer pays by himself, and types this. */
async function paid(payer: string, account: string): Promise<History> {
  const body = { provider: 'mtn', payer, account, amount: 1_000, currency: 'UGX' } as const;
  const { id } = await new SimulatorClient(platform.simulators).post('/pay-bill', { body });
  await eventually('the announcement', () =>
    handleOf(id)
      .result()
      .catch(() => undefined),
  );
  return handleOf(id).fetchHistory();
}

/** Somebody announces what nobody paid. */
async function forged(): Promise<string> {
  const { db, ...deps } = { ...platform, db: platform.database.db };
  const receipt = randomUUID().toUpperCase();
  const amount = { amount: 1_000, currency: 'UGX' } as const;
  await announceInbound(
    { db, ...deps },
    { provider: 'mtn', receipt, account: 'A', amount, paidAt: new Date(), body: null },
  );
  return receipt;
}

itReplays(
  join(import.meta.dirname, 'histories'),
  {
    async posted() {
      const customer = await newCustomer(platform);
      const { reference } = await leaseIn('active', customer, staff);
      return paid(customer.phone, reference);
    },
    inSuspense: () => paid('+256772000100', 'NOBODY'),
    async asking() {
      const receipt = await forged();
      await fastForward(platform.temporal, handleOf(receipt).workflowId, 60_000);
      return handleOf(receipt).fetchHistory();
    },
    async refuted() {
      const receipt = await forged();
      await fastForward(platform.temporal, handleOf(receipt).workflowId, 11 * 60_000);
      await handleOf(receipt).result();
      return handleOf(receipt).fetchHistory();
    },
  },
  () => ({ dataConverter: dataConverter(platform.config) }),
);
