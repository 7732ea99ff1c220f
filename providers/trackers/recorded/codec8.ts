/** Frames as Teltonika's documentation of its protocols has them ("Codec", TCP), without a fix. */
export const documented = {
  codec8:
    '000000000000003608010000016B40D8EA30010000000000000000000000000000000105021503010101425E0F01F10000601A014E0000000000000000010000C7CF',
  codec8Short:
    '000000000000002808010000016B40D9AD80010000000000000000000000000000000103021503010101425E100000010000F22A',
  codec8TwoRecords:
    '000000000000004308020000016B40D57B480100000000000000000000000000000001010101000000000000016B40D5C198010000000000000000000000000000000101010101000000020000252C',
  codec8Extended:
    '000000000000004A8E010000016B412CEE000100000000000000000000000000000000010005000100010100010011001D00010010015E2C880002000B000000003544C87A000E000000001DD7E06A00000100002994',
  /** What a unit answers to `getinfo`. */
  codec12:
    '00000000000000900C010600000088494E493A323031392F372F323220373A3232205254433A323031392F372F323220373A3533205253543A32204552523A312053523A302042523A302043463A302046473A3020464C3A302054553A302F302055543A3020534D533A30204E4F4750533A303A3330204750533A31205341543A302052533A332052463A36352053463A31204D443A30010000C78F',
};

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
