#!/bin/sh
# archive_command: a segment of the log comes into the archive whole or not at all, and is never written over. One that
# is there already, with the same content, was kept before a crash.
set -eu
kept=${ARCHIVE:-/archive}/wal/$2
cmp -s "$1" "$kept" && exit 0
test ! -e "$kept"
cp "$1" "$kept.part"
sync "$kept.part"
mv "$kept.part" "$kept"
sync "$(dirname "$kept")"
