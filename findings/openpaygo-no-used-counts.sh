#!/usr/bin/env bash
# OpenPAYGO's Python library keeps a list of used tokens only where that list is not empty to begin with.
#
# openpaygo 0.6.3 (PyPI), on a new device (count 1): two tokens of one day each are made, and the second is typed first. The list of
# used counts is what the function gave back, and begins as nothing, as an empty list, or as a list with the count of the new
# device in it.
#
# Expected (the package's page, decode_token): `used_counts` is optional, is "returned by the function itself", and lets tokens be
# entered out of order. However it begins, the function gives back which counts are used by now.
# Seen: beginning with nothing or with an empty list the token adds its day and the function gives back None instead of a list,
# however many tokens it has taken. With the 1 in the list it gives back [1, 4], the first token still adds its day afterwards, and
# the second is known as used when it is typed again.
#
# Tokens arrive by SMS, and two that were paid one after the other are often typed the wrong way round. A lender who keeps a lock's
# state by this function from a clean start has no list by which the late one could be told from one that was used.
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
first_count, first = generate_token(secret_key=KEY, count=1, value=1)
_, second = generate_token(secret_key=KEY, count=first_count, value=1)
NAMES = {value: name for name, value in vars(TokenType).items() if name.isupper()}

def typed(name, token, count, used):
    days, kind, now, known = decode_token(token=token, secret_key=KEY, count=count, used_counts=used)
    taken = '' if now is None else f' {days:g} day, list {known}'
    return f'{name} {NAMES[kind]}{taken}', count if now is None else max(count, now), known or used


for used in (None, [], [1]):
    said, count, known = typed('second', second, 1, used)
    lines = [f'begins as {used}', said]
    for name, token in (('first', first), ('second again', second)) if known else ():
        said, count, known = typed(name, token, count, known)
        lines.append(said)
    print('; '.join(lines))
PY
"$room/python/bin/python" "$room/ask.py" | tee "$room/seen.txt"

diff - "$room/seen.txt" <<'TXT'
begins as None; second ADD_TIME 1 day, list None
begins as []; second ADD_TIME 1 day, list None
begins as [1]; second ADD_TIME 1 day, list [1, 4]; first ADD_TIME 1 day, list [1, 2, 4]; second again ALREADY_USED
TXT
echo 'as it was when this was written'
