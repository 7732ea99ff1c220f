import { connect, type Socket } from 'node:net';
import { avlValues, imeiOf } from './avl.ts';
import { answerFrame, commandIn, frameOf, type AvlRecord } from './codec8.ts';
import type { Dialect, Ears, Position } from './dialect.ts';

/** Milliseconds to connect and to be let in. */
const PATIENCE = 10_000;

/**
 * A Teltonika unit that says Codec 8 Extended over TCP: it logs in by its IMEI, each frame is answered with a count. What it is
 * told by Codec 12 it answers, one after the other.
 */
export function teltonikaTcp({ broker, teltonikaPort }: Ears): Dialect {
  return {
    kind: 'teltonika',
    serialOf: imeiOf,
    atOnce: 20,
    async open({ serial }, obey) {
      const unit = new Unit(await connected(new URL(broker).hostname, teltonikaPort ?? 0), (command) =>
        obey.text(command),
      );
      const [admitted] = await unit.ask(Buffer.from(`\0\u000f${serial}`, 'latin1'), 1);
      if (admitted !== 1) {
        unit.breakOff();
        throw new Error(`the unit ${serial} is not let in`);
      }
      return {
        get connected() {
          return unit.connected;
        },
        mqtt: null,
        async send(positions) {
          const answer = await unit.ask(frameOf(positions.map(record)), 4);
          return answer.length === 4 && answer.readUInt32BE() === positions.length;
        },
        cut: () => unit.breakOff(),
        close: async () => unit.breakOff(),
      };
    },
  };
}

/** What comes over its connection are answers to what it said, and between them commands. */
class Unit {
  readonly #socket: Socket;
  readonly #obey: (command: string) => string;
  #bytes = Buffer.alloc(0);
  #waits: { readonly bytes: number; readonly answered: (answer: Buffer) => void } | null = null;

  constructor(socket: Socket, obey: (command: string) => string) {
    this.#socket = socket;
    this.#obey = obey;
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      while (this.#take());
    });
    socket.on('close', () => this.#answer(Buffer.alloc(0)));
  }

  get connected(): boolean {
    return !this.#socket.destroyed;
  }

  /** @returns so many bytes, or none where the connection ended before they came. */
  ask(said: Buffer, bytes: number): Promise<Buffer> {
    return new Promise((resolve) => {
      this.#waits = { bytes, answered: resolve };
      if (this.connected) this.#socket.write(said);
      else this.#answer(Buffer.alloc(0));
    });
  }

  /** Breaks the connection off: one that it ended in order would mean that it sleeps, and is there. */
  breakOff(): void {
    this.#socket.resetAndDestroy();
  }

  /** A command begins with four zeros, a count does not. @returns whether there was something whole. */
  #take(): boolean {
    const isCommand = this.#bytes.length >= 4 && this.#bytes.readUInt32BE() === 0;
    if (isCommand) {
      const command = commandIn(this.#bytes);
      if (command === null) return false;
      this.#bytes = this.#bytes.subarray(command.length);
      this.#socket.write(answerFrame(this.#obey(command.text)));
      return true;
    }
    const wanted = this.#waits?.bytes ?? Infinity;
    if (this.#bytes.length < wanted) return false;
    const answer = this.#bytes.subarray(0, wanted);
    this.#bytes = this.#bytes.subarray(wanted);
    this.#answer(answer);
    return true;
  }

  #answer(answer: Buffer): void {
    const waits = this.#waits;
    this.#waits = null;
    waits?.answered(answer);
  }
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
