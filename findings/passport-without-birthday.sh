#!/usr/bin/env bash
# A passport whose holder has no known day of birth is valid with two packages and wrong with a third.
#
# mrz 5.0.2 and mrz-fast 1.0.9 (npm) and mrz 0.6.2 (PyPI), each given the machine-readable zone of a Ugandan specimen
# passport with right check digits: born on 17 May 1985, in May 1985, in 1985, and on a day of which nothing is known; and the first
# with a wrong check digit of the date.
#
# Expected (ICAO Doc 9303, part 3, section 4.8): parts of a date of birth that are unknown are written as the filler <, which counts
# as nought in check digits. All but the last are valid.
# Seen: all take the first and refuse the last. The npm packages take the three between as well, and give the six characters as the
# date of birth. PyPI's mrz calls the document wrong, for its date of birth.
#
# Who was born where births were not registered may have such a document. Whoever takes "not valid" for a photo that was misread
# asks this customer for another one for ever, and whoever takes "valid" has a date of birth that no calendar can read.
#
# Exits with 1 when one says something else than when this was written (2026-11-30).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit mrz@5.0.2 mrz-fast@1.0.9 >/dev/null
python3 -m venv python
./python/bin/pip install --quiet --disable-pip-version-check mrz==0.6.2

cat >ask.mjs <<'JS'
import { writeFileSync } from 'node:fs';
import { parse } from 'mrz';
import { parseMRZ } from 'mrz-fast';

const worth = (sign) => (sign === '<' ? 0 : parseInt(sign, 36));
const check = (text) => [...text].reduce((sum, sign, at) => sum + worth(sign) * [7, 3, 1][at % 3], 0) % 10;
const checked = (text) => `${text}${check(text)}`;
function passport(born, digit = check(born)) {
  const [number, birth, expiry, personal] = [checked('A00000000'), `${born}${digit}`, checked('310101'), checked('<'.repeat(14))];
  const whole = check(number + birth + expiry + personal);
  return ['P<UGASPECIMEN<<GRACE'.padEnd(44, '<'), `${number}UGA${birth}F${expiry}${personal}${whole}`];
}
const documents = {
  '850517': passport('850517'),
  '8505<<': passport('8505<<'),
  '85<<<<': passport('85<<<<'),
  '<<<<<<': passport('<<<<<<'),
  'wrong digit': passport('850517', (check('850517') + 1) % 10),
};
writeFileSync('documents.json', JSON.stringify(documents));
for (const [name, read] of [['mrz (npm)', parse], ['mrz-fast', parseMRZ]])
  for (const [born, lines] of Object.entries(documents)) {
    const { valid, fields } = read(lines);
    console.log(`${name}, ${born}: ${valid ? `valid, born ${fields.birthDate}` : 'not valid'}`);
  }
JS
cat >ask.py <<'PY'
import json
from mrz.checker.td3 import TD3CodeChecker

documents = {born: '\n'.join(lines) for born, lines in json.load(open('documents.json')).items()}
for born, text in documents.items():
    checker = TD3CodeChecker(text)
    wrong = ', '.join(name for name, _ in checker.report.falses)
    print(f'mrz (PyPI), {born}: {"valid" if checker else f"not valid: {wrong}"}')
PY
{
  node ask.mjs
  ./python/bin/python ask.py
} | tee seen.txt

diff - seen.txt <<'TXT'
mrz (npm), 850517: valid, born 850517
mrz (npm), 8505<<: valid, born 8505<<
mrz (npm), 85<<<<: valid, born 85<<<<
mrz (npm), <<<<<<: valid, born <<<<<<
mrz (npm), wrong digit: not valid
mrz-fast, 850517: valid, born 850517
mrz-fast, 8505<<: valid, born 8505<<
mrz-fast, 85<<<<: valid, born 85<<<<
mrz-fast, <<<<<<: valid, born <<<<<<
mrz-fast, wrong digit: not valid
mrz (PyPI), 850517: valid
mrz (PyPI), 8505<<: not valid: birth date
mrz (PyPI), 85<<<<: not valid: birth date
mrz (PyPI), <<<<<<: not valid: birth date
mrz (PyPI), wrong digit: not valid: birth date hash
TXT
echo 'as it was when this was written'
