#!/usr/bin/env bash
# Two packages of public holidays disagree about Rwanda and Kenya, with each other and with the law.
#
# holidays 0.108 (Python) and date-holidays 3.37.0 (JavaScript), asked for the public holidays of a year.
#
# Expected, Rwanda (Presidential Order 54/01 of 2017, article 4): a holiday on a Saturday or Sunday, 7 April
# excepted, makes the following working day one; two in a row on one weekend make one.
# Seen: holidays moves those of a Saturday and of a Sunday, and of Christmas and Boxing Day on one weekend the
# first alone, which comes to the same; date-holidays moves none, in any year.
#
# Expected, Kenya (Public Holidays Act, cap. 110): Good Friday and Easter Monday are holidays, Easter Sunday is
# none; Idd-ul-Azha is one of people of the Muslim faith, until it is gazetted for everybody.
# Seen: holidays agrees; date-holidays counts both as public every year.
#
# Exits with 1 when either package says something else than when this was written (2026-11-28).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3 -m venv "$room/python"
"$room/python/bin/pip" install --quiet --disable-pip-version-check holidays==0.108
npm install --silent --no-audit --no-fund --prefix "$room" date-holidays@3.37.0 >/dev/null

cat >"$room/ask.py" <<'PY'
import holidays
for country in ('RW', 'KE'):
    for year in (2026, 2027):
        for date in sorted(holidays.country_holidays(country, years=year)):
            print(country, date)
PY
cat >"$room/ask.cjs" <<'JS'
const Holidays = require('date-holidays');
for (const country of ['RW', 'KE'])
  for (const year of [2026, 2027])
    for (const { type, date } of new Holidays(country).getHolidays(year))
      if (type === 'public') console.log(country, date.slice(0, 10));
JS
"$room/python/bin/python" "$room/ask.py" | sort -u >"$room/python.txt"
(cd "$room" && node ask.cjs) | sort -u >"$room/node.txt"

expected() { # one line a day: the law, and each package
  cat <<'TXT'
RW 2026-07-06 law=yes holidays=yes date-holidays=no
RW 2026-12-28 law=yes holidays=yes date-holidays=no
RW 2027-07-05 law=yes holidays=yes date-holidays=no
RW 2027-12-27 law=yes holidays=yes date-holidays=no
RW 2027-12-28 law=no holidays=no date-holidays=no
KE 2026-04-05 law=no holidays=no date-holidays=yes
KE 2027-05-16 law=no holidays=no date-holidays=yes
KE 2027-10-11 law=yes holidays=yes date-holidays=yes
KE 2027-12-27 law=yes holidays=yes date-holidays=yes
TXT
}
has() { grep -qx "$1" "$2" && echo yes || echo no; }
expected | while read -r country date law _; do
  echo "$country $date $law holidays=$(has "$country $date" "$room/python.txt") date-holidays=$(has "$country $date" "$room/node.txt")"
done >"$room/seen.txt"

echo 'holidays 0.108 and date-holidays 3.37.0, days on which offices are closed:'
cat "$room/seen.txt"
expected | diff - "$room/seen.txt" || { echo 'the packages say something else now'; exit 1; }
