import type { MqttClient } from 'mqtt';

/** A message of QoS 1 whose acknowledgement is ours to send. */
export interface Delivery {
  readonly topic: string;
  readonly payload: Buffer;
  /** A retained message that the broker repeats to a new subscriber. */
  readonly repeated: boolean;
  /** Sends the PUBACK, on the connection that the message came by or not at all. */
  acknowledge(): void;
}

/**
 * Takes the acknowledgement of QoS 1 messages out of mqtt.js's hands, which would send it before what
 * is done with the message is done. The message is handed on as if it were of QoS 0; acknowledgements of
 * an earlier connection are dropped, since the broker delivers those messages again.
 */
export function acknowledgeLate(client: MqttClient, deliver: (delivery: Delivery) => void): void {
  // Private to mqtt.js: `late-acknowledgement.test.ts` is the contract with its version, which is pinned.
  const send: unknown = client['_sendPacket'];
  if (typeof send !== 'function') throw new Error('this version of mqtt.js cannot acknowledge late');
  let connection = 0;
  client.on('close', () => (connection += 1));
  client.on('packetreceive', (packet) => {
    if (packet.cmd !== 'publish') return;
    const { qos, messageId, topic, payload, retain } = packet;
    const born = connection;
    packet.qos = 0;
    deliver({
      topic,
      payload: Buffer.isBuffer(payload) ? payload : Buffer.from(payload),
      repeated: retain,
      acknowledge() {
        if (qos !== 1 || messageId === undefined || born !== connection || !client.connected || client.disconnecting)
          return;
        Reflect.apply(send, client, [{ cmd: 'puback', messageId, reasonCode: 0 }]);
      },
    });
  });
}
