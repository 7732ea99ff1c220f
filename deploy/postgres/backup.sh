#!/bin/sh
# A base backup into the archive, named by the second in which it ended, which is the first that it can be restored to; the
# newest seven stay, and of the log what they need. One that was killed leaves nothing behind that the next does not remove.
#   docker compose exec -u postgres postgres sh /backup.sh
set -eu
cd "${ARCHIVE:-/archive}/base"
exec 9>../base.lock
flock -n 9 || { echo 'another backup is under way' >&2; exit 1; }
rm -rf ./*.part
trap 'rm -rf ./*.part' EXIT
trap 'exit 1' HUP INT TERM
pg_basebackup --username=postgres --checkpoint=fast --wal-method=none --pgdata=now.part
name=$(date -u +%Y%m%dT%H%M%SZ)
mv now.part "$name"
ls -d ????????T??????Z | sort -r | tail -n +8 | xargs -r rm -r
oldest=$(ls -d ????????T??????Z | sort | head -n 1)
first=$(sed -n 's/^START WAL LOCATION: .* (file \(.*\))$/\1/p' "$oldest/backup_label")
pg_archivecleanup ../wal "$first"
# The figure database_backup_timestamp_seconds reads it, and the alert BaseBackupOld goes by that.
psql --no-psqlrc --quiet --username=postgres --dbname="${DATABASE:-marketplace}" --set=said="base backup $name" --set=database="${DATABASE:-marketplace}" <<'SQL'
comment on database :"database" is :'said';
SQL
echo "$name is there; the log is kept from $first on"
