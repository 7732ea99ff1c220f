import { setTimeout as sleep } from 'node:timers/promises';
import { SimulatorClient } from '#dev/simulator-client';
import { workerKinds } from '#domain/task-queues';
import { leaseWorkflowId } from '#workflows/lease/messages';
import { workflowQueue } from '#domain/task-queues';
import { MarketplaceClient } from '#dev/client';
import { photo } from '#dev/journey';
import { localDateAt } from '#domain/calendar';
import type { FaultSettings } from '#dev/simulators/faults';
import { makePositionDays } from '#use-cases/telematics/keep-positions';
import type { World } from './world.ts';

/** A real fault, and the alerts that it fires. */
interface Fault {
  readonly fires: readonly string[];
  readonly by: string;
  /** Does it, or does it again and again until it is told that it is enough. @returns what mends it */
  readonly strike: (world: World, enough: AbortSignal) => Promise<() => Promise<unknown>>;
}

/** What no fault is done for here, so that `promtool` alone tries them, and why. */
export const unstruck: Readonly<Record<string, string>> = {
  Watchdog: 'it fires always',
  CollectionsLateFast: 'prompts are late after a quarter of an hour',
  CollectionsLateSlow: 'prompts are late after a quarter of an hour',
  TelemetryOld: 'what is old is so for two minutes',
  DiskFull: 'the disk of the stage is that of this machine',
  CertificateExpires: 'the stage has no TLS',
  ArchiveFails: 'the database of the stage archives nothing',
  BaseBackupOld: 'the database of the stage archives nothing',
};

const DAY = 86_400_000;
const nothing = async () => {};
const idOf = ({ state }: World['fleet'][number]) => state.application.leaseId;
const api = ({ stage }: World) => new MarketplaceClient(stage.api);

/** Every `ms` milliseconds until it is enough; what fails meanwhile is the fault. */
async function over(enough: AbortSignal, ms: number, work: () => Promise<unknown>): Promise<void> {
  while (!enough.aborted) {
    await work().catch(() => {});
    await sleep(ms, undefined, { signal: enough }).catch(() => {});
  }
}

const proxied =
  (act: (world: World) => Promise<void>, meanwhile: (world: World, enough: AbortSignal) => Promise<void> = nothing) =>
  async (world: World, enough: AbortSignal) => {
    await act(world);
    void meanwhile(world, enough);
    return () => world.stage.proxies.mend();
  };

const slowly = (link: string) => (world: World) =>
  world.stage.proxies.poison(link, { type: 'latency', attributes: { latency: 1_500, jitter: 0 } });
const cut = (link: string) => (world: World) => world.stage.proxies.cut(link);

const asking = (world: World, enough: AbortSignal) =>
  over(enough, 100, () => api(world).get('/v1/vehicles', { query: { limit: 1 } }));

const providers = async ({ stage }: World, body: Partial<FaultSettings>) => {
  const simulators = new SimulatorClient(stage.simulators);
  await simulators.post('/faults', { body });
  return () => simulators.post('/faults');
};

const allPay = (world: World) => Promise.all(world.fleet.map((lease) => world.pays(lease)));

