#!/bin/bash
# As the entry point of the image: the first start makes the cluster and runs what lies in /docker-entrypoint-initdb.d,
# with a server that listens on its socket only; root becomes postgres.
set -euo pipefail
if [ "$1" != postgres ]; then exec "$@"; fi
mkdir -p "$PGDATA" /var/run/postgresql
chmod 700 "$PGDATA" || true
if [ "$(id -u)" = 0 ]; then
  chown -R postgres "$PGDATA" /var/run/postgresql
  exec gosu postgres "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE"); fi
  export POSTGRES_USER=${POSTGRES_USER:-postgres}
  initdb --username="$POSTGRES_USER" ${POSTGRES_INITDB_ARGS:-} --pwfile=<(echo "${POSTGRES_PASSWORD:?must be set}")
  printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
  pg_ctl --wait --options="$(printf '%q ' "${@:2}") -c listen_addresses=''" start
  for script in /docker-entrypoint-initdb.d/*.sh; do
    if [ -x "$script" ]; then "$script"; else . "$script"; fi
  done
  pg_ctl --wait --mode=fast stop
fi
exec "$@"
