import type postgres from 'postgres';
import { markSilent } from '#use-cases/telematics/mark-presence';
import { makePositionDays } from '#use-cases/telematics/keep-positions';
import { connectDatabase } from '#db/client';
import { namedBroker } from '#platform/broker-url';
import type { Config } from '#platform/config';
import { createEncryption, type Encryption } from '#platform/encryption';
import type { Life } from '#platform/lifecycle';
import type { Running } from '#platform/running';
import type { Logger } from '#platform/log';
import type { Metrics } from '#platform/metrics/metrics';
import { createMetrics, showMetrics } from '#platform/metrics/serve';
import { connectTraccar } from '#providers/trackers/traccar-server';
import { noteRefusal } from '#use-cases/telematics/note-refusal';
import { createAuthentication } from './authenticate.ts';
import { startBroker, type Broker } from './broker.ts';
import { startCommands, type Commands } from './commands.ts';
import { Connections } from './connections.ts';
import { startConsumer } from './consumer.ts';
import { createIngest, type IngestFigures } from './ingest.ts';
import { KnownFences } from './known-fences.ts';
import { keepAccounts, type Accounts } from './mosquitto/accounts.ts';
import { startPublisher } from './publisher.ts';
import { TrackerRegistry } from './registry.ts';
import { startTeltonika, type TeltonikaDoor } from './teltonika.ts';
import { tellPositions } from './tell-positions.ts';
import { Watches } from './watches.ts';

/** Milliseconds between two looks for silent trackers. */
const SILENCE_SWEEP = 15_000;

/** What a started telematics process is, for those who start it inside another. */
export interface Telematics extends Running {
  /** Port of the embedded broker; null where there is a real one. */
  readonly port: number | null;
  /** Of the port for Teltonika units; null where there is none. */
  readonly teltonikaPort: number | null;
}

/**
 * Telematics: takes what trackers say, by the embedded broker or from a real one, and stores it. Leases hear what
 * happened to their vehicles by the outbox (`eventsForLeases`).
 */
export async function startTelematics(
  config: Config,
  log: Logger,
  life: Life = { isReady: true },
): Promise<Telematics> {
  const url = namedBroker(config);
  const database = connectDatabase(config.DATABASE_URL, { pool: config.DATABASE_POOL, name: 'telematics' });
  const { db, sql } = database;
  // The days to come are the schedule's, `workers/schedules.ts`; a new database has none yet. What has no day is stored too.
  await quietly(log, 'the days of positions are not made', () => makePositionDays(sql));
  const registry = new TrackerRegistry(sql);
  const connections: Connections = new Connections((id, online) => ingest.connection(id, online));
  const watches = new Watches(sql);
  const fences = await KnownFences.follow(sql, log);
  const teller = tellPositions(sql, log);
  const moved = (ids: readonly string[]) => teller.moved(ids);
  const metrics = createMetrics('telematics');
  const figures = await showMetrics(metrics, config, log, life);
  let hear: (commands: Commands) => void = () => {};
  const hearing = new Promise<Commands>((resolve) => (hear = resolve));
  const ingest = createIngest({
    sql,
    log,
    registry,
    watches,
    fences,
    connections,
    moved,
    figures: ingestFigures(metrics),
    heard: async (words) => (await hearing).heard(words),
  });
  const encryption = createEncryption(config.ENCRYPTION_KEYS);
  const authenticate = createAuthentication({ config, db, encryption, registry });
  const broker =
    url === undefined
      ? await startBroker({
          host: config.MQTT_HOST,
          port: config.MQTT_PORT,
          log,
          ingest,
          connections,
          authenticate,
          refused: (trackerId, topic) =>
            void quietly(log, 'a refused topic is not on record', () => noteRefusal(db, { trackerId, topic })),
        })
      : null;
  const consumer =
    url === undefined
      ? null
      : await startConsumer({ url, clientId: clientIdOf(config, encryption), log, ingest, connections });
  const publisher = url === undefined ? null : startPublisher({ url, log });
  const teltonika =
    config.TELTONIKA_PORT === undefined
      ? null
      : await startTeltonika({
          host: config.MQTT_HOST,
          port: config.TELTONIKA_PORT,
          log,
          ingest,
          // Its own: those of a real broker are forgotten when it is away.
          connections: new Connections((id, online) => ingest.connection(id, online)),
          registry,
          unknown: unknownUnits((imei) =>
            quietly(log, 'an unknown unit is not on record', () =>
              noteRefusal(db, { trackerId: imei, topic: 'login by IMEI' }),
            ),
          ),
        });
  const commands = await startCommands({
    db,
    sql,
    config,
    encryption,
    log,
    publish: async (...words) => await (broker ?? publisher)?.publish(...words),
    traccar: connectTraccar(config),
    teltonika,
  });
  hear(commands);
  const bridge = { username: config.TRACCAR_MQTT_USERNAME, password: config.TRACCAR_MQTT_PASSWORD };
  const accounts =
    url === undefined || config.MQTT_ACCOUNTS === 'elsewhere'
      ? null
      : keepAccounts({ url, sql, log, encryption, bridge });
  const sweep = sweepSilent(sql, log, registry);
  const listening = await followTrackers(sql, registry, { doors: [broker, teltonika], accounts });
  return {
    port: broker?.port ?? null,
    teltonikaPort: teltonika?.port ?? null,
    async stop() {
      clearInterval(sweep);
      // Nobody comes in any more, what has come in is stored and acknowledged, then the connections end.
      teltonika?.close();
      broker?.close();
      consumer?.close();
      await commands.stop();
      await publisher?.stop();
      await ingest.stop();
      await fences.stop();
      await teller.stop();
      await teltonika?.stop();
      await broker?.stop();
      await consumer?.stop();
      await listening.unlisten().catch(() => {});
      await accounts?.stop();
      await figures?.stop();
      await database.close();
    },
  };
}

