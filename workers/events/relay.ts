import mqtt, { type MqttClient } from 'mqtt';
import { cloudEvent, type StoredEvent } from '#domain/events/cloud-event';
import type { Running } from '#platform/running';
import { startReader, type ReaderDependencies } from './reader.ts';

interface RelayDependencies extends ReaderDependencies {
  /** mqtt(s)://user:password@host:port */
  readonly broker: string;
}

/** Milliseconds that a broker may take to answer and to acknowledge. */
const PATIENCE = 10_000;

/** Publishes the outbox to MQTT `events/{type}`. An event is taken when the broker has acknowledged it. */
export async function startRelay(deps: RelayDependencies): Promise<Running> {
  const link = new Link(deps);
  const reader = await startReader(deps, { name: 'relay', take: (event) => link.publish(event) });
  return {
    async stop() {
      await reader.stop();
      await link.end();
    },
  };
}

type Settle = (error?: Error | null) => void;

/** A connection to the broker, made when there is something to publish: it may go and come back at any moment. */
class Link {
  readonly #deps: RelayDependencies;
  readonly #waiting = new Set<Settle>();
  #client: Promise<MqttClient> | null = null;

  constructor(deps: RelayDependencies) {
    this.#deps = deps;
  }

  /** @throws Error when the broker is away or does not acknowledge in time. */
  async publish(event: StoredEvent): Promise<void> {
    const client = await (this.#client ??= this.#connect());
    await new Promise<void>((resolve, reject) => {
      const settle: Settle = (error) => {
        clearTimeout(timer);
        this.#waiting.delete(settle);
        if (error == null) resolve();
        else reject(error);
      };
      const timer = setTimeout(() => {
        settle(new Error('the broker does not acknowledge'));
        client.end(true);
      }, PATIENCE);
      this.#waiting.add(settle);
      client.publish(`events/${event.type}`, JSON.stringify(cloudEvent(event)), { qos: 1 }, settle);
    });
  }

  /** mqtt.js does not reconnect by itself: what it would send again is in the outbox anyway. */
  async #connect(): Promise<MqttClient> {
    const options = { protocolVersion: 4, clean: true, reconnectPeriod: 0 } as const;
    try {
      const client = await mqtt.connectAsync(this.#deps.broker, { ...options, connectTimeout: PATIENCE }, false);
      client.on('error', (error) => this.#deps.log.warn({ err: error }, 'the broker complains'));
      client.once('close', () => this.#lose());
      return client;
    } catch (error) {
      this.#client = null;
      throw new Error('the broker does not answer', { cause: error });
    }
  }

  #lose(): void {
    this.#client = null;
    for (const settle of this.#waiting) settle(new Error('the connection to the broker has ended'));
  }

  async end(): Promise<void> {
    const client = await this.#client?.catch(() => null);
    await client?.endAsync().catch(() => {});
  }
}
