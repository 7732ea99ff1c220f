import { connect, type Socket } from 'node:net';
import { avlValues, imeiOf } from './avl.ts';
import { frameOf, type AvlRecord } from './codec8.ts';
import type { Dialect, Ears, Position } from './dialect.ts';

/** Milliseconds to connect and to be let in. */
const PATIENCE = 10_000;

/** A Teltonika unit that says Codec 8 Extended over TCP: it logs in by its IMEI, each frame is answered with a count. */
export function teltonikaTcp({ broker, teltonikaPort }: Ears): Dialect {
  return {
    kind: 'teltonika',
    serialOf: imeiOf,
    atOnce: 20,
    async open({ serial }) {
      const socket = await connected(new URL(broker).hostname, teltonikaPort ?? 0);
      const imei = Buffer.from(`\0\u000f${serial}`, 'latin1');
      const [admitted] = await answerTo(socket, imei, 1);
      if (admitted !== 1) {
        socket.destroy();
        throw new Error(`the unit ${serial} is not let in`);
      }
      return {
        get connected() {
          return !socket.destroyed;
        },
        mqtt: null,
        async send(positions) {
          const answer = await answerTo(socket, frameOf(positions.map(record)), 4);
          return answer.length === 4 && answer.readUInt32BE() === positions.length;
        },
        cut: () => void socket.destroy(),
        close: async () => void socket.destroy(),
      };
    },
  };
}

const record = (position: Position): AvlRecord => ({
  ts: position.ts,
  lat: position.lat,
  lon: position.lon,
  angle: position.heading,
  satellites: position.satellites,
  speed: Math.round(position.speedKph),
  values: avlValues(position),
});

function connected(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => {
      socket.setTimeout(0);
      resolve(socket);
    });
    socket.setTimeout(PATIENCE, () => socket.destroy(new Error('the port for Teltonika units does not answer')));
    socket.once('error', reject);
    // It may break at any time afterwards: then its answers are empty.
    socket.on('error', () => {});
  });
}

/** @returns so many bytes, or none where the connection ended before they came. */
function answerTo(socket: Socket, said: Buffer, bytes: number): Promise<Buffer> {
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0);
    const finish = (all: Buffer) => {
      socket.off('data', hear).off('close', lost);
      resolve(all);
    };
    const hear = (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= bytes) finish(answer);
    };
    const lost = () => finish(Buffer.alloc(0));
    if (socket.destroyed) return lost();
    socket.on('data', hear).on('close', lost);
    socket.write(said);
  });
}
