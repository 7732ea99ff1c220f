import { connect, type Socket } from 'node:net';
import { z } from 'zod';

/*
 * Trackers that do nothing but publish, in a process of their own so that their work is not the broker's: each
 * connects, writes all its packets when it is told to, and counts the acknowledgements.
 */
const shape = z.object({
  port: z.number(),
  messages: z.number(),
  trackers: z.array(z.object({ id: z.string(), password: z.string() })),
});
type Load = z.infer<typeof shape>;
const PUBACK = 4;

process.once('message', (given) => {
  void begin(shape.parse(given));
});

async function begin({ port, messages, trackers }: Load): Promise<void> {
  const connections = await Promise.all(
    trackers.map(async ({ id, password }) => {
      const socket = await loggedIn(port, id, password);
      const topic = `trackers/${id}/telemetry`;
      const packets = Array.from({ length: messages }, (_, index) => publish(topic, index + 1, fix(index, messages)));
      return { socket, bytes: Buffer.concat(packets) };
    }),
  );
  process.once('message', () => {
    const began = performance.now();
    void Promise.all(connections.map(({ socket, bytes }) => acknowledged(socket, bytes, messages))).then(() => {
      process.send?.({ seconds: (performance.now() - began) / 1_000 });
      for (const { socket } of connections) socket.destroy();
    });
  });
  process.send?.('connected');
}

function fix(index: number, messages: number): string {
  const ts = Date.now() - (messages - index) * 1_000;
  return JSON.stringify({
    ts,
    seq: index,
    lat: 0.3476 + index * 1e-5,
    lon: 32.5825,
    speedKph: 42.5,
    heading: 90,
    ignition: true,
    odometerKm: 1234.5,
    externalMv: 12600,
  });
}

function loggedIn(port: number, id: string, password: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.setNoDelay(true);
      const body = Buffer.concat([text('MQTT'), Buffer.from([4, 0xc2, 0, 0]), text(id), text(id), text(password)]);
      socket.write(Buffer.concat([header(0x10, body.length), body]));
    });
    socket.once('error', reject);
    socket.once('data', (answer) => (answer[3] === 0 ? resolve(socket) : reject(new Error('not let in'))));
  });
}

function acknowledged(socket: Socket, bytes: Buffer, messages: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = messages * PUBACK;
    socket.on('data', (chunk) => {
      left -= chunk.length;
      if (left === 0) resolve();
    });
    socket.once('close', () => reject(new Error('the broker has ended a connection')));
    socket.write(bytes);
  });
}

function publish(topic: string, id: number, payload: string): Buffer {
  const body = Buffer.concat([text(topic), Buffer.from([id >> 8, id & 0xff]), Buffer.from(payload)]);
  return Buffer.concat([header(0x32, body.length), body]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

function header(type: number, length: number): Buffer {
  const digits: number[] = [];
  for (let left = length; digits.length === 0 || left > 0; left = Math.floor(left / 128))
    digits.push((left % 128) + (left >= 128 ? 128 : 0));
  return Buffer.from([type, ...digits]);
}
