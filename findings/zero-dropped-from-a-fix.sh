#!/usr/bin/env bash
# A fix in decimal degrees is 79 kilometres elsewhere, or refused, once a nought at its end is left out.
#
# geo-coordinates-parser 1.7.4, coordinate-parser 1.0.7 and parse-dms 0.0.5 (npm), given three places in Nairobi and by Lake
# Victoria, in decimal degrees, each once with four decimals and once as JavaScript prints the same two numbers.
#
# Expected: both spellings are one place, since 36.8200 is 36.82.
# Seen: coordinate-parser and parse-dms say so. geo-coordinates-parser says so while both numbers have four decimals; where
# one of them has two it takes the point for what parts degrees from minutes and seconds: -1.2921, 36.82 is then 1°29'21"
# south and 36°8'2" east, off by 79 kilometres, and of -0.1019 the sign is gone as well. -1.2864, 36.81 is refused, since
# there are no 64 seconds. Its page says that 18.24S is read as degrees and minutes; of numbers with a sign and four decimals it
# says nothing.
#
# One position in a hundred ends with two noughts: a fleet's list that is typed or exported as text moves some vehicles.
#
# Exits with 1 when they say something else than when this was written (2026-11-30).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit geo-coordinates-parser@1.7.4 coordinate-parser@1.0.7 parse-dms@0.0.5 >/dev/null

cat >ask.mjs <<'JS'
import { convert } from 'geo-coordinates-parser';
import Coordinates from 'coordinate-parser';
import parseDms from 'parse-dms';

const Parser = Coordinates.default ?? Coordinates;
const parsers = {
  'geo-coordinates-parser': (text) => {
    const { decimalLatitude, decimalLongitude } = convert(text);
    return [decimalLatitude, decimalLongitude];
  },
  'coordinate-parser': (text) => {
    const place = new Parser(text);
    return [place.getLatitude(), place.getLongitude()];
  },
  'parse-dms': (text) => {
    const { lat, lon } = parseDms(text);
    return [lat, lon];
  },
};
const told = (parse, text) => {
  try {
    return parse(text)
      .map((degrees) => degrees.toFixed(4))
      .join(' ');
  } catch {
    return 'refused';
  }
};
for (const place of [['-1.2921', '36.8200'], ['-0.1019', '34.7500'], ['-1.2864', '36.8100']])
  for (const text of [place.join(', '), place.map(Number).join(', ')])
    for (const [name, parse] of Object.entries(parsers)) console.log(`${text} by ${name}: ${told(parse, text)}`);
JS
node ask.mjs | tee seen.txt

diff - seen.txt <<'TXT'
-1.2921, 36.8200 by geo-coordinates-parser: -1.2921 36.8200
-1.2921, 36.8200 by coordinate-parser: -1.2921 36.8200
-1.2921, 36.8200 by parse-dms: -1.2921 36.8200
-1.2921, 36.82 by geo-coordinates-parser: -1.4892 36.1339
-1.2921, 36.82 by coordinate-parser: -1.2921 36.8200
-1.2921, 36.82 by parse-dms: -1.2921 36.8200
-0.1019, 34.7500 by geo-coordinates-parser: -0.1019 34.7500
-0.1019, 34.7500 by coordinate-parser: -0.1019 34.7500
-0.1019, 34.7500 by parse-dms: -0.1019 34.7500
-0.1019, 34.75 by geo-coordinates-parser: 0.1719 34.1181
-0.1019, 34.75 by coordinate-parser: -0.1019 34.7500
-0.1019, 34.75 by parse-dms: -0.1019 34.7500
-1.2864, 36.8100 by geo-coordinates-parser: -1.2864 36.8100
-1.2864, 36.8100 by coordinate-parser: -1.2864 36.8100
-1.2864, 36.8100 by parse-dms: -1.2864 36.8100
-1.2864, 36.81 by geo-coordinates-parser: refused
-1.2864, 36.81 by coordinate-parser: -1.2864 36.8100
-1.2864, 36.81 by parse-dms: -1.2864 36.8100
TXT
echo 'as it was when this was written'
