#!/bin/sh
# Brings Temporal's two databases to the schema of the server's version: run it with the admin-tools of that version,
# before the server starts. May be repeated.
set -eu
for database in temporal temporal_visibility; do
  temporal-sql-tool --database "$database" setup-schema --version 0.0
  temporal-sql-tool --database "$database" update-schema --schema-name "postgresql/v12/${database#temporal_}"
done
