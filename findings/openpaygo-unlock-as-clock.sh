#!/usr/bin/env bash
# OpenPAYGO's Python library reads the token that unlocks a device for good as a clock to be set, where the token is an extended one.
#
# openpaygo 0.6.3 (PyPI): for a device whose last count is 1, a token DISABLE_PAYG is made twice, once as a standard token of nine
# digits and once as an extended one of twelve, and each is decoded with the same key and count. So is a token of 30 days each.
#
# Expected (the package's page): `extended_token` asks for a larger token, with which more days fit, and decode_token says what a
# token means; so both tokens DISABLE_PAYG are decoded as that, and both of 30 days as days that are added.
# Seen: the standard token is decoded as DISABLE_PAYG, with the 998 that stands for it. The extended one is decoded as SET_TIME
# with 998, though it was made by the same call with the same type: a device that does as it is told stops after 998 days instead
# of being its buyer's for ever. Tokens of days are the same in both lengths.
#
# Exits with 1 when it does something else than when this was written (2026-11-30).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3 -m venv "$room/python"
"$room/python/bin/pip" install --quiet --disable-pip-version-check openpaygo==0.6.3 siphash==0.0.1

cat >"$room/ask.py" <<'PY'
from openpaygo import TokenType, decode_token, generate_token

KEY = '000102030405060708090a0b0c0d0e0f'
NAMES = {value: name for name, value in vars(TokenType).items() if name.isupper()}

for extended in (False, True):
    for kind, days in ((TokenType.DISABLE_PAYG, None), (TokenType.ADD_TIME, 30)):
        _, token = generate_token(secret_key=KEY, count=1, token_type=kind, value=days, extended_token=extended)
        value, read, *_ = decode_token(token=token, secret_key=KEY, count=1)
        meant = '' if value is None else f' {value:g}'
        print(f'{len(token)} digits, made as {NAMES[kind]}: decoded as {NAMES[read]}{meant}')
PY
"$room/python/bin/python" "$room/ask.py" | tee "$room/seen.txt"

diff - "$room/seen.txt" <<'TXT'
9 digits, made as DISABLE_PAYG: decoded as DISABLE_PAYG 998
9 digits, made as ADD_TIME: decoded as ADD_TIME 30
12 digits, made as DISABLE_PAYG: decoded as SET_TIME 998
12 digits, made as ADD_TIME: decoded as ADD_TIME 30
TXT
echo 'as it was when this was written'
