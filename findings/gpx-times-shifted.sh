#!/usr/bin/env bash
# A track with one fix without a time gives all later fixes the wrong time on its way through GeoJSON.
#
# @tmcw/togeojson 7.1.3 with @xmldom/xmldom 0.9.12, and togpx 0.5.4 (npm), given a track in GPX 1.1 of five fixes a minute apart, of
# which the second has no time, as GPX allows (`time` is optional); and a track of two segments of which the first has no times
# at all, as one that was drawn has none. The GeoJSON is then made GPX again, with the times where togeojson put them.
#
# Expected: the list of times is as long as the list of coordinates, with null where there is none. togeojson does so for
# what a fix has in its extensions, such as a pulse, and a maintainer of its predecessor wrote that both lists are symmetrical.
# Seen: a time that is missing is left out, and the list is one shorter: the second fix has the time of the third, and so on, and
# the last has none. The list of pulses is five long, with null in its place. Of the two segments the only list of times comes
# first, and belongs to the second. togpx reads by position, as one has to, and writes without complaint a track in which each fix
# after the first has another's time or none.
#
# Where a vehicle was at a time, and how fast it went between two fixes, is then wrong for the rest of the track, by one fix for
# each that has no time.
#
# Exits with 1 when they say something else than when this was written (2026-11-30).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @tmcw/togeojson@7.1.3 @xmldom/xmldom@0.9.12 togpx@0.5.4 >/dev/null

cat >ask.mjs <<'JS'
import { gpx } from '@tmcw/togeojson';
import { DOMParser } from '@xmldom/xmldom';
import togpx from 'togpx';

const GPX = 'http://www.topografix.com/GPX/1/1';
const PULSE = 'http://www.garmin.com/xmlschemas/TrackPointExtension/v1';
const pulsed = (name, content) => `<gpxtpx:${name}>${content}</gpxtpx:${name}>`;
const fix = (minute, { timed = true, pulse = true } = {}) => `
  <trkpt lat="0.31" lon="32.5${minute}">
    ${timed ? `<time>2026-03-02T06:0${minute}:00Z</time>` : ''}
    ${pulse ? `<extensions>${pulsed('TrackPointExtension', pulsed('hr', `8${minute}`))}</extensions>` : ''}
  </trkpt>`;
const track = (...segments) =>
  gpx(
    new DOMParser().parseFromString(
      `<gpx version="1.1" creator="a tracker" xmlns="${GPX}" xmlns:gpxtpx="${PULSE}"><trk>` +
        segments.map((fixes) => `<trkseg>${fixes.join('')}</trkseg>`).join('') +
        '</trk></gpx>',
      'text/xml',
    ),
  );
const clock = (time) => time?.slice(11, 16) ?? 'none';

const one = track([fix(1), fix(2, { timed: false, pulse: false }), fix(3), fix(4), fix(5)]);
const [{ geometry, properties }] = one.features;
const { times, heart } = properties.coordinateProperties;
console.log(`${geometry.coordinates.length} coordinates, ${times.length} times, pulse ${JSON.stringify(heart)}`);

const again = new DOMParser().parseFromString(
  togpx(one, { featureCoordTimes: (feature) => feature.properties.coordinateProperties.times }),
  'text/xml',
);
for (const point of Array.from(again.getElementsByTagName('trkpt'))) {
  const [minute] = point.getAttribute('lon').slice(-1);
  const was = minute === '2' ? 'none' : `06:0${minute}`;
  console.log(`fix ${minute}: was ${was}, is ${clock(point.getElementsByTagName('time')[0]?.textContent)}`);
}

const untimed = { timed: false, pulse: false };
const [two] = track([fix(1, untimed), fix(2, untimed)], [fix(3), fix(4)]).features;
const lists = two.properties.coordinateProperties.times.map((list) => list.map(clock).join(' '));
console.log(`${two.geometry.coordinates.length} segments, lists of times: ${lists.length} (${lists.join('; ')})`);
JS
node ask.mjs | tee seen.txt

diff - seen.txt <<'TXT'
5 coordinates, 4 times, pulse [81,null,83,84,85]
fix 1: was 06:01, is 06:01
fix 2: was none, is 06:03
fix 3: was 06:03, is 06:04
fix 4: was 06:04, is 06:05
fix 5: was 06:05, is none
2 segments, lists of times: 1 (06:03 06:04)
TXT
echo 'as it was when this was written'
