#!/bin/sh
# Lays out the data that the next start brings to a moment (UTC): the newest base backup that had ended by then, and the log up
# to there. Each restore makes a branch of the log, a timeline. The one that was written at that moment is followed: the newest
# one begins at the moment of the last restore, and what came after that moment is not in it.
# Everything that uses the database has to be stopped. What was there is kept beside it.
#   docker compose run --rm --no-deps -u postgres --entrypoint sh postgres /restore.sh '2026-11-29 08:00:00' [timeline]
set -eu
archive=${ARCHIVE:-/archive}
said=${1:?which moment, such as 2026-11-29 08:00:00 (UTC)}
moment=$(printf '%s\n' "$said" | sed -nE 's/^([0-9]{4}(-[0-9]{2}){2})[ T]([0-9]{2}(:[0-9]{2}){2}(\.[0-9]+)?)Z?$/\1 \3/p')
test -n "$moment" || { echo "$said is no moment such as 2026-11-29 08:00:00 (UTC)" >&2; exit 1; }
wanted=$(printf '%s\n' "$moment" | sed 's/\..*//; s/[-:]//g; s/ /T/')Z

# What a branch branched from is the archive's file <timeline>.history, which it got when the branch began.
mark=$(mktemp)
trap 'rm -f "$mark"' EXIT
touch -d "$(printf '%s\n' "$moment" | sed 's/\..*//; s/ /T/')Z" "$mark"
if [ $# -gt 1 ]; then timeline=$2
else
  newest=$(cd "$archive/wal" && find . -name '????????.history' ! -newer "$mark" | sort | tail -n 1)
  timeline=$(printf '%d' "0x$(basename "${newest:-./00000001.history}" .history)")
fi
history=$archive/wal/$(printf '%08X' "$timeline").history
test "$timeline" -eq 1 || test -e "$history" || { echo "the archive has no timeline $timeline" >&2; exit 1; }

# A place in the log as text that sorts like it.
place() { printf 'x%08X%08X' "0x${1%/*}" "0x${1#*/}"; }

# Whether the timeline goes on from a base backup: one of its own, or of one before it that ended before the branch.
leads() {
  began=$(sed -n '/^START WAL LOCATION: /p' "$1/backup_label")
  on=$(sed -n 's/^START TIMELINE: //p' "$1/backup_label")
  test "$on" != "$timeline" || return 0
  left=$(awk -v on="$on" '$1 == on { print $2 }' "$history" 2>/dev/null) || true
  kept=$(grep -lxF "$began" "$archive"/wal/*.backup 2>/dev/null | head -n 1)
  test -n "$left" && test -n "$kept" || return 1
  ended=$(sed -n 's/^STOP WAL LOCATION: \([^ ]*\) .*/\1/p' "$kept")
  expr "$(place "$ended")" '<=' "$(place "$left")" >/dev/null
}

# Backups are named by the second in which they ended.
base=
for name in $(cd "$archive/base" && ls -d ????????T??????Z 2>/dev/null | sort -r); do
  if expr "$name" '<' "$wanted" >/dev/null && leads "$archive/base/$name"; then base=$name; break; fi
done
if [ -z "$base" ]; then
  echo "no base backup that leads to timeline $timeline had ended by $moment; there are:" >&2
  ls "$archive/base" >&2
  exit 1
fi
test ! -e "$PGDATA/postmaster.pid" || { echo "a server runs, or was killed, over $PGDATA: stop it, or remove its postmaster.pid" >&2; exit 1; }
if [ -e "$PGDATA" ]; then mv "$PGDATA" "$PGDATA.before-$(date -u +%Y%m%dT%H%M%SZ)"; fi
mkdir -p "$(dirname "$PGDATA")"
cp -a "$archive/base/$base" "$PGDATA"
chmod 700 "$PGDATA"
cat >>"$PGDATA/postgresql.auto.conf" <<SETTINGS
restore_command = 'cp "$archive/wal/%f" "%p"'
recovery_target_time = '$moment+00'
recovery_target_timeline = '$timeline'
recovery_target_action = 'promote'
SETTINGS
touch "$PGDATA/recovery.signal"
echo "from $base to $moment UTC on timeline $timeline at the next start"
