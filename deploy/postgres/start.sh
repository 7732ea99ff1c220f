#!/bin/sh
# The archive is a volume of its own, at best on another disk: the server's account writes there and nobody else reads it.
# What the data lie in is that account's as well, since restore.sh moves them aside.
set -eu
data=$(dirname "$PGDATA")
mkdir -p /archive/wal /archive/base "$data"
chown postgres:postgres /archive /archive/wal /archive/base "$data"
chmod 700 /archive
exec docker-entrypoint.sh "$@"
