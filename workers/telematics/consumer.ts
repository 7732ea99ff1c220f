import mqtt, { type IClientOptions } from 'mqtt';
import type { Logger } from '#platform/log';
import { trackerAdapters } from '#providers/trackers/registry';
import type { Connections } from './connections.ts';
import { acknowledgeLate } from './late-acknowledgement.ts';
import type { Ingest } from './ingest.ts';
import { CONNECTION_LOG, ConnectionLog } from './mosquitto/connection-log.ts';

/** The front end for a real broker: Mosquitto or EMQX. */
interface Consumer {
  /** Takes nothing more. */
  close(): void;
  stop(): Promise<void>;
}

interface ConsumerDependencies {
  /** mqtt(s)://user:password@host:port */
  readonly url: string;
  /** Always the same, so that the broker keeps what comes while we are away; whoever uses it too ends our connection. */
  readonly clientId: string;
  readonly log: Logger;
  readonly ingest: Ingest;
  /** Told what Mosquitto's log says of trackers' connections. */
  readonly connections?: Connections;
  /** 5 by default; 4 is MQTT 3.1.1, without a receive window. */
  readonly protocolVersion?: 4 | 5;
}

const SESSION_SECONDS = 7 * 86_400;
const RECEIVE_MAXIMUM = 2_000;
/** MQTT 5: the session goes on elsewhere. */
const TAKEN_OVER = 0x8e;

/**
 * Reads trackers' messages from a real broker and acknowledges them after the commit, so that the broker
 * keeps what we do not have yet. Reconnects for ever.
 */
export async function startConsumer({
  url,
  clientId,
  log,
  ingest,
  connections,
  protocolVersion = 5,
}: ConsumerDependencies): Promise<Consumer> {
  const session =
    protocolVersion === 5
      ? { properties: { sessionExpiryInterval: SESSION_SECONDS, receiveMaximum: RECEIVE_MAXIMUM } }
      : {};
  const options: IClientOptions = {
    clientId,
    clean: false,
    protocolVersion,
    reconnectPeriod: 1_000,
    manualConnect: true,
    resubscribe: true,
    ...session,
  };
  const client = mqtt.connect(url, options);
  const connectionLog = connections === undefined ? null : new ConnectionLog(connections);
  let open = true;
  acknowledgeLate(client, (delivery) => {
    const { topic, payload, repeated } = delivery;
    if (topic === CONNECTION_LOG) {
      connectionLog?.read(payload.toString('utf8'));
      return delivery.acknowledge();
    }
    // A retained status says how it was, not that something has changed.
    if (repeated) return delivery.acknowledge();
    if (open)
      ingest.add(
        { topic, payload, receivedAt: Date.now() },
        (refused) => refused === undefined && delivery.acknowledge(),
      );
  });
  // mqtt.js reads on when this calls back.
  client.handleMessage = (_packet, callback) => void ingest.room().then(() => callback());
  client.on('error', (error) => log.warn({ err: error }, 'the broker refuses or cannot be reached'));
  client.on('connect', () => log.info('connected to the broker'));
  client.on('disconnect', ({ reasonCode }) => {
    if (reasonCode === TAKEN_OVER)
      log.error({ clientId }, "another process uses this MQTT_CLIENT_ID: the two end each other's connection");
  });
  client.on('close', () => {
    connectionLog?.forget();
    if (open) log.warn('the connection to the broker has ended');
  });
  client.connect();
  const filters = [...new Set(trackerAdapters.flatMap((adapter) => adapter.filters))];
  client.subscribe(filters, { qos: 1 }, (error, granted) => {
    const refused = granted?.filter(({ qos }) => qos >= 128).map(({ topic }) => topic) ?? [];
    if (error !== null || refused.length > 0) log.error({ err: error, refused }, 'the broker does not let us read');
  });
  // Another broker than Mosquitto may refuse it, and has nothing to say there.
  if (connectionLog !== null) client.subscribe(CONNECTION_LOG, { qos: 1 }, () => {});
  return {
    close: () => {
      open = false;
      connections?.close();
    },
    stop: async () => {
      open = false;
      await client.endAsync();
    },
  };
}
