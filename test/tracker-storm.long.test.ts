import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type postgres from 'postgres';
import { uuidv7 } from 'uuidv7';
import { expect, it } from 'vitest';
import { connectDatabase } from '#db/client';
import { migrate } from '#db/migrate';
import { trackers, vehicles } from '#db/schema/index';
import { eventually } from '#dev/client';
import { freePorts } from '#dev/ports';
import { startPostgres, type PostgresServer } from '#dev/postgres';
import { createEncryption } from '#platform/encryption';
import { createLogger } from '#platform/log';
import { connectTemporal } from '#platform/temporal/connection';
import { createWorkers } from '#workers/create-workers';
import { startReaders } from '#workers/events/readers';
import { leaseWorkflowId } from '#workflows/lease/messages';
import { testConfig } from './config.ts';
import { createFleet, startFleet } from './fleet.ts';
import { MOSQUITTO_PLATFORM_PASSWORD, startMosquitto } from './mosquitto.ts';
import { spawnTelematics } from './telematics-process.ts';
import { tellOfTemporal } from './temporal-runtime.ts';
import { episodesIn, isGarbage, storyOf, type Voice } from './tracker-storm/messages.ts';

/**
 * A thousand trackers that say everything out of order and some of it twice, garbage among it, while Postgres, the
 * process that takes what they say and the trackers themselves are killed.
 * `STORM_MESSAGES=1000000 TEST_LONG=true npx vitest run test/tracker-storm` is a longer one; `-t Mosquitto` one of both
 * brokers.
 */
const TRACKERS = 1_000;
/** Trackers whose vehicles have a lease, and a workflow that hears of them. */
const LEASES = 5;
const MESSAGES = Math.ceil(Number(process.env['STORM_MESSAGES'] ?? 100_000) / TRACKERS / 100) * 100;
/** Shares of the messages that are acknowledged when somebody is killed. */
const kills = [0.1, 0.25, 0.4, 0.5, 0.65, 0.8] as const;
const PATIENCE = 3_600_000;

const say = (line: string) => process.stderr.write(`tracker storm: ${line}\n`);

it.each(['the embedded broker', 'Mosquitto'] as const)(
  'every acknowledged position is stored once, and every episode is one event and one signal, through %s',
  async (broker) => {
    await using world = await startWorld(broker);
    const { sql, voices, storm } = world;
    const began = Date.now();
    const weather = new Weather(world);
    await weather.blow();
    const seconds = (Date.now() - began) / 1_000;
    const { length: garbage } = voices.flatMap(({ number }) => indices().filter((index) => isGarbage(number, index)));
    const total = TRACKERS * MESSAGES;
    say(
      `${broker}: ${total} messages acknowledged in ${seconds.toFixed(0)} s = ${(total / seconds).toFixed(0)}/s, ${weather.story.join(', ')}`,
    );
    const wanted = { positions: total - garbage, quarantined: garbage };
    await eventually('everything to be stored', () => storedIn(sql, wanted), PATIENCE);
    say(`all of it stored after ${((Date.now() - began) / 1_000).toFixed(0)} s`);

    await expectPositions(world);
    expect(await countsIn(sql), 'positions, and garbage in quarantine, each once').toEqual(wanted);
    await expectEpisodes(world, episodesIn(storm));
    await expectSignals(world);
  },
  PATIENCE,
);

const indices = () => Array.from({ length: MESSAGES }, (_, index) => index);

interface Counts {
  readonly positions: number;
  readonly quarantined: number;
}

async function countsIn(sql: postgres.Sql): Promise<Counts> {
  const [counts = { positions: 0, quarantined: 0 }] = await sql<Counts[]>`
    select (select count(*)::int from telematics.positions) as positions,
      (select count(*)::int from telematics.quarantine) as quarantined`;
  return counts;
}

async function storedIn(sql: postgres.Sql, { positions, quarantined }: Counts): Promise<true | undefined> {
  const now = await countsIn(sql);
  return now.positions >= positions && now.quarantined >= quarantined ? true : undefined;
}

