#!/bin/sh
# A base backup into the archive; the newest seven stay, and of the log what they need.
#   docker compose exec -u postgres postgres sh /backup.sh
set -eu
name=$(date -u +%Y%m%dT%H%M%SZ)
pg_basebackup --username=postgres --checkpoint=fast --wal-method=none --pgdata="/archive/base/$name.part"
mv "/archive/base/$name.part" "/archive/base/$name"
cd /archive/base
ls -d ????????T??????Z | sort -r | tail -n +8 | xargs -r rm -r
oldest=$(ls -d ????????T??????Z | sort | head -n 1)
first=$(sed -n 's/^START WAL LOCATION: .* (file \(.*\))$/\1/p' "$oldest/backup_label")
pg_archivecleanup /archive/wal "$first"
echo "$name is there; the log is kept from $first on"
