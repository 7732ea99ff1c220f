import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { eq } from 'drizzle-orm';
import { giveBacks, inbound } from '#db/schema/index';
import { startGiveBack } from '#steering/start-give-back';
import { announceInbound } from '#use-cases/payments/inbound/announce-inbound';
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

/** What a customer typed nonsense for waits in suspense. @returns its id */
async function suspended(provider: 'mtn' | 'mpesa', payer: string, currency: 'UGX' | 'KES'): Promise<string> {
  const account = `NOBODY-${randomUUID().slice(0, 8)}`;
  const body = { provider, payer, account, amount: 10_000, currency } as const;
  await new SimulatorClient(platform.simulators).post('/pay-bill', { body });
  const { id } = await eventually('it in suspense', async () =>
    (await staff.agent.get('/v1/suspense')).data.find((one) => one.account === account),
  );
  return id;
}

const goingBack = (giveBackId: string) =>
  platform.temporal.workflow.getHandle(`${platform.config.TASK_QUEUE_PREFIX}give-back-${giveBackId}`);

/** Somebody announces what nobody paid. */
async function forged(account = 'A'): Promise<string> {
  const { db, ...deps } = { ...platform, db: platform.database.db };
  const receipt = randomUUID().toUpperCase();
  const amount = { amount: 1_000, currency: 'UGX' } as const;
  await announceInbound({ db, ...deps }, { provider: 'mtn', receipt, account, amount, paidAt: new Date(), body: null });
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
    async givenBack() {
      const id = await suspended('mtn', '+256772000100', 'UGX');
      const body = { reason: 'typed by mistake' };
      const { giveBack } = await staff.agent.post('/v1/suspense/{id}/give-back', { path: { id }, body });
      await goingBack(giveBack?.id ?? '').result();
      return goingBack(giveBack?.id ?? '').fetchHistory();
    },
    async givenBackInDoubt() {
      const inboundId = await suspended('mpesa', '+254712000100', 'KES');
      const { db } = platform.database;
      const id = randomUUID();
      await db.update(inbound).set({ status: 'returning' }).where(eq(inbound.id, inboundId));
      // Whoever was to send it died when he had written down that he does.
      const sent = { sent: true, sentAt: new Date(), status: 'pending' } as const;
      const ordered = { reason: 'typed by mistake', requestedBy: randomUUID(), callbackHash: id };
      await db.insert(giveBacks).values({ id, inboundId, ...ordered, ...sent });
      await startGiveBack(platform, id);
      await fastForward(platform.temporal, goingBack(id).workflowId, 3 * 3_600_000);
      return goingBack(id).fetchHistory();
    },
    async onNoStatementYet() {
      const { reference } = await leaseIn('active', await newCustomer(platform), staff);
      const receipt = await forged(reference);
      await fastForward(platform.temporal, handleOf(receipt).workflowId, 3_600_000);
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
