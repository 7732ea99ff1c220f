import { connect, type Socket } from 'node:net';
import { z } from 'zod';
import { frameOf } from '#dev/trackers/dialects/codec8';

/*
 * Teltonika units that do nothing but send, in a process of their own: each logs in by its IMEI, and sends frame after
 * frame when it is told to, each once the one before is answered.
 */
const shape = z.object({
  port: z.number(),
  messages: z.number(),
  trackers: z.array(z.object({ serial: z.string() })),
});
const FRAME = 20;

process.once('message', (given) => {
  void begin(shape.parse(given));
});

async function begin({ port, messages, trackers }: z.infer<typeof shape>): Promise<void> {
  const sockets = await Promise.all(trackers.map(({ serial }) => loggedIn(port, serial)));
  const frames = Array.from({ length: messages / FRAME }, (_, index) => frame(index, messages));
  process.once('message', () => {
    const began = performance.now();
    void Promise.all(sockets.map((socket) => sendAll(socket, frames))).then(() => {
      process.send?.({ seconds: (performance.now() - began) / 1_000 });
      for (const socket of sockets) socket.destroy();
    });
  });
  process.send?.('connected');
}

async function loggedIn(port: number, serial: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  socket.write(Buffer.from(`\0\u000f${serial}`, 'latin1'));
  if ((await answer(socket))[0] !== 1) throw new Error('not let in');
  return socket;
}

function frame(index: number, messages: number): Buffer {
  const records = Array.from({ length: FRAME }, (_, one) => {
    const number = index * FRAME + one;
    const ts = Date.now() - (messages - number) * 1_000;
    const values = [
      [239, 1, 1],
      [179, 1, 0],
      [66, 2, 12_600],
      [16, 4, 1_234_500 + number],
    ] as const;
    return { ts, lat: 0.3476 + number * 1e-5, lon: 32.5825, speed: 42, angle: 90, values };
  });
  return frameOf(records);
}

async function sendAll(socket: Socket, frames: readonly Buffer[]): Promise<void> {
  for (const one of frames) {
    socket.write(one);
    if ((await answer(socket)).readUInt32BE() !== FRAME) throw new Error('a frame was not taken');
  }
}

const answer = (socket: Socket) => new Promise<Buffer>((resolve) => socket.once('data', resolve));
