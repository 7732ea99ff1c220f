#!/bin/sh
# The archive is a volume of its own, at best on another disk: the server's account writes there and nobody else reads it.
set -eu
mkdir -p /archive/wal /archive/base
chown postgres:postgres /archive /archive/wal /archive/base
chmod 700 /archive
exec docker-entrypoint.sh "$@"
