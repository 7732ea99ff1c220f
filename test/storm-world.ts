import { rm } from 'node:fs/promises';
import type { Client } from '@temporalio/client';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { expect, inject } from 'vitest';
import { eventually } from '#dev/client';
import type { Environment } from '#dev/environment';
import { login } from '#dev/journey';
import { startPlatform, type Platform } from '#dev/platform';
import { freePorts, portVariables } from '#dev/ports';
import { SimulatorClient } from '#dev/simulator-client';
import type { SimulatedProvider } from '#dev/simulators/simulated';
import { localDateAt } from '#domain/calendar';
import { loadConfig } from '#platform/config';
import { connectTemporal } from '#platform/temporal/connection';
import { fastForward } from '#platform/temporal/fast-forward';
import { leaseWorkflowId } from '#workflows/lease/messages';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { ownDirectory } from './directory.ts';
import { createFleet, startFleet, type FleetLease, type Payer } from './fleet.ts';
import { booksAgainstTruth } from './truth.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** How the payers of each provider behave: twice each of these, the rest pay at once. */
const behaviours = ['001', '002', '003', '005', '006', '007', '020', '021', '022', '023', '030'] as const;
/** They pay nothing, whatever the weather: 006 has no funds, 023 never decides. */
const neverPay = new Set(['006', '023']);
const homes = {
  mtn: { market: 'UG', prefix: '+25677' },
  airtel: { market: 'UG', prefix: '+25675' },
  mpesa: { market: 'KE', prefix: '+25471' },
} as const;
const faults = { errorRate: 0.1, duplicateCallbacks: 0.1, loseCallbacks: 0.1, shuffleCallbacks: true };
const figure = z.object({ count: z.coerce.number() });

interface StormOptions {
  readonly seed: number;
  readonly leases: number;
  /** Variables of all processes. */
  readonly env?: Environment;
  /** What has to happen before leases begin. */
  readonly before?: (platform: Platform, temporal: Client) => Promise<void>;
}

/**
 * Leases that come due at the same hour, and a network that errs. The processes are real ones, over a database of their own
 * and the run's Temporal server.
 */
export class Storm {
  readonly platform: Platform;
  readonly temporal: Client;
  readonly fleet: readonly FleetLease[];
  /** Where the platform keeps its data. */
  readonly dataDir: string;
  /** What the platform said. */
  readonly output: readonly string[];
  readonly #database: TestDatabase;
  readonly #began = Date.now();

  private constructor(parts: Pick<Storm, 'platform' | 'temporal' | 'fleet' | 'dataDir' | 'output'>, db: TestDatabase) {
    this.platform = parts.platform;
    this.temporal = parts.temporal;
    this.fleet = parts.fleet;
    this.dataDir = parts.dataDir;
    this.output = parts.output;
    this.#database = db;
  }

  static async gathers({ seed, leases, env = {}, before }: StormOptions): Promise<Storm> {
    const output: string[] = [];
    const dataDir = await ownDirectory('storm');
    const database = await createTestDatabase();
    const free = await freePorts(8);
    const given = {
      ...Object.fromEntries(Object.keys(portVariables).map((name, i) => [name, String(free[i])])),
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      COLLECT_POLL_SECONDS: '1',
      COLLECT_POLLS: '8',
      SIMULATOR_SEED: String(seed),
      SIMULATOR_TIME_SCALE: '0.2',
      LOG_LEVEL: 'error',
      ...env,
    };
    const platform = await startPlatform({ dataDir, env: given, log: (line) => output.push(line) });
    const config = loadConfig(platform.env);
    const temporal = await connectTemporal(config);
    await before?.(platform, temporal);
    const fleet = await createFleet(database.db, config, payers(leases));
    await startFleet(temporal, config, fleet);
    return new Storm({ platform, temporal, fleet, dataDir, output }, database);
  }

  async stop(): Promise<void> {
    await this.temporal.connection.close();
    await this.platform.stop();
    await this.#database.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  get simulators(): SimulatorClient {
    return new SimulatorClient(this.platform.urls.simulators ?? '');
  }

  blow(): Promise<unknown> {
    return this.simulators.post('/faults', { body: faults });
  }

  calm(): Promise<unknown> {
    return fetch(`${this.platform.urls.simulators}/faults`, { method: 'DELETE' });
  }

  async succeeded(): Promise<number> {
    const [row] = await this.#database.db.execute(
      sql`select count(*) from payments.attempts where status = 'succeeded'`,
    );
    return figure.parse(row).count;
  }

  /** Waits until so many payments have succeeded. */
  paid(payments: number, patience = 90_000): Promise<true> {
    const enough = async () => ((await this.succeeded()) >= payments ? true : undefined);
    return eventually(`${payments} payments`, enough, patience);
  }

  /** Lets days pass for every lease at once. */
  async forward(days: number, patience?: number): Promise<void> {
    const travels = this.fleet.map(async ({ state, phone }) => {
      const id = leaseWorkflowId(state.application.leaseId);
      const { outcome } = await fastForward(this.temporal, id, days * DAY, patience);
      if (outcome !== 'reached')
        throw new Error(`the lease of ${phone} did not get through its ${days} days: ${outcome}`);
    });
    await Promise.all(travels);
  }

  /**
   * What M-Pesa never answered for is settled by its statement, an hour later: what was charged is found, and what
   * is not there, because a kill came between the note and the request, was not made.
   *
   * @returns how many were not made.
   */
  async settleByStatement(): Promise<number> {
    const { api, simulators = '' } = this.platform.urls;
    const admin = await login({ api, simulators }, 'admin@example.com', 'rent-to-own');
    // A run over midnight looks at all the days, by the provider's wall.
    const days = new Set([this.#began - HOUR, this.#began, Date.now()].map((at) => localDateAt(at, 'KE')));
    const reconcile = async () => {
      for (const date of days) {
        const order = { provider: 'mpesa', date } as const;
        const report = await admin.post('/v1/reconciliations', { body: order });
        expect(report.status, 'the reconciliation is over').not.toBe('running');
      }
    };
    await reconcile();
    const aged = await this.#database.db.execute(sql`
      update payments.attempts set created_at = created_at - interval '1 hour', requested_at = requested_at - interval '1 hour'
      where status = 'unknown' and provider = 'mpesa' and provider_request_id is null returning id`);
    await reconcile();
    return aged.length;
  }

  /** @returns a line for each difference between the books and what the providers charged, once they have come to rest. */
  differences(story: string, patience: number): Promise<string[]> {
    const wanted = this.fleet.map(({ phone, provider, state }) => ({
      leaseId: state.application.leaseId,
      payer: phone,
      provider,
      due: neverPay.has(phone.slice(-3)) ? 0 : state.terms.instalment,
      mayBeUnknown: phone.endsWith('023'),
    }));
    const deadline = Date.now() + patience;
    return eventually(
      `the books to rest, ${story}`,
      async () => {
        const found = await booksAgainstTruth(this.#database.db, this.platform.urls.simulators ?? '', wanted);
        return found.length === 0 || Date.now() > deadline ? found : undefined;
      },
      patience + 60_000,
    );
  }
}

function payers(leases: number): Payer[] {
  const providers: SimulatedProvider[] = ['mtn', 'airtel', 'mpesa'];
  return Array.from({ length: leases }, (_, i) => {
    const provider = providers[i % providers.length] ?? 'mtn';
    const place = Math.floor(i / providers.length);
    const ends = place < 2 * behaviours.length ? behaviours[place % behaviours.length] : '100';
    return { provider, market: homes[provider].market, phone: `${homes[provider].prefix}${1_000 + i}${ends}` };
  });
}
