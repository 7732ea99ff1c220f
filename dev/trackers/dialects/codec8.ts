/** What a Teltonika unit says of one moment; milliseconds of the epoch, degrees, metres and km/h. */
export interface AvlRecord {
  readonly ts: number;
  readonly lat: number;
  readonly lon: number;
  readonly altitude?: number;
  readonly angle?: number;
  readonly satellites?: number;
  readonly speed?: number;
  readonly values?: readonly (readonly [id: number, bytes: 1 | 2 | 4, value: number])[];
}

/** A frame as a unit makes it of its records. */
export function frameOf(records: readonly AvlRecord[], codec: 0x08 | 0x8e = 0x8e): Buffer {
  const wide = codec === 0x8e ? 2 : 1;
  const body = records.map((record) => recordOf(record, wide));
  return framed(Buffer.concat([Buffer.from([codec, records.length]), ...body, Buffer.from([records.length])]));
}

/** Data with preamble, length and CRC-16/IBM around it. */
export function framed(data: Buffer): Buffer {
  let crc = 0;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return Buffer.concat([number(0, 4), number(data.length, 4), data, number(crc, 4)]);
}

/** What a unit answers to a command, as Codec 12. */
export function answerFrame(text: string): Buffer {
  const said = Buffer.from(text, 'latin1');
  return framed(Buffer.concat([Buffer.from([0x0c, 1, 0x06]), number(said.length, 4), said, Buffer.from([1])]));
}

/** The text of a command that has come whole, and the bytes of its frame; null before. */
export function commandIn(bytes: Buffer): { readonly text: string; readonly length: number } | null {
  if (bytes.length < 15 || bytes[8] !== 0x0c) return null;
  const length = 12 + bytes.readUInt32BE(4);
  return bytes.length < length ? null : { text: bytes.toString('latin1', 15, 15 + bytes.readUInt32BE(11)), length };
}

function recordOf(record: AvlRecord, wide: 1 | 2): Buffer {
  const { ts, lat, lon, altitude = 1_189, angle = 0, satellites = 11, speed = 0, values = [] } = record;
  const groups = ([1, 2, 4] as const).flatMap((bytes) => {
    const group = values.filter((value) => value[1] === bytes);
    return [number(group.length, wide), ...group.flatMap(([id, , value]) => [number(id, wide), number(value, bytes)])];
  });
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(ts));
  const place = Buffer.alloc(15);
  place.writeInt32BE(Math.round(lon * 1e7), 0);
  place.writeInt32BE(Math.round(lat * 1e7), 4);
  place.writeInt16BE(altitude, 8);
  place.writeUInt16BE(angle, 10);
  place.writeUInt8(satellites, 12);
  place.writeUInt16BE(speed, 13);
  const rest = [number(0, wide), ...(wide === 2 ? [number(0, 2)] : [])];
  return Buffer.concat([time, number(1, 1), place, number(0, wide), number(values.length, wide), ...groups, ...rest]);
}

function number(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}
