#!/bin/sh
# Runs once, when the data directory is empty: a role and databases for each of the two that keep data here,
# neither of which can read the other's.
set -eu

psql --no-psqlrc -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  -v marketplace_password="$(cat /run/secrets/marketplace_password)" \
  -v temporal_password="$(cat /run/secrets/temporal_password)" <<'SQL'
create role marketplace login password :'marketplace_password';
create role temporal login password :'temporal_password';
-- Its figures are of the transactions of all roles: one of another that stays open holds up the same rows.
grant pg_read_all_stats to marketplace;
create database marketplace owner marketplace;
create database temporal owner temporal;
create database temporal_visibility owner temporal;
revoke connect on database marketplace, temporal, temporal_visibility from public;
SQL