/** Those that were said, all of them, and no other. */
async function expectPositions({ sql, voices }: World): Promise<void> {
  const rows = await sql<{ id: string; sequences: number[] }[]>`
    select tracker_id as id, array_agg(sequence::int order by sequence::int) as sequences
    from telematics.positions group by tracker_id`;
  const stored = new Map(rows.map(({ id, sequences }) => [id, sequences.join()]));
  const wrong = voices.filter(({ number, id }) => {
    const good = indices().filter((index) => !isGarbage(number, index));
    return stored.get(id) !== good.join();
  });
  expect(
    wrong.map(({ number }) => number),
    'trackers whose positions are not those that they have said',
  ).toEqual([]);
}

async function expectEpisodes({ sql, voices }: World, wanted: number): Promise<void> {
  const rows = await sql<{ id: string; type: string; count: number }[]>`
    select tracker_id as id, type, count(*)::int as count from telematics.risk_events
    where type in ('speeding', 'power_cut') group by tracker_id, type`;
  expect(rows.filter(({ count }) => count !== wanted)).toEqual([]);
  expect(rows).toHaveLength(2 * voices.length);
  const doubled = await sql`
    select r.id from telematics.risk_events r
    left join events.outbox o on o.type = 'telematics.risk.detected' and o.data->>'id' = r.id::text
    group by r.id having count(o.id) <> 1`;
  expect(doubled, 'risk events without an event of their own, or with two').toHaveLength(0);
}

/** Each lease has heard of each of its risks, and tells it once. */
async function expectSignals({ sql, temporal, leaseIds }: World): Promise<void> {
  const missing = () => sql<{ id: string; told: number }[]>`
    select r.id, count(a.id)::int as told from telematics.risk_events r
    left join events.audit a
      on a.lease_id = r.lease_id and a.type = 'telematics.risk.detected' and a.detail->>'riskEventId' = r.id::text
    where r.lease_id is not null group by r.id having count(a.id) <> 1`;
  await eventually(
    'the leases to have heard of every risk',
    async () => ((await missing()).every(({ told }) => told > 0) ? true : undefined),
    PATIENCE,
  );
  expect(await missing(), 'risks that a lease tells twice').toHaveLength(0);
  const risks = await sql`select id from telematics.risk_events where lease_id is not null`;
  const signals = await Promise.all(leaseIds.map((id) => signalsOf(temporal, leaseWorkflowId(id))));
  say(`${risks.length} risks of ${LEASES} leases, ${signals.flat().length} signals`);
  expect(risks.length).toBeGreaterThan(0);
}

async function signalsOf(temporal: World['temporal'], workflowId: string): Promise<string[]> {
  const { events } = await temporal.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) =>
    signal?.signalName === 'riskDetected' ? [signal.signalName] : [],
  );
}

type World = Awaited<ReturnType<typeof startWorld>>;

/** Lets the trackers speak, and kills what takes it, the trackers and Postgres in turn. */
class Weather {
  readonly story: string[] = [];
  readonly #world: World;
  /** By the tracker's number: its messages that are not acknowledged. */
  readonly #left: Set<number>[];
  #acknowledged = 0;

  constructor(world: World) {
    this.#world = world;
    this.#left = world.voices.map(() => new Set(indices()));
  }

