import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import mqtt, { type MqttClient } from 'mqtt';
import type { Logger } from '#platform/log';
import type { Ways } from '#providers/trackers/tell-unit';

/** The way of commands to a real broker: beside what trackers say, so that neither waits for the other. */
interface Publisher {
  /**
   * Publishes what a tracker hears, never retained. The broker forgets what nobody has heard when it is over.
   *
   * @throws Error where the broker is away or does not take it in time: it is not said later.
   */
  readonly publish: Ways['publish'];
  stop(): Promise<void>;
}

interface PublisherDependencies {
  /** mqtt(s)://user:password@host:port */
  readonly url: string;
  readonly log: Logger;
  /** Milliseconds that the broker may take to acknowledge; without it `PATIENCE`. */
  readonly patience?: number;
}

const PATIENCE = 5_000;

/** Reconnects for ever, and then says nothing of what was said before: each command follows from its gates alone. */
export function startPublisher({ url, log, patience = PATIENCE }: PublisherDependencies): Publisher {
  const client = mqtt.connect(url, { protocolVersion: 5, clean: true, reconnectPeriod: 1_000 });
  const unacknowledged = new Set<number>();
  client.on('error', (error) => log.warn({ err: error }, 'commands do not reach the broker'));
  client.on('close', () => {
    // mqtt.js would say it again over the next connection, however late, with its whole life before it.
    for (const messageId of unacknowledged) client.removeOutgoingMessage(messageId);
  });
  return {
    publish: (topic, payload, { expiresAt }) =>
      new Promise((resolve, reject) => {
        // mqtt.js would keep it and send it when it may be too late.
        if (!client.connected) return reject(new Error('the broker is away'));
        // The broker counts from when it takes it, which may be as late as our patience.
        const left = Math.floor((expiresAt.getTime() - Date.now() - patience) / 1_000);
        if (left <= 0) return reject(new Error('it is over'));
        const late = setTimeout(() => cut(client), patience);
        const options = { qos: 1, retain: false, properties: { messageExpiryInterval: left } } as const;
        client.publish(topic, payload, options, (error) => {
          clearTimeout(late);
          unacknowledged.delete(messageId);
          if (error === undefined || error === null) resolve();
          else reject(error);
        });
        const messageId = client.getLastMessageId();
        unacknowledged.add(messageId);
      }),
    stop: () => client.endAsync(true),
  };
}

/** Ends the connection with what of it is still under way: a socket that is closed in order would deliver that minutes later. */
function cut({ stream }: MqttClient): void {
  if (stream instanceof Socket && !(stream instanceof TLSSocket)) stream.resetAndDestroy();
  else stream.destroy();
}
