#!/usr/bin/env bash
# A line that is written with fewer decimals lets beancount take a transaction that does not balance.
#
# beancount 3.2.3, books in Kenyan shillings without options, each transaction five hundredths short of nought (a
# customer's instalment of 10 shillings, of which 10.05 are booked as income), written in four ways.
#
# Expected: all four are refused, since their sums are the same; hledger 1.25 refuses them.
# Seen: 10.00 against 10.05 is refused and 10 against 10.05 too, but 10.0 against 10.05 is taken, and so is 100.0 with
# 100.00 against 200.05. What may be missing is half a unit of the last digit of the line with the fewest decimals, if
# it has any, however many the others have.
#
# For a lender's export it matters since a program that writes amounts by its shortest form (10.5 for 10.50) makes the
# check of the books miss up to five hundredths in each such transaction: every amount of a currency has to be written
# with all its decimals, or with a stated tolerance of nought.
#
# Exits with 1 when it says something else than when this was written (2026-11-29).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3 -m venv "$room/python"
"$room/python/bin/pip" install --quiet --disable-pip-version-check beancount==3.2.3

cat >"$room/ask.py" <<'PY'
from decimal import Decimal
from beancount import loader

HEAD = '2026-01-01 open Assets:Mpesa KES\n2026-01-01 open Income:Instalments KES\n'
NOUGHT = 'option "inferred_tolerance_default" "KES:0"\noption "tolerance_multiplier" "0"\n'

def ask(debits, credit, options=''):
    lines = ''.join(f'  Assets:Mpesa  {debit} KES\n' for debit in debits)
    text = f'{options}{HEAD}2026-03-03 * "instalment"\n{lines}  Income:Instalments  -{credit} KES\n'
    _, errors, _ = loader.load_string(text)
    rest = sum(map(Decimal, debits)) - Decimal(credit)
    said = 'taken' if not errors else 'refused'
    print(f'{" + ".join(debits)} against {credit}: {rest} is missing, {said}')

ask(['10.00'], '10.05')
ask(['10'], '10.05')
ask(['10.0'], '10.05')
ask(['100.0', '100.00'], '200.05')
print('with a tolerance of nought:')
ask(['10.0'], '10.05', NOUGHT)
PY
"$room/python/bin/python" "$room/ask.py" | tee "$room/seen.txt"

diff - "$room/seen.txt" <<'TXT'
10.00 against 10.05: -0.05 is missing, refused
10 against 10.05: -0.05 is missing, refused
10.0 against 10.05: -0.05 is missing, taken
100.0 + 100.00 against 200.05: -0.05 is missing, taken
with a tolerance of nought:
10.0 against 10.05: -0.05 is missing, refused
TXT
echo 'as it was'