  async blow(): Promise<void> {
    const { telematics, database } = this.#world;
    let speaking = this.#speak();
    for (const [round, share] of kills.entries()) {
      await eventually(
        `${share} of the messages`,
        async () => (this.#acknowledged >= share * TRACKERS * MESSAGES ? true : undefined),
        PATIENCE,
      );
      const victim = (['telematics', 'trackers', 'Postgres'] as const)[round % 3] ?? 'Postgres';
      this.story.push(`${victim} killed after ${this.#acknowledged}`);
      if (victim === 'telematics') await telematics.killed();
      else if (victim === 'Postgres') await database.killed();
      else {
        speaking.child.kill('SIGKILL');
        await once(speaking.child, 'exit');
        speaking = this.#speak();
      }
    }
    await speaking.done;
    speaking.child.kill();
  }

  #speak(): { readonly child: ChildProcess; readonly done: Promise<void> } {
    const { url, storm, voices } = this.#world;
    const script = fileURLToPath(new URL('./tracker-storm/publisher.ts', import.meta.url));
    const child = fork(script, { execArgv: ['--import', 'tsx'] });
    const done = new Promise<void>((resolve) => {
      child.on('message', (said: number[] | 'done') => {
        if (said === 'done') return resolve();
        for (let at = 0; at < said.length; at += 2)
          if (this.#left[said[at] ?? 0]?.delete(said[at + 1] ?? 0) === true) this.#acknowledged += 1;
      });
    });
    const speakers = voices.map((voice) => ({ ...voice, left: [...(this.#left[voice.number] ?? [])] }));
    child.send({ url, storm, trackers: speakers });
    return { child, done };
  }
}

/**
 * A Postgres whose commits outlive it, the process that takes what trackers say, and the workers of some leases. Mosquitto is
 * the deployed one, which nobody kills: what it loses of its last changes then is in docs/telematics.md.
 */
async function startWorld(broker: 'the embedded broker' | 'Mosquitto') {
  const dataDir = await mkdtemp(join(tmpdir(), 'rent-to-own-tracker-storm-'));
  const [postgresPort, mqttPort] = await freePorts(2);
  const mosquitto = broker === 'Mosquitto' ? await startMosquitto() : null;
  const place = { dataDir, port: postgresPort, durable: true, log: () => {} };
  let server: PostgresServer = await startPostgres(place);
  await migrate(server.url);
  const config = testConfig({
    DATABASE_URL: server.url,
    TASK_QUEUE_PREFIX: `storm${postgresPort}-`,
    WORKERS: 'workflows,leases',
    LOG_LEVEL: 'silent',
  });
  const log = createLogger('test', 'silent');
  tellOfTemporal(log);
  const database = connectDatabase(server.url, { pool: 10, name: 'storm', travels: true });
  const { db, sql } = database;
  const temporal = await connectTemporal(config);
  const { workers, connection } = await createWorkers({ config, log, temporal, db, sql });
  const running = Promise.all(workers.map((worker) => worker.run()));
  const readers = await startReaders({ config, log, temporal, db, sql });

  const payers = Array.from({ length: LEASES }, (_, i) => {
    return { provider: 'mtn', market: 'UG', phone: `+25677100${1_000 + i}` } as const;
  });
  const fleet = await createFleet(db, config, payers);
  await startFleet(temporal, config, fleet);
  const leased = fleet.map(({ state }) => state.application.vehicleId);
  const voices = await fitAll(db, config.ENCRYPTION_KEYS, leased);

  const front =
    mosquitto === null
      ? { MQTT_PORT: String(mqttPort) }
      : { MQTT_URL: mosquitto.url, MQTT_PLATFORM_PASSWORD: MOSQUITTO_PLATFORM_PASSWORD };
  let child = await spawnTelematics(config, front);
  return {
    sql,
    temporal,
    voices,
    storm: storyOf(MESSAGES, Date.now()),
    url: `mqtt://127.0.0.1:${mosquitto?.port ?? mqttPort}`,
    leaseIds: fleet.map(({ state }) => state.application.leaseId),
    telematics: {
      async killed() {
        child.kill('SIGKILL');
        await once(child, 'exit');
        child = await spawnTelematics(config, front);
      },
    },
    database: {
      async killed() {
        process.kill(server.pid, 'SIGKILL');
        await server.exited;
        server = await startPostgres(place);
      },
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await mosquitto?.stop();
      for (const worker of workers) worker.shutdown();
      await running;
      await readers.stop();
      await connection.close();
      await temporal.connection.close();
      await database.close();
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

type Speaker = Voice & { readonly password: string };

/** Fits leased vehicles and as many others as there have to be, all at once. */
async function fitAll(
  db: ReturnType<typeof connectDatabase>['db'],
  keys: Parameters<typeof createEncryption>[0],
  leased: readonly string[],
): Promise<Speaker[]> {
  const others = Array.from({ length: TRACKERS - leased.length }, () => uuidv7());
  await db.insert(vehicles).values(
    others.map((id) => ({
      id,
      type: 'motorcycle' as const,
      make: 'Bajaj',
      model: 'Boxer',
      year: 2025,
      market: 'UG' as const,
      price: 5_000_000,
      currency: 'UGX' as const,
      registration: id.slice(-12),
      vin: id,
    })),
  );
  const password = 'storm';
  const passwordEncrypted = createEncryption(keys).encrypt(password);
  const made = [...leased, ...others].map((vehicleId, number) => ({ number, id: uuidv7(), vehicleId }));
  await db
    .insert(trackers)
    .values(made.map(({ id, vehicleId }) => ({ id, vehicleId, kind: 'native' as const, passwordEncrypted })));
  return made.map(({ number, id }) => ({ number, id, password }));
}
