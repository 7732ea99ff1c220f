import { rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { startSimulators } from '#dev/simulators/app';
import { SimulatorClient } from '#dev/simulator-client';
import { instantOf, localDateAt } from '#domain/calendar';
import { system } from '#domain/identity/roles';
import { createEncryption } from '#platform/encryption';
import { createLogger } from '#platform/log';
import { connectTemporal } from '#platform/temporal/connection';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { transact } from '#use-cases/context';
import type { PaymentDependencies } from '#use-cases/payments/dependencies';
import { openAttempt } from '#use-cases/payments/charging/open-attempt';
import { testConfig, unreachedMobileMoney } from './config.ts';
import { createTestDatabase } from './database.ts';
import { ownDirectory } from './directory.ts';
import { createFleet } from './fleet.ts';

const DAY = 24 * 3_600_000;
/** An hour of a day in Nairobi on which the first instalment is due, and which this machine's clock has not reached. */
const at = (hour: number) => new Date(instantOf(localDateAt(Date.now() + 8 * DAY, 'KE'), hour, 'KE')).toISOString();

/** What `collect` works with, by itself: a database, Temporal, and the simulators of mobile money. */
export async function startCollecting() {
  const dataDir = await ownDirectory('collect');
  const database = await createTestDatabase();
  const simulators = await startSimulators({ port: 0, dataDir, seed: 'collect' });
  const config = testConfig({
    ...unreachedMobileMoney,
    MTN_BASE_URL: `${simulators.url}/mtn`,
    AIRTEL_BASE_URL: `${simulators.url}/airtel`,
    MPESA_BASE_URL: `${simulators.url}/mpesa`,
    MPESA_CONSUMER_KEY: 'key',
    MPESA_CONSUMER_SECRET: 'secret',
    MPESA_SHORTCODE: '174379',
    MPESA_PASSKEY: 'passkey',
    MPESA_INITIATOR: 'initiator',
    MPESA_SECURITY_CREDENTIAL: 'credential',
  });
  const deps: PaymentDependencies = {
    db: database.db,
    config,
    encryption: createEncryption(config.ENCRYPTION_KEYS),
    log: createLogger('test', 'error'),
    mobileMoney: createMobileMoney(config),
    temporal: await connectTemporal(config),
  };
  const world = new SimulatorClient(simulators.url);
  let serial = 200;

  /** The references of the prompts that a phone has got. */
  const promptsOf = async (phone: string) => {
    const { data } = await world.get('/prompts', { query: { payer: phone } });
    return data.map(({ reference }) => reference);
  };

  /** An order of the first instalment of a lease whose payer never answers, or as `digits` say, at an hour of the day. */
  const instalment = async (hour = 10, provider: 'mpesa' | 'mtn' = 'mpesa', digits = '023') => {
    serial += 1;
    const phone = provider === 'mpesa' ? `+254711${serial}${digits}` : `+256772${serial}${digits}`;
    const payer = { provider, market: provider === 'mpesa' ? 'KE' : 'UG', phone } as const;
    const [lease] = await createFleet(database.db, config, [payer], undefined, `ONE${serial}`);
    if (lease === undefined) throw new Error('there is no lease');
    const { leaseId, paymentMethodId } = lease.state.application;
    const order = { attemptId: randomUUID(), leaseId, kind: 'instalment', method: 0, at: at(hour) } as const;
    const open = (wanted: Parameters<typeof openAttempt>[2] = order) =>
      transact(database.db, system('test'), new Date(order.at), (context) => openAttempt(context, deps, wanted));
    const prompted = async () => (await promptsOf(phone)).length;
    return { leaseId, paymentMethodId, phone, order, open, prompted };
  };

  const close = async () => {
    await deps.temporal.connection.close();
    await simulators.stop();
    await database.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { database, deps, world, promptsOf, instalment, at, close };
}
