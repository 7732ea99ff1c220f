#!/usr/bin/env bash
# Two npm decoders of Teltonika's Codec 8 read the same fix and disagree about its height.
#
# complete-teltonika-parser 0.3.4 and teltonika-parser 0.0.15, given one frame of one record with a right check sum: a unit
# by the sea at Mombasa (4.0435 south, 39.6682 east), six metres below zero, as GPS often says at a shore. The
# protocol has two bytes for the height in metres, and negative numbers as two's complement, as its coordinates have.
#
# Expected: both say -6, since both read the negative latitude rightly.
# Seen: the first says 65530 for the height (two bytes read as unsigned) and reads the latitude as signed; the second
# says -6. Whoever filters fixes by plausible height loses every unit at sea level with the first one.
#
# Exits with 1 when they say something else than when this was written (2026-11-28).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit complete-teltonika-parser@0.3.4 teltonika-parser@0.0.15 >/dev/null

cat >ask.cjs <<'JS'
const { ProtocolParser } = require('complete-teltonika-parser');
const Older = require('teltonika-parser');

// One record: time, priority, longitude, latitude, height, angle, satellites, speed, then ignition as the only value.
const record = Buffer.alloc(24 + 8);
record.writeBigUInt64BE(1_780_000_000_000n, 0);
record.writeInt32BE(396_682_000, 9);
record.writeInt32BE(-40_435_000, 13);
record.writeInt16BE(-6, 17);
record.writeUInt16BE(90, 19);
record.writeUInt8(11, 21);
record.writeUInt16BE(0, 22);
record.set([0, 1, 1, 239, 1, 0, 0, 0], 24);
const data = Buffer.concat([Buffer.from([8, 1]), record, Buffer.from([1])]);

/** CRC-16 of the protocol: polynomial 0xA001, from zero. */
function checkSum(bytes) {
  let sum = 0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >> 1) ^ 0xa001 : sum >> 1;
  }
  return sum;
}
const frame = Buffer.alloc(8 + data.length + 4);
frame.writeUInt32BE(data.length, 4);
frame.set(data, 8);
frame.writeUInt32BE(checkSum(data), 8 + data.length);

const complete = new ProtocolParser(frame.toString('hex')).Content.AVL_Datas[0].GPSelement;
const older = new Older(frame).getAvl().records[0].gps;
console.log(`complete-teltonika-parser: latitude ${complete.Latitude}, height ${complete.Altitude}`);
console.log(`teltonika-parser: latitude ${older.latitude}, height ${older.altitude}`);
JS
node ask.cjs | tee seen.txt

diff - seen.txt <<'TXT'
complete-teltonika-parser: latitude -4.0435, height 65530
teltonika-parser: latitude -4.0435, height -6
TXT
