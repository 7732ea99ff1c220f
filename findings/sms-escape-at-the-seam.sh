#!/usr/bin/env bash
# Whether a text is two SMS or three depends on whom one asks, if a bracket falls on the seam.
#
# sms-segments-calculator 1.3.0, split-sms 0.1.7, gsm 0.1.4, sms-length 0.2.2 and sms-counter 1.0.0 (npm), asked how many parts a
# reminder of 305 letters has. A bracket is its 153rd letter; with the bracket's escape it is 306 septets, which is twice 153.
#
# Expected (3GPP TS 23.038, 6.2.1.1, and TS 23.040, 9.2.3.24.1): three. An escape and its letter stay together: the bracket
# does not fit into the one septet that is left of the first part, goes into the second, and the last letter is pushed out
# of that. With the bracket as the 152nd letter it is two.
# Seen: the first three packages say three and two. sms-length and sms-counter divide 306 by 153 and say two for both.
#
# A lender pays for each part: a ceiling of two parts that is checked by division lets texts pass that cost half as much
# again, by the length of a name before the bracket.
#
# Exits with 1 when one says something else than when this was written (2026-11-29).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
npm install --silent --no-fund --no-audit --prefix "$room" sms-segments-calculator@1.3.0 split-sms@0.1.7 gsm@0.1.4 \
  sms-length@0.2.2 sms-counter@1.0.0 >/dev/null

cat >ask.mjs <<'JS'
import gsm from 'gsm';
import segments from 'sms-segments-calculator';
import counter from 'sms-counter';
import length from 'sms-length';
import split from 'split-sms';

const asked = {
  'sms-segments-calculator': (text) => new segments.SegmentedMessage(text).segmentsCount,
  'split-sms': (text) => split.split(text).parts.length,
  gsm: (text) => gsm(text).sms_count,
  'sms-length': (text) => length.count(text).messages,
  'sms-counter': (text) => counter.count(text).messages,
};
for (const [name, count] of Object.entries(asked)) {
  const parts = [152, 151].map((before) => count(`${'a'.repeat(before)}[${'a'.repeat(304 - before)}`));
  console.log(`${name}: ${parts[0]} with the bracket on the seam, ${parts[1]} with it before`);
}
JS
node ask.mjs | tee seen.txt

diff - seen.txt <<'TXT'
sms-segments-calculator: 3 with the bracket on the seam, 2 with it before
split-sms: 3 with the bracket on the seam, 2 with it before
gsm: 3 with the bracket on the seam, 2 with it before
sms-length: 2 with the bracket on the seam, 2 with it before
sms-counter: 2 with the bracket on the seam, 2 with it before
TXT
echo 'as it was'