/** In this order: what they need of each other is there. */
export const faults: readonly Fault[] = [
  {
    fires: ['TaskQueueWithoutWorker', 'TaskQueueLate'],
    by: 'no worker runs identity checks, and somebody submits his papers',
    async strike(world) {
      await world.lives.agent.must('a note', (client) => client.get('/v1/plans', { query: { market: 'UG' } }));
      await submitPapers(world);
      return async () => {
        await world.stage.again('worker', { WORKERS: workerKinds.join(',') });
        await world.hurriesLooks();
      };
    },
  },
  {
    fires: ['DatabaseConnections', 'DatabaseTransactionOld'],
    by: 'somebody opens 150 connections to the database, and a transaction that stays open',
    async strike(world) {
      const many = world.visitor(150);
      void Promise.all(Array.from({ length: 150 }, () => many`select pg_sleep(0.5)`)).catch(() => {});
      const one = world.visitor();
      const open = await one.reserve();
      await open`begin`;
      await open`select 1`;
      return async () => {
        await open`rollback`;
        open.release();
        await Promise.all([many.end({ timeout: 1 }), one.end({ timeout: 1 })]);
      };
    },
  },
  {
    fires: ['PaymentsNotBooked', 'PaymentsLateFast', 'PaymentsLateSlow'],
    by: 'a session holds the ledger locked while customers pay',
    async strike(world) {
      const one = world.visitor();
      const lock = await one.reserve();
      await lock`begin`;
      await lock`lock table ledger.entries in exclusive mode`;
      void Promise.all(world.fleet.slice(0, 3).map((lease) => world.pays(lease)));
      return async () => {
        await lock`rollback`;
        lock.release();
        await one.end({ timeout: 1 });
      };
    },
  },
  {
    fires: ['ActivityDefect'],
    by: 'a column that the code writes has another name in the database',
    async strike(world) {
      const { sql } = world.database;
      await sql`alter table payments.attempts rename column trace to trace_then`;
      void world.pays(world.fleet[3] as World['fleet'][number]);
      return () => sql`alter table payments.attempts rename column trace_then to trace`;
    },
  },
  {
    fires: ['EventsSubjectsLagging'],
    by: 'a session holds a customer’s row locked whose vehicle has had a crash',
    async strike(world, enough) {
      const [held] = world.fleet;
      const one = world.visitor();
      const lock = await one.reserve();
      await lock`begin`;
      await lock`select from identity.users where id = ${held?.state.application.customerId ?? ''} for update`;
      // Others crash too: the reader is well, and only this one is not taken.
      const crashes = world.vehicles.slice(0, 12).values();
      void over(enough, 3_000, async () => crashes.next().value?.crashes());
      return async () => {
        await lock`rollback`;
        lock.release();
        await one.end({ timeout: 1 });
      };
    },
  },
  {
    fires: ['PaymentUnknown'],
    by: 'the provider never says what became of a charge',
    async strike(world) {
      await world.pays(await world.leaseOf('023'));
      return nothing;
    },
  },
  {
    fires: ['ProviderSlow'],
    by: 'the provider takes seven seconds to answer',
    async strike(world, enough) {
      const mend = await providers(world, { latencyMs: 7_000 });
      void over(enough, 3_000, () => Promise.all(world.fleet.slice(0, 4).map((lease) => world.pays(lease))));
      return mend;
    },
  },
  {
    fires: ['ProviderCircuitOpen', 'PaymentsFail'],
    by: 'the provider answers 503 to everything',
    async strike(world, enough) {
      const mend = await providers(world, { down: true });
      void over(enough, 1_000, () => allPay(world));
      return mend;
    },
  },
  {
    fires: ['CaseOfMoney'],
    by: 'a callback says the opposite of the truth',
    async strike(world) {
      await world.pays(await world.leaseOf('005'));
      return nothing;
    },
  },
  {
    fires: ['SuspenseOld'],
    by: 'somebody pays by a reference that no lease has',
    async strike(world) {
      const body = {
        provider: 'mtn',
        payer: '+256779000100',
        account: 'NOBODY',
        amount: 5_000,
        currency: 'UGX',
      } as const;
      await new SimulatorClient(world.stage.simulators).post('/pay-bill', { body });
      return nothing;
    },
  },
  {
    fires: ['ReconciliationMissing'],
    by: 'the last day that was reconciled is six days ago',
    async strike(world) {
      const reconcile = (ago: number) =>
        world.lives.admin.does('a reconciliation', (client) =>
          client.post('/v1/reconciliations', {
            body: { provider: 'airtel', date: localDateAt(Date.now() - ago * DAY, 'UG') },
          }),
        );
      await reconcile(6);
      return () => reconcile(1);
    },
  },
  {
    fires: ['ApiErrorsFast', 'ApiErrorsSlow'],
    by: 'the API does not reach the database',
    strike: proxied(cut('api-postgres'), asking),
  },
  {
    fires: ['ApiSlow'],
    by: 'the API’s way to the database takes 1.5 s each way',
    strike: proxied(slowly('api-postgres'), asking),
  },
  {
    fires: ['CallbacksRejected'],
    by: 'somebody guesses the secret of callbacks',
    async strike({ stage }, enough) {
      void over(enough, 200, () =>
        fetch(`${stage.api}/v1/callbacks/mtn/${'x'.repeat(32)}`, { method: 'POST', body: '{}' }),
      );
      return nothing;
    },
  },
  {
    fires: ['LoginCodesRefused'],
    by: 'one address asks for login codes of many phones',
    async strike(world, enough) {
      let number = 1_000_000;
      void over(enough, 100, () => {
        number += 1;
        return api(world).post('/v1/auth/otp', { body: { phone: `+25670${number}` } });
      });
      return nothing;
    },
  },
  {
    fires: ['LeasesWithoutWorkflow', 'DeadLetters'],
    by: 'somebody terminates the workflow of a lease',
    async strike(world) {
      const id = idOf(world.fleet[5] as World['fleet'][number]);
      await world.temporal.workflow.getHandle(leaseWorkflowId(id)).terminate('by a test');
      return () =>
        world.lives.admin.must('a restart', (client) => client.post('/v1/leases/{id}/restart', { path: { id } }));
    },
  },
  {
    fires: ['WorkflowsStuck'],
    by: 'a workflow has a state that its code cannot read',
    async strike(world) {
      const id = idOf(world.fleet[6] as World['fleet'][number]);
      const workflowId = leaseWorkflowId(id);
      await world.temporal.workflow.getHandle(workflowId).terminate('to be started wrongly');
      const taskQueue = workflowQueue(world.stage.config.TASK_QUEUE_PREFIX);
      const broken = await world.temporal.workflow.start('lease', { workflowId, taskQueue, args: [{ state: {} }] });
      return async () => {
        await broken.terminate('it is over');
        await world.lives.admin.must('a restart', (client) => client.post('/v1/leases/{id}/restart', { path: { id } }));
      };
    },
  },
  {
    fires: ['WorkflowsNotLookedAt'],
    by: 'somebody pauses the schedule that looks for dead workflows',
    async strike({ temporal }) {
      const handle = temporal.schedule.getHandle('dead-leases');
      await handle.pause('by a test');
      return () => handle.unpause();
    },
  },
  {
    fires: ['FiguresAbsent'],
    by: 'no worker runs the kind that looks up figures',
    async strike(world) {
      await world.stage.again('worker', { WORKERS: workerKinds.filter((kind) => kind !== 'upkeep').join(',') });
      return async () => {
        await world.stage.again('worker', { WORKERS: workerKinds.join(',') });
        await world.hurriesLooks();
      };
    },
  },
  {
    fires: ['ProcessDown', 'EventsReaderLate'],
    by: 'the relay is killed, and nobody starts it again',
    async strike(world, enough) {
      let back = () => {};
      const gone = world.stage.part('relay').away(new Promise((resolve) => (back = resolve)));
      void over(enough, 2_000, () => world.pays(world.fleet[7] as World['fleet'][number]));
      return async () => {
        back();
        await gone;
      };
    },
  },
  {
    fires: ['ProcessRestarts'],
    by: 'the relay is killed again and again',
    async strike({ stage }, enough) {
      void over(enough, 5_000, async () => stage.part('relay').kill());
      return nothing;
    },
  },
  {
    fires: ['EventLoopSlow'],
    by: 'the relay gets the processor for moments only (SIGSTOP for 1.5 s, again and again)',
    async strike({ stage }, enough) {
      const relay = stage.part('relay');
      void over(enough, 400, async () => {
        relay.signalAll('SIGSTOP');
        await sleep(1_500);
        relay.signalAll('SIGCONT');
      });
      return async () => relay.signalAll('SIGCONT');
    },
  },
  {
    fires: ['FiguresMissing', 'ActivityOutage'],
    by: 'the worker does not reach the database while leases are due',
    strike: proxied(cut('worker-postgres'), async ({ lives, fleet }) => {
      await Promise.all(fleet.map((lease) => lives.travel(lease, 8).catch(() => {})));
    }),
  },
  {
    fires: ['TelemetryLateFast', 'TelemetryLateSlow'],
    by: 'telematics’ way to the database takes 1.5 s each way',
    strike: proxied(slowly('telematics-postgres')),
  },
  {
    fires: ['TelemetrySilent'],
    by: 'telematics does not reach the database',
    strike: proxied(cut('telematics-postgres')),
  },
  {
    fires: ['TelemetryQuarantined'],
    by: 'trackers say what is no position',
    async strike({ vehicles }, enough) {
      void over(enough, 100, async () => {
        for (const vehicle of vehicles.slice(0, 5)) vehicle.saysNonsense();
      });
      return nothing;
    },
  },
  {
    fires: ['PositionDaysMissing'],
    by: 'the partitions of the days to come are gone',
    async strike({ database: { sql } }) {
      const days = await sql<{ name: string }[]>`
        select relname as name from pg_class where relname ~ '^positions_[0-9]{8}$' and relkind = 'r' order by 1 desc limit 4`;
      for (const { name } of days) await sql`drop table telematics.${sql(name)}`;
      return () => makePositionDays(sql);
    },
  },
  {
    fires: ['VehicleStartSlow', 'UnlocksLateFast', 'UnlocksLateSlow'],
    by: 'the broker does not reach the platform when the customer of a stopped vehicle pays',
    async strike(world) {
      const { stage, lives } = world;
      const lease = await world.leaseOf('010');
      const vehicle = world.fits(await lives.fit(lease.state.application.vehicleId));
      vehicle.parks();
      await lives.fallsBehind(lease);
      // Its workflow looks by itself once a minute.
      for (let i = 0; i < 360 && !vehicle.isStopped; i += 1) await sleep(500);
      if (!vehicle.isStopped) throw new Error('the vehicle was not stopped');
      await stage.proxies.cut('telematics-broker');
      await lives.payBill(lease, 300_000);
      return () => stage.proxies.mend();
    },
  },
  {
    fires: ['TrackersOffline'],
    by: 'the trackers’ network is gone',
    strike: proxied(cut('trackers-broker')),
  },
];

async function submitPapers(world: World): Promise<void> {
  const { client } = await world.arrives();
  const documents: string[] = [];
  for (const kind of ['idFront', 'idBack', 'selfie']) {
    const form = new FormData();
    form.set('kind', kind);
    form.set('file', photo(kind), `${kind}.jpg`);
    documents.push((await client.post('/v1/kyc/documents', { body: form })).id);
  }
  const { noticeVersion } = await client.get('/v1/kyc/notice');
  const consent = { granted: true, noticeVersion } as const;
  const papers = {
    documentType: 'nationalId',
    documentNumber: 'CM900000001ABC',
    country: 'UG',
    consent,
    documents,
  } as const;
  void client.post('/v1/kyc/submissions', { body: papers }).catch(() => {});
}
