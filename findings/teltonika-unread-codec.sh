#!/usr/bin/env bash
# An npm decoder of Teltonika's codecs takes a frame that it cannot read for one that it has read.
#
# teltonika-parser 0.0.15, given the frame of Codec 8 Extended that Teltonika's documentation shows ("Codec", TCP): one
# record, a right check sum. The package says that it knows Codec 8; Codec 8 Extended is what units are set to for AVL ids
# above 255.
#
# Expected: an error, or no records to acknowledge.
# Seen: no error, `number_of_data` 1, and no records. Its README answers the unit with `number_of_data`: the unit then
# forgets a position that nobody has.
#
# Exits with 1 when it says something else than when this was written (2026-11-29).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit teltonika-parser@0.0.15 >/dev/null

cat >ask.cjs <<'JS'
const Parser = require('teltonika-parser');
const head = '000000000000004A8E010000016B412CEE00010000000000000000000000000000000001000500';
const rest = '0100010100010011001D00010010015E2C880002000B000000003544C87A000E000000001DD7E06A00000100002994';
const { codec_id: codec, number_of_data: toAcknowledge, records } = new Parser(Buffer.from(head + rest, 'hex')).getAvl();
console.log(`codec ${codec}, to acknowledge: ${toAcknowledge}, records: ${records === undefined ? 'none' : records.length}`);
JS
node ask.cjs | tee seen.txt

diff - seen.txt <<'TXT'
codec 142, to acknowledge: 1, records: none
TXT
