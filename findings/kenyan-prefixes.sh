#!/usr/bin/env bash
# The prefix of a Kenyan mobile number does not say that it is Safaricom's, whose wallet is M-Pesa.
#
# phonenumbers 9.0.43 (libphonenumber's table of whom the regulator gave each block to), asked for the blocks of
# Kenya.
#
# Expected by whoever takes every number from 07 and 01 for Safaricom's: one network.
# Seen: 073, 0750-0756, 0760, 0762-0767, 078 and 010 are Airtel's, 077 and 0761 Telkom's, and some blocks are of
# small networks. Numbers can be ported, so that even a right prefix is a guess.
#
# Exits with 1 when the table says something else than when this was written (2026-11-28).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3 -m venv "$room/python"
"$room/python/bin/pip" install --quiet --disable-pip-version-check phonenumbers==9.0.43

cat >"$room/ask.py" <<'PY'
from phonenumbers.carrierdata import CARRIER_DATA
for prefix, names in sorted(CARRIER_DATA.items()):
    if prefix.startswith('254'):
        print('0' + prefix[3:], names['en'])
PY
"$room/python/bin/python" "$room/ask.py" >"$room/seen.txt"

expected() {
  cat <<'TXT'
010 Airtel
011 Safaricom
0120 Telkom
0121 Infura
0124 Finserve
0130 NRG Media Limited
0135 Airtel
0136 Airtel
0137 Airtel
0138 Airtel
0139 Airtel
014 Safaricom
018 Safaricom
070 Safaricom
071 Safaricom
072 Safaricom
073 Airtel
074 Safaricom
0744 Homeland Media
0747 JTL
075 Airtel
0757 Safaricom
0758 Safaricom
0759 Safaricom
076 Airtel
0761 Telkom
0768 Safaricom
0769 Safaricom
077 Telkom
078 Airtel
079 Safaricom
TXT
}
echo 'phonenumbers 9.0.43, blocks of Kenya (a longer prefix counts before a shorter one):'
cat "$room/seen.txt"
expected | diff - "$room/seen.txt" || { echo 'the table says something else now'; exit 1; }
