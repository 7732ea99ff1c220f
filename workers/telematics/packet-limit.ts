import type { Socket } from 'node:net';

/** Bits of a byte of the remaining length that count, and the one that says that another byte follows. */
const SEVEN_BITS = 0x7f;
const GOES_ON = 0x80;

/**
 * Ends a connection whose peer announces a packet with more than `most` bytes after its fixed header
 * (MQTT 3.1.1, 2.2.3): as soon as the announcement has come, before any of it is handed to the broker, whose
 * parser would collect up to 256 MB.
 *
 * @param refused called once, with the bytes that were announced
 */
export function limitPackets(socket: Socket, most: number, refused: (announced: number) => void): void {
  const framing = new Framing(most);
  const read = socket.read.bind(socket);
  // The broker takes what has come by `read`, so nothing gets past this.
  socket.read = (size?: number) => {
    const chunk: unknown = read(size);
    if (!Buffer.isBuffer(chunk)) return chunk;
    const announced = framing.follow(chunk);
    if (announced === null) return chunk;
    refused(announced);
    socket.destroy();
    return null;
  };
}

/** Follows where packets begin in a stream of bytes. */
class Framing {
  readonly #most: number;
  /** Bytes of the packet that are still to come; its header is being read when there are none. */
  #left = 0;
  /** Null between two packets, else the digits of the remaining length so far. */
  #header: { length: number; factor: number } | null = null;

  constructor(most: number) {
    this.#most = most;
  }

  /** @returns the length of a packet that is too long, null while there is none. */
  follow(chunk: Buffer): number | null {
    for (let at = 0; at < chunk.length;) {
      if (this.#left > 0) {
        const passed = Math.min(this.#left, chunk.length - at);
        this.#left -= passed;
        at += passed;
        continue;
      }
      const byte = chunk[at] ?? 0;
      at += 1;
      if (this.#header === null) {
        this.#header = { length: 0, factor: 1 };
        continue;
      }
      this.#header.length += (byte & SEVEN_BITS) * this.#header.factor;
      this.#header.factor *= GOES_ON;
      // Judged with every digit: what goes on for ever is too long as well.
      if (this.#header.length > this.#most || this.#header.factor > 2 ** 28) return this.#header.length;
      if ((byte & GOES_ON) !== 0) continue;
      this.#left = this.#header.length;
      this.#header = null;
    }
    return null;
  }
}