/** Always the same, also with another password: what the broker keeps for us is kept under it. */
function clientIdOf({ MQTT_CLIENT_ID }: Config, encryption: Encryption): string {
  return MQTT_CLIENT_ID ?? `rent-to-own-${encryption.hash('mqtt-client-id', 'telematics').slice(0, 22)}`;
}

function ingestFigures(metrics: Metrics): IngestFigures {
  const readings = metrics.counter('telemetry_readings_total');
  const seconds = metrics.histogram('telemetry_commit_seconds');
  const lag = metrics.histogram('telemetry_lag_seconds');
  const waiting = metrics.gauge('telemetry_waiting_messages');
  // A counter that nobody has counted yet has no series, and an alert that goes by its rate would be silent.
  for (const outcome of ['stored', 'quarantined', 'dropped']) readings.inc({ outcome }, 0);
  return {
    stored({ stored, quarantined, dropped }) {
      readings.inc({ outcome: 'stored' }, stored);
      readings.inc({ outcome: 'quarantined' }, quarantined);
      readings.inc({ outcome: 'dropped' }, dropped);
    },
    came: (age) => lag.observe(age),
    committed: (after) => seconds.observe(after),
    waiting: (more) => waiting.inc(more),
  };
}

/** The API tells of new and revoked trackers and of new passwords. After a gap everybody has to log in again. */
async function followTrackers(
  sql: postgres.Sql,
  registry: TrackerRegistry,
  {
    doors,
    accounts,
  }: { readonly doors: readonly (Broker | TeltonikaDoor | null)[]; readonly accounts: Accounts | null },
) {
  let connected = false;
  return sql.listen(
    'telematics_trackers',
    (id) => {
      accounts?.changed(id);
      const recheck = (version: number | null) => doors.forEach((door) => door?.recheck(id, version));
      registry.refresh(id).then(
        (tracker) => recheck(tracker?.credentialVersion ?? null),
        () => recheck(null),
      );
    },
    () => {
      if (connected) {
        registry.forget();
        for (const door of doors) door?.dropTrackers();
        accounts?.compare();
      }
      connected = true;
    },
  );
}

/** While we or the database were away nobody could be heard: silence counts from then on. */
function sweepSilent(sql: postgres.Sql, log: Logger, registry: TrackerRegistry): NodeJS.Timeout {
  let hearingSince = new Date();
  const mark = async () => {
    const at = new Date();
    try {
      for (const id of await markSilent(sql, at, hearingSince)) registry.seen(id, false, at);
    } catch (error) {
      hearingSince = new Date();
      throw error;
    }
  };
  return setInterval(() => void quietly(log, 'silent trackers are not marked', mark), SILENCE_SWEEP);
}

/** Anybody may come and say numbers: so many in an hour are put on record. */
const UNKNOWN_UNITS = 100;

function unknownUnits(note: (imei: string) => Promise<void>): (imei: string) => void {
  let [hour, noted] = [0, new Set<string>()];
  return (imei) => {
    const now = Math.floor(Date.now() / 3_600_000);
    if (now !== hour) [hour, noted] = [now, new Set()];
    if (noted.has(imei) || noted.size >= UNKNOWN_UNITS) return;
    noted.add(imei);
    void note(imei);
  };
}

async function quietly(log: Logger, failed: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.warn({ err: error }, failed);
  }
}
