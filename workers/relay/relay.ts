import { asc, inArray, isNull } from 'drizzle-orm';
import { connect, type MqttClient } from 'mqtt';
import type { DatabaseConnection } from '#db/client';
import { outbox } from '#db/schema/index';
import { cloudEvent } from '#domain/events/cloud-event';
import type { Logger } from '#platform/log';

export interface RelayDependencies {
  readonly database: DatabaseConnection;
  readonly broker: { readonly url: string; readonly username: string; readonly password: string };
  readonly log: Logger;
}

const BATCH = 500;
/** Milliseconds between two looks when nothing wakes the relay. */
const IDLE = 1_000;
/** A lock that one relay holds; the others stand by until its connection is gone. */
const LOCK = 'rent-to-own event relay';

type Stored = typeof outbox.$inferSelect;

/**
 * Publishes the outbox to MQTT `events/{type}`: at least once, in order for each subject. An event is
 * marked after the broker has acknowledged it; a relay that dies publishes its last batch again.
 */
export async function startRelay({ database, broker, log }: RelayDependencies): Promise<{ stop(): Promise<void> }> {
  let stopping = false;
  let wake = () => {};
  const subscription = await database.sql.listen('outbox', () => wake());
  const lock = await database.sql.reserve();
  const client = connect(broker.url, {
    username: broker.username,
    password: broker.password,
    clientId: `relay-${process.pid}`,
    protocolVersion: 4,
    reconnectPeriod: 500,
  });
  client.on('error', (error) => log.info({ reason: error.message }, 'the broker does not answer yet'));

  const work = async () => {
    let active = false;
    while (!stopping) {
      try {
        if (!active) {
          const [taken] = await lock<{ taken: boolean }[]>`select pg_try_advisory_lock(hashtext(${LOCK})) as taken`;
          active = taken?.taken === true;
        }
        if (active && client.connected && (await publishBatch(database, client)) === BATCH) continue;
      } catch (error) {
        log.warn(
          { reason: error instanceof Error ? error.message : String(error) },
          'events wait: they could not be published',
        );
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, IDLE);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  const working = work();
  return {
    async stop() {
      stopping = true;
      wake();
      await working;
      await client.endAsync(true);
      await subscription.unlisten();
      lock.release();
    },
  };
}

/** @returns how many were published. */
async function publishBatch({ db }: DatabaseConnection, client: MqttClient): Promise<number> {
  const waiting = await db
    .select()
    .from(outbox)
    .where(isNull(outbox.publishedAt))
    .orderBy(asc(outbox.number))
    .limit(BATCH);
  if (waiting.length === 0) return 0;
  const bySubject = new Map<string, Stored[]>();
  for (const event of waiting) bySubject.set(event.subject, [...(bySubject.get(event.subject) ?? []), event]);
  await Promise.all([...bySubject.values()].map((events) => publishInOrder(client, events)));
  await db
    .update(outbox)
    .set({ publishedAt: new Date() })
    .where(
      inArray(
        outbox.number,
        waiting.map(({ number }) => number),
      ),
    );
  return waiting.length;
}

async function publishInOrder(client: MqttClient, events: readonly Stored[]): Promise<void> {
  for (const event of events)
    await client.publishAsync(`events/${event.type}`, JSON.stringify(cloudEvent(event)), { qos: 1 });
}
