import type { TrackerReading, TrackerAdapter, TrackerMessage, Unit } from './adapter.ts';
import type { Json } from './json.ts';
import { readBacklog, readPosition } from './position.ts';
import { avlNames, avlRecord } from './teltonika.ts';

/** Preamble and length, then so many bytes of data, then a CRC. */
const HEADER = 8;
const CRC = 4;
/** Bytes of data of a frame; units send 1,280 at most, and more with traces of a crash. */
const LARGEST = 64 * 1024;
const CODEC_8 = 0x08;
const CODEC_8_EXTENDED = 0x8e;
export const CODEC_12 = 0x0c;
/** Codecs 12 to 14 carry commands and what a unit answers to them. */
const COMMANDS = new Set([CODEC_12, 0x0d, 0x0e]);
/** A unit that has nothing to say keeps its connection by this byte, between frames. */
const PING = 0xff;

const names = { ...avlNames, ts: 'timestamp', lat: 'latitude', lon: 'longitude', speedKph: 'speed', heading: 'angle' };

/** Where a frame that came over TCP is taken as if it were a topic; nobody may write there by MQTT. */
export const codec8Topic = (trackerId: string) => `teltonika/${trackerId}/codec8`;

/**
 * Teltonika's Codec 8 and 8 Extended over TCP (https://wiki.teltonika-gps.com, "Codec"): frames of at most 255
 * records, in milliseconds, 10⁻⁷ degrees, metres and km/h.
 */
export const codec8: TrackerAdapter = {
  kind: 'teltonika',
  filters: [],
  read(message) {
    const [root, trackerId = '', what] = message.topic.split('/');
    return root === 'teltonika' && what === 'codec8' ? readFrame(message, { trackerId }) : null;
  },
};

/** What has come, without the pings before the next frame. */
export function withoutPings(bytes: Buffer): Buffer {
  let start = 0;
  while (bytes[start] === PING) start += 1;
  return bytes.subarray(start);
}

/**
 * The frame that has come.
 *
 * @returns null while it is not whole
 * @throws Error where no frame begins, so that the rest cannot be understood
 */
export function frameIn(bytes: Buffer): Buffer | null {
  if (bytes.length < HEADER) return null;
  const length = bytes.readUInt32BE(4);
  if (bytes.readUInt32BE(0) !== 0 || length < 3 || length > LARGEST) throw new Error('no frame begins here');
  const end = HEADER + length + CRC;
  return bytes.length < end ? null : bytes.subarray(0, end);
}

/** Whether a frame came as it was sent: CRC-16/IBM of its data. */
export const isIntact = (frame: Buffer): boolean => crcOf(dataOf(frame)) === frame.readUInt32BE(frame.length - CRC);

function crcOf(data: Buffer): number {
  let crc = 0;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}

/** Data as a frame. */
export function framed(data: Buffer): Buffer {
  const frame = Buffer.alloc(HEADER + data.length + CRC);
  frame.writeUInt32BE(data.length, 4);
  frame.set(data, HEADER);
  frame.writeUInt32BE(crcOf(data), HEADER + data.length);
  return frame;
}

/** How many records a unit waits to be acknowledged; null for what is not acknowledged. */
export function recordsToAcknowledge(frame: Buffer): number | null {
  const [codec = 0, quantity = 0] = dataOf(frame);
  return COMMANDS.has(codec) ? null : quantity;
}

/** Without what is around it. */
export const dataOf = (frame: Buffer): Buffer => frame.subarray(HEADER, frame.length - CRC);

function readFrame({ payload, receivedAt }: TrackerMessage, unit: Unit): readonly TrackerReading[] {
  const data = dataOf(payload);
  const refuse = (reason: string): TrackerReading => ({
    kind: 'rejected',
    unit,
    reason,
    source: payload.toString('hex'),
  });
  const [codec = 0, quantity = 0] = data;
  if (COMMANDS.has(codec)) return [{ kind: 'sign_of_life', unit }];
  if (codec !== CODEC_8 && codec !== CODEC_8_EXTENDED) return [refuse('invalid: codec')];
  const reader = new Reader(data.subarray(2, -1), codec === CODEC_8_EXTENDED);
  const readings: TrackerReading[] = [];
  for (let index = 0; index < quantity; index += 1) {
    const read = reader.record();
    // Where the next one begins is not known any more.
    if (read === null) return [...readBacklog(readings), refuse(`invalid: records.${index}`)];
    const { said, record } = read;
    const position = avlRecord(said, { event: record['event'], valueOf: (id) => read.values.get(id) });
    const source = JSON.stringify({ ...record, values: Object.fromEntries(read.values) });
    readings.push(readPosition(position, { unit, receivedAt, source, identity: read.bytes.toString('hex'), names }));
  }
  const whole = reader.left === 0 && data.at(-1) === quantity && quantity > 0;
  return [...readBacklog(readings), ...(whole ? [] : [refuse('invalid: quantity')])];
}

interface AvlRecord {
  readonly said: Json;
  /** As the unit said it. */
  readonly record: Json;
  readonly values: ReadonlyMap<number, number>;
  readonly bytes: Buffer;
}

/** Reads one record after the other. */
class Reader {
  readonly #data: Buffer;
  /** Bytes of an id and of a count. */
  readonly #width: 1 | 2;
  #at = 0;

  constructor(data: Buffer, extended: boolean) {
    this.#data = data;
    this.#width = extended ? 2 : 1;
  }

  get left(): number {
    return this.#data.length - this.#at;
  }

  /** @returns null where the data ends within it. */
  record(): AvlRecord | null {
    const start = this.#at;
    try {
      const timestamp = Number(this.#data.readBigUInt64BE(this.#at));
      this.#at += 8;
      const priority = this.#unsigned(1);
      const longitude = this.#signed(4) / 1e7;
      const latitude = this.#signed(4) / 1e7;
      const altitude = this.#signed(2);
      const angle = this.#unsigned(2);
      const satellites = this.#unsigned(1);
      const speed = this.#unsigned(2);
      const event = this.#unsigned(this.#width);
      const values = this.#values();
      return {
        said: { ts: timestamp, lat: latitude, lon: longitude, altitude, heading: angle, satellites, speedKph: speed },
        record: { timestamp, priority, longitude, latitude, altitude, angle, satellites, speed, event },
        values,
        bytes: this.#data.subarray(start, this.#at),
      };
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  }

  /** By AVL id; those of eight bytes and of any length say nothing that is needed. */
  #values(): ReadonlyMap<number, number> {
    const values = new Map<number, number>();
    this.#unsigned(this.#width);
    for (const size of [1, 2, 4] as const) {
      for (let count = this.#unsigned(this.#width); count > 0; count -= 1) {
        values.set(this.#unsigned(this.#width), this.#unsigned(size));
      }
    }
    for (let count = this.#unsigned(this.#width); count > 0; count -= 1) this.#skip(this.#width + 8);
    if (this.#width === 1) return values;
    for (let count = this.#unsigned(2); count > 0; count -= 1) {
      this.#skip(2);
      this.#skip(this.#unsigned(2));
    }
    return values;
  }

  #unsigned(size: 1 | 2 | 4): number {
    const value = this.#data.readUIntBE(this.#at, size);
    this.#at += size;
    return value;
  }

  #signed(size: 2 | 4): number {
    const value = this.#data.readIntBE(this.#at, size);
    this.#at += size;
    return value;
  }

  /** @throws RangeError */
  #skip(bytes: number): void {
    this.#at += bytes;
    if (this.left < 0) throw new RangeError('the data has ended');
  }
}
