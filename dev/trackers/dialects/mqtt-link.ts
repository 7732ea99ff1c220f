import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import type { Link, Position, TrackerAccount } from './dialect.ts';

/** Milliseconds to be let in, and to say goodbye. */
const PATIENCE = 10_000;
const GOODBYE = 2_000;

interface Said {
  readonly topic: string;
  readonly text: string;
  readonly retain?: boolean;
}

/** Of a dialect that is spoken over MQTT. */
export interface Words {
  /** Positions as messages, one after the other. */
  telemetry(positions: readonly Position[]): readonly Said[];
  readonly hello?: () => Said;
  readonly goodbye?: () => Said;
  /** What the broker says for it when it is lost. */
  readonly will?: () => Said;
  /** Where it is told what, and what it answers there; without it nowhere. */
  readonly commands?: { readonly topic: string; readonly obey: (payload: Buffer) => string | null };
}

/** A tracker's own connection to the broker: MQTT 3.1.1, which the embedded one and Mosquitto speak. */
export async function mqttLink(broker: string, account: TrackerAccount, words: Words): Promise<Link> {
  const { username, password, isCopy } = account;
  const { commands } = words;
  const will = words.will?.();
  const client = await connected(broker, {
    clientId: isCopy ? `${username}-copy` : username,
    username,
    password,
    clean: false,
    ...(will === undefined
      ? {}
      : { will: { topic: will.topic, payload: Buffer.from(will.text), qos: 1, retain: will.retain === true } }),
  });
  client.on('error', () => {});
  if (commands !== undefined) {
    client.on('message', (_topic, payload) => {
      const answer = commands.obey(payload);
      if (answer !== null) client.publish(commands.topic, answer, { qos: 1 }, () => {});
    });
    client.subscribe(commands.topic, { qos: 1 }, () => {});
  }
  const hello = words.hello?.();
  if (hello !== undefined) client.publish(hello.topic, hello.text, { qos: 1, retain: hello.retain === true }, () => {});
  return {
    get connected() {
      return client.connected;
    },
    mqtt: client,
    async send(positions) {
      for (const said of words.telemetry(positions)) if (!(await published(client, said))) return false;
      return true;
    },
    cut: () => void client.stream.destroy(),
    async close() {
      const timer = setTimeout(() => client.stream.destroy(), GOODBYE);
      const goodbye = words.goodbye?.();
      if (client.connected && goodbye !== undefined) await published(client, goodbye);
      await client.endAsync().catch(() => {});
      clearTimeout(timer);
    },
  };
}

/** @throws Error where the broker refuses, or ends the connection before it has let us in. */
export function connected(broker: string, account: IClientOptions): Promise<MqttClient> {
  // Told not to allow retries, it ends where the connection does: otherwise it would wait for ever.
  return mqtt.connectAsync(
    broker,
    { ...account, protocolVersion: 4, reconnectPeriod: 0, connectTimeout: PATIENCE },
    false,
  );
}

/** @returns false where the connection ended before the acknowledgement. */
export function published(client: MqttClient, { topic, text, retain = false }: Said): Promise<boolean> {
  // It would be kept for a connection that never comes.
  if (!client.connected) return Promise.resolve(false);
  return new Promise((resolve) => {
    const lost = () => resolve(false);
    client.once('close', lost);
    client.publish(topic, text, { qos: 1, retain }, (error) => {
      client.off('close', lost);
      resolve(error === undefined || error === null);
    });
  });
}
