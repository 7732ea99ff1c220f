#!/usr/bin/env bash
# OpenPAYGO's Python library never begins the list of used tokens that it needs to take a token that is entered late.
#
# openpaygo 0.6.3 (PyPI), on a new device (count 1): two tokens of one day each are made, and the customer types the second, then
# the first, then the second again. The count is the highest that was seen; the list of used counts is what the function gave
# back, and begins as nothing, as an empty list, or as a list with the count of the new device in it.
#
# Expected (the package's page, decode_token): `used_counts` is optional, is "returned by the function itself", and lets tokens be
# entered out of order. So the first token still adds its day, and the second is then known as used.
# Seen: with nothing or an empty list the function gives back None instead of a list, however many tokens it has taken, and the
# late token ends in a TypeError, neither taken nor refused; a repetition of the second does so too. With the 1 in the list all is
# as expected: the list is only continued where it is not empty.
#
# Tokens arrive by SMS, and two that were paid one after the other are often typed the wrong way round. A lender who keeps a lock's
# state by this function from a clean start loses a day that was paid, and has an error where the page promises ALREADY_USED.
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

for used in (None, [], [1]):
    said = [f'begins as {used}']
    count = 1
    for name, token in (('second', second), ('first', first), ('second again', second)):
        try:
            days, kind, now, known = decode_token(token=token, secret_key=KEY, count=count, used_counts=used)
        except TypeError:
            said.append(f'{name} TypeError')
            continue
        said.append(f'{name} {NAMES[kind]}')
        if now is not None:
            count, used = max(count, now), known
            said[-1] += f' {days:g} day, list {known}'
    print('; '.join(said))
PY
"$room/python/bin/python" "$room/ask.py" | tee "$room/seen.txt"

diff - "$room/seen.txt" <<'TXT'
begins as None; second ADD_TIME 1 day, list None; first TypeError; second again TypeError
begins as []; second ADD_TIME 1 day, list None; first TypeError; second again TypeError
begins as [1]; second ADD_TIME 1 day, list [1, 4]; first ADD_TIME 1 day, list [1, 2, 4]; second again ALREADY_USED
TXT
echo 'as it was when this was written'
