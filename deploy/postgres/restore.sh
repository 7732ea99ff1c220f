#!/bin/sh
# Lays out the data that the next start brings to a moment (UTC): the newest base backup before it, and the log up to there.
# Everything that uses the database has to be stopped. What was there is kept beside it.
#   docker compose run --rm --no-deps -u postgres --entrypoint sh postgres /restore.sh '2026-11-29 08:00:00'
set -eu
moment=${1:?which moment, such as 2026-11-29 08:00:00 (UTC)}
wanted=$(date -u -d "$moment UTC" +%Y%m%dT%H%M%SZ)
base=$(cd /archive/base && ls -d ????????T??????Z | sort | awk -v wanted="$wanted" '$0 <= wanted' | tail -n 1)
test -n "$base" || { echo "no base backup is older than $moment" >&2; exit 1; }
test ! -e "$PGDATA/postmaster.pid" || { echo "a server runs, or was killed, over $PGDATA: stop it, or remove its postmaster.pid" >&2; exit 1; }
if [ -e "$PGDATA" ]; then mv "$PGDATA" "$PGDATA.before-$(date -u +%Y%m%dT%H%M%SZ)"; fi
mkdir -p "$(dirname "$PGDATA")"
cp -a "/archive/base/$base" "$PGDATA"
chmod 700 "$PGDATA"
cat >>"$PGDATA/postgresql.auto.conf" <<SETTINGS
restore_command = 'cp "/archive/wal/%f" "%p"'
recovery_target_time = '$moment+00'
recovery_target_action = 'promote'
SETTINGS
touch "$PGDATA/recovery.signal"
echo "from $base to $moment UTC at the next start"
