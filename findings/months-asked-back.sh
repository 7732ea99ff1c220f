#!/usr/bin/env bash
# Six libraries agree on which day a plan's third month ends, and have three answers to how many months have passed on it.
#
# luxon 3.7.2, dayjs 1.11.23, date-fns 4.4.0, temporal-polyfill 1.0.8, @js-joda/core 6.3.2 (npm) and age() of PostgreSQL 17 (PGlite
# 0.3.14), each asked for the day that is 1 to 24 months after each day of 2026, and then for the whole months from the first to
# that day.
#
# Expected: the number that was added comes back, as whoever counts the instalments that are due relies on; or, if the last day of a
# shorter month does not count as a month after the 31st, it never does. date-fns' page speaks of full months, without exceptions.
# Seen: all name the same days: where a month has no such day it is its last. luxon and dayjs give each number back. Temporal,
# js-joda and age() give one too few each time that a day was moved (31 January to 28 February is no month but 28 days). date-fns
# is of both minds: the number where the day was moved to the end of February, or by one month alone, but one too few where it
# was moved to a 30th by more months than one: from 31 January it is one month to 28 February, two to 31 March and again two to
# 30 April.
#
# Of a plan by the month that begins on a 31st, the count of what is due is one short on each due day of a month of thirty days, and
# tests of a single month or of February, where everybody looks, pass. A plan has to keep the due days that it computed and count
# those.
#
# Exits with 1 when one says something else than when this was written (2026-11-30).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit luxon@3.7.2 dayjs@1.11.23 date-fns@4.4.0 temporal-polyfill@1.0.8 @js-joda/core@6.3.2 \
  @electric-sql/pglite@0.3.14 >/dev/null

cat >ask.mjs <<'JS'
import { PGlite } from '@electric-sql/pglite';
import { ChronoUnit, LocalDate } from '@js-joda/core';
import { addMonths, differenceInMonths } from 'date-fns';
import dayjs from 'dayjs';
import utc from 'dayjs/plugin/utc.js';
import { DateTime } from 'luxon';
import { Temporal } from 'temporal-polyfill';

dayjs.extend(utc);
const luxon = (day) => DateTime.fromISO(day, { zone: 'utc' });
const iso = (date) => date.toISOString().slice(0, 10);
const libraries = {
  luxon: {
    after: (day, months) => luxon(day).plus({ months }).toISODate(),
    between: (from, to) => Math.trunc(luxon(to).diff(luxon(from), 'months').months),
  },
  dayjs: {
    after: (day, months) => dayjs.utc(day).add(months, 'month').format('YYYY-MM-DD'),
    between: (from, to) => dayjs.utc(to).diff(dayjs.utc(from), 'month'),
  },
  'date-fns': {
    after: (day, months) => iso(addMonths(new Date(day), months)),
    between: (from, to) => differenceInMonths(new Date(to), new Date(from)),
  },
  Temporal: {
    after: (day, months) => Temporal.PlainDate.from(day).add({ months }).toString(),
    between: (from, to) => Temporal.PlainDate.from(from).until(to, { largestUnit: 'months' }).months,
  },
  'js-joda': {
    after: (day, months) => LocalDate.parse(day).plusMonths(months).toString(),
    between: (from, to) => ChronoUnit.MONTHS.between(LocalDate.parse(from), LocalDate.parse(to)),
  },
};

const asked = [];
for (let day = Date.UTC(2026, 0, 1); day < Date.UTC(2027, 0, 1); day += 86_400_000)
  for (let months = 1; months <= 24; months += 1) asked.push([iso(new Date(day)), months]);
const answers = Object.entries(libraries).map(([name, { after, between }]) => [
  name,
  asked.map(([day, months]) => [after(day, months), between(day, after(day, months))]),
]);
const { rows } = await new PGlite().query(
  `select to_char(day + n * interval '1 month', 'YYYY-MM-DD') as due,
     (extract(year from passed) * 12 + extract(month from passed))::int as months
   from generate_series(timestamp '2026-01-01', '2026-12-31', '1 day') as day, generate_series(1, 24) as n,
     age(day + n * interval '1 month', day) as passed
   order by day, n`,
);
answers.push(['age()', rows.map(({ due, months }) => [due, months])]);

for (const [day, months] of [['2026-01-31', 1], ['2026-01-31', 2], ['2026-01-31', 3], ['2026-05-31', 6]]) {
  const at = asked.findIndex(([from, added]) => from === day && added === months);
  const said = answers.map(([name, all]) => `${name} ${all[at][1]}`);
  console.log(`${day}, ${months} later ${answers[0][1][at][0]}, between them: ${said.join(', ')}`);
}
const [[, days]] = answers;
const kinds = {
  'to the end of February': (due) => due.slice(5, 7) === '02',
  'to a 30th by one month': (due, months) => due.slice(5, 7) !== '02' && months === 1,
  'to a 30th by more': (due, months) => due.slice(5, 7) !== '02' && months > 1,
};
for (const [name, all] of answers) {
  const cases = all.map(([due, passed], at) => ({ due, day: asked[at][0], added: asked[at][1], passed }));
  const same = cases.every(({ due }, at) => due === days[at][0]) ? 'the same days' : 'other days';
  const moved = cases.filter(({ day, due }) => day.slice(8) !== due.slice(8));
  const short = Object.entries(kinds).map(([kind, is]) => {
    const of = moved.filter(({ due, added }) => is(due, added));
    return `${kind} ${of.filter(({ added, passed }) => passed === added - 1).length} of ${of.length}`;
  });
  const others = cases.filter((one) => !moved.includes(one) && one.passed !== one.added).length;
  console.log(`${name}: ${same}; one too few ${short.join(', ')}; wrong elsewhere ${others}`);
}
JS
TZ=UTC node ask.mjs | tee seen.txt

diff - seen.txt <<'TXT'
2026-01-31, 1 later 2026-02-28, between them: luxon 1, dayjs 1, date-fns 1, Temporal 0, js-joda 0, age() 0
2026-01-31, 2 later 2026-03-31, between them: luxon 2, dayjs 2, date-fns 2, Temporal 2, js-joda 2, age() 2
2026-01-31, 3 later 2026-04-30, between them: luxon 3, dayjs 3, date-fns 2, Temporal 2, js-joda 2, age() 2
2026-05-31, 6 later 2026-11-30, between them: luxon 6, dayjs 6, date-fns 5, Temporal 5, js-joda 5, age() 5
luxon: the same days; one too few to the end of February 0 of 48, to a 30th by one month 0 of 4, to a 30th by more 0 of 52; wrong elsewhere 0
dayjs: the same days; one too few to the end of February 0 of 48, to a 30th by one month 0 of 4, to a 30th by more 0 of 52; wrong elsewhere 0
date-fns: the same days; one too few to the end of February 0 of 48, to a 30th by one month 0 of 4, to a 30th by more 52 of 52; wrong elsewhere 0
Temporal: the same days; one too few to the end of February 48 of 48, to a 30th by one month 4 of 4, to a 30th by more 52 of 52; wrong elsewhere 0
js-joda: the same days; one too few to the end of February 48 of 48, to a 30th by one month 4 of 4, to a 30th by more 52 of 52; wrong elsewhere 0
age(): the same days; one too few to the end of February 48 of 48, to a 30th by one month 4 of 4, to a 30th by more 52 of 52; wrong elsewhere 0
TXT
echo 'as it was when this was written'
