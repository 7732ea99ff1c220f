import { setTimeout as sleep } from 'node:timers/promises';
import mqtt, { type MqttClient } from 'mqtt';
import type postgres from 'postgres';
import type { DatabaseConnection } from '#db/client';
import { cloudEvent, type StoredEvent } from '#domain/events/cloud-event';
import type { Logger } from '#platform/log';

export interface RelayDependencies {
  readonly database: DatabaseConnection;
  readonly broker: { readonly url: string; readonly username: string; readonly password: string };
  readonly log: Logger;
}

const BATCH = 1_000;
/** Milliseconds between two looks when nothing wakes the relay. */
const IDLE = 1_000;
/** Milliseconds that a broker may take to acknowledge, and between two tries to reach it. */
const PATIENCE = 10_000;
const RETRY = [100, 250, 500, 1_000] as const;
/** Whoever publishes holds it; the others stand by. */
const LOCK = 'rent-to-own event relay';

type Stored = StoredEvent & { readonly number: string };

/**
 * Publishes the outbox to MQTT `events/{type}`: at least once, in order for each subject. An event is
 * marked after the broker has acknowledged it; a relay that dies publishes its last batch again.
 */
export async function startRelay(deps: RelayDependencies): Promise<{ stop(): Promise<void> }> {
  const relay = new Relay(deps);
  const subscription = await deps.database.sql.listen('outbox', () => relay.wake());
  const working = relay.run();
  return {
    async stop() {
      relay.stop();
      await working;
      await subscription.unlisten();
    },
  };
}

class Relay {
  readonly #deps: RelayDependencies;
  readonly #stopped = new AbortController();
  #woken = new AbortController();

  constructor(deps: RelayDependencies) {
    this.#deps = deps;
  }

  wake(): void {
    this.#woken.abort();
  }

  stop(): void {
    this.#stopped.abort();
    this.wake();
  }

  get #stopping(): boolean {
    return this.#stopped.signal.aborted;
  }

  /** A connection's life, again and again: the broker may go and come back at any moment. */
  async run(): Promise<void> {
    for (let failures = 0; !this.#stopping;) {
      const client = await this.#connect();
      if (client !== null) {
        failures = 0;
        await this.#publishWhile(client);
        await client.endAsync(!this.#stopping).catch(() => {});
      }
      if (!this.#stopping) await this.#pause(RETRY[Math.min(failures++, RETRY.length - 1)]);
    }
  }

  /** mqtt.js does not reconnect by itself: what it would send again is in the outbox anyway. */
  async #connect(): Promise<MqttClient | null> {
    const { url, username, password } = this.#deps.broker;
    try {
      return await mqtt.connectAsync(
        url,
        { username, password, protocolVersion: 4, clean: true, reconnectPeriod: 0, connectTimeout: PATIENCE },
        false,
      );
    } catch (error) {
      this.#deps.log.info({ err: error }, 'the broker does not answer yet');
      return null;
    }
  }

  async #publishWhile(client: MqttClient): Promise<void> {
    client.on('error', (error) => this.#deps.log.warn({ err: error }, 'the broker complains'));
    client.on('close', () => this.wake());
    while (client.connected && !this.#stopping) {
      this.#woken = new AbortController();
      try {
        const published = await publishBatch(this.#deps.database.sql, client);
        if (published === BATCH) continue;
      } catch (error) {
        this.#deps.log.warn({ err: error }, 'events wait: they could not be published');
        await this.#pause(RETRY[1]);
        continue;
      }
      await this.#pause(IDLE, this.#woken.signal);
    }
  }

  async #pause(milliseconds: number | undefined, woken: AbortSignal = this.#stopped.signal): Promise<void> {
    await sleep(milliseconds, undefined, { signal: AbortSignal.any([woken, this.#stopped.signal]) }).catch(() => {});
  }
}

/**
 * One batch. The lock lives and dies with the transaction on its connection, so that no relay can believe
 * to hold it when it does not.
 *
 * @returns how many were acknowledged; 0 as well where another relay is at work.
 */
async function publishBatch(sql: postgres.Sql, client: MqttClient): Promise<number> {
  return sql.begin(async (tx) => {
    const [lock] = await tx<{ taken: boolean }[]>`select pg_try_advisory_xact_lock(hashtext(${LOCK})) as taken`;
    if (lock?.taken !== true) return 0;
    const waiting = await tx<Stored[]>`
      select number, id, type, subject, lease_id as "leaseId", time, data
      from events.outbox where published_at is null order by number limit ${BATCH}`;
    if (waiting.length === 0) return 0;
    const acknowledged = await publishInOrder(client, waiting);
    if (acknowledged.length > 0) {
      await tx`update events.outbox set published_at = now() where number = any(${acknowledged}::bigint[])`;
    }
    return acknowledged.length;
  });
}

/**
 * Publishes subjects side by side and the events of one in turn, each after the one before was
 * acknowledged. Ends early when the connection does.
 *
 * @returns the numbers of those that were acknowledged.
 */
async function publishInOrder(client: MqttClient, events: readonly Stored[]): Promise<string[]> {
  const bySubject = new Map<string, Stored[]>();
  for (const event of events) {
    const queue = bySubject.get(event.subject);
    if (queue === undefined) bySubject.set(event.subject, [event]);
    else queue.push(event);
  }
  const acknowledged: string[] = [];
  const broken = new AbortController();
  const ends = () => broken.abort();
  client.once('close', ends);
  const publishing = Promise.all(
    Array.from(bySubject.values(), async (queue) => {
      for (const event of queue) {
        if (broken.signal.aborted || !client.connected) return;
        await client.publishAsync(`events/${event.type}`, JSON.stringify(cloudEvent(event)), { qos: 1 });
        acknowledged.push(event.number);
      }
    }),
  );
  const given = sleep(PATIENCE, undefined, { signal: broken.signal, ref: false }).catch(() => {});
  await Promise.race([publishing.catch(() => {}), given]);
  client.off('close', ends);
  // A broker that does not answer in time is left: what it did not acknowledge comes again.
  if (acknowledged.length < events.length) client.end(true);
  broken.abort();
  return [...acknowledged];
}
