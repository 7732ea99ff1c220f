#!/bin/sh
# Brings Temporal's two databases to the server's version. A second run changes nothing.
# Host and user come as SQL_HOST and SQL_USER.
set -eu
SQL_PASSWORD=$(cat /run/secrets/temporal_password)
export SQL_PASSWORD

schema=/etc/temporal/schema/postgresql/v12
for pair in temporal:temporal temporal_visibility:visibility; do
  database=${pair%%:*}
  temporal-sql-tool --plugin postgres12 --database "$database" setup-schema --version 0.0
  temporal-sql-tool --plugin postgres12 --database "$database" update-schema --schema-dir "$schema/${pair##*:}/versioned"
done
