#!/usr/bin/env bash
# An upsert on a partial unique index whose predicate is a bound value works five times on a connection, then fails.
#
# PGlite 0.3.14 (PostgreSQL 17 in WebAssembly): "insert … on conflict (key) where status = $2 do nothing", prepared
# once, as drivers do that name their statements and as query builders write it from eq(table.status, 'open').
#
# Expected: the statement is either refused when it is prepared, since no index has a predicate with a parameter, or
# it works however often it is executed.
# Seen: the first five executions are planned with the value in place, so that the index of open rows is found. The
# sixth takes the plan for any value, in which $2 is no constant, and ends with 42P10: no unique or exclusion
# constraint matches. With the word written into the statement it works each time. With force_custom_plan as well.
#
# For books it matters since the upsert is what makes a repetition harmless: tests that repeat a step once or twice
# pass, and a worker fails at the sixth case of its connection.
#
# Exits with 1 when it behaves otherwise than when this was written (2026-11-28).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
npm install --silent --no-audit --no-fund --prefix "$room" @electric-sql/pglite@0.3.14 >/dev/null
cat >"$room/try.mjs" <<'JS'
import { PGlite } from '@electric-sql/pglite';

const db = new PGlite();
await db.exec(`
  create table cases (key text not null, status text not null);
  create unique index cases_open on cases (key) where status = 'open';
  prepare by_value (text, text) as
    insert into cases values ($1, 'open') on conflict (key) where status = $2 do nothing;
  prepare by_word (text) as
    insert into cases values ($1, 'open') on conflict (key) where status = 'open' do nothing;`);
const tries = async (statement) => {
  const codes = [];
  for (let i = 0; i < 8; i += 1)
    codes.push(await db.exec(statement(i)).then(() => 'ok', ({ code }) => code));
  return codes.join(' ');
};
console.log('by value:', await tries((i) => `execute by_value('v${i}', 'open')`));
console.log('by word: ', await tries((i) => `execute by_word('w${i}')`));
await db.exec("deallocate by_value; set plan_cache_mode = 'force_custom_plan'");
await db.exec(`prepare by_value (text, text) as
  insert into cases values ($1, 'open') on conflict (key) where status = $2 do nothing`);
console.log('custom:  ', await tries((i) => `execute by_value('c${i}', 'open')`));
JS
cat >"$room/expected.txt" <<'TXT'
by value: ok ok ok ok ok 42P10 42P10 42P10
by word:  ok ok ok ok ok ok ok ok
custom:   ok ok ok ok ok ok ok ok
TXT
node "$room/try.mjs" | tee "$room/seen.txt"
diff "$room/expected.txt" "$room/seen.txt" && echo 'as when this was written'
