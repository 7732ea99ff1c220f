#!/usr/bin/env bash
# Four of six parsers of coordinates put a garage in Kisumu north of the equator.
#
# geo-coordinates-parser 1.7.4, coordinate-parser 1.0.7, @mapbox/sexagesimal 1.2.0, parse-dms 0.0.5 and geodesy 2.4.0 (npm),
# geopy 2.5.0 (PyPI), given one latitude in degrees, minutes and seconds: 6 minutes and 7 seconds south,
# once with the letter S and once with a minus sign; and, to see that they know that sign, one degree more.
#
# Expected: all read the minus sign of -1°06'07", and so that of -0°06'07", which is -0.1019.
# Seen: all read S rightly, and the sign at one degree. At nought only parse-dms and geodesy do; the four others make a number
# of the degrees, in which nought has lost its sign, and say 0.1019: 23 kilometres away, on the other side.
#
# The equator goes through Uganda and Kenya: a geofence or a branch that is typed in this form lies in the wrong place
# between one degree and the line, and nowhere else in the world, where such a library is tried.
#
# Exits with 1 when they say something else than when this was written (2026-11-30).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit geo-coordinates-parser@1.7.4 coordinate-parser@1.0.7 @mapbox/sexagesimal@1.2.0 \
  parse-dms@0.0.5 geodesy@2.4.0 >/dev/null
python3 -m venv python
./python/bin/pip install --quiet --disable-pip-version-check geopy==2.5.0

cat >ask.mjs <<'JS'
import { convert } from 'geo-coordinates-parser';
import Coordinates from 'coordinate-parser';
import sexagesimal from '@mapbox/sexagesimal';
import parseDms from 'parse-dms';
import Dms from 'geodesy/dms.js';

const Parser = Coordinates.default ?? Coordinates;
const east = `34°45'00"`;
const latitudes = {
  'geo-coordinates-parser': (south) => convert(`${south}, ${east}${south.endsWith('S') ? 'E' : ''}`).decimalLatitude,
  'coordinate-parser': (south) => new Parser(`${south}, ${east}${south.endsWith('S') ? 'E' : ''}`).getLatitude(),
  '@mapbox/sexagesimal': (south) => sexagesimal.pair(`${south}, ${east}${south.endsWith('S') ? 'E' : ''}`)[0],
  'parse-dms': (south) => parseDms(`${south}, ${east}${south.endsWith('S') ? 'E' : ''}`).lat,
  geodesy: (south) => Dms.parse(south),
};
for (const [name, latitude] of Object.entries(latitudes))
  console.log(`${name}: ${[`0°06'07"S`, `-0°06'07"`, `-1°06'07"`].map((south) => latitude(south).toFixed(4)).join(' ')}`);
JS
cat >ask.py <<'PY'
from geopy.point import Point

said = [Point(text).latitude for text in ("0°06'07\"S, 34°45'00\"E", "-0°06'07\", 34°45'00\"", "-1°06'07\", 34°45'00\"")]
print("geopy:", *(f"{latitude:.4f}" for latitude in said))
PY
{
  node ask.mjs
  ./python/bin/python ask.py
} | tee seen.txt

diff - seen.txt <<'TXT'
geo-coordinates-parser: -0.1019 0.1019 -1.1019
coordinate-parser: -0.1019 0.1019 -1.1019
@mapbox/sexagesimal: -0.1019 0.1019 -1.1019
parse-dms: -0.1019 -0.1019 -1.1019
geodesy: -0.1019 -0.1019 -1.1019
geopy: -0.1019 0.1019 -1.1019
TXT
echo 'as it was when this was written'
