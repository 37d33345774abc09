#!/bin/sh
# Runs a command that takes a secret from its environment, with the secret from a file: NAME_FILE names the file, and NAME
# is set for the command only, so that `docker inspect` does not show it. Secrets that lockstep.yaml refers to need none
# of this: { file: /run/secrets/... } reads them.
set -eu
for name in DATABASE_URL LOCKSTEP_READER_TOKEN TEMPORAL_API_KEY \
  PGPASSWORD TEMPORAL_DB_PASSWORD LOCKSTEP_DB_PASSWORD SQL_PASSWORD POSTGRES_PWD; do
  eval "file=\${${name}_FILE:-}"
  [ -n "$file" ] || continue
  value=$(cat "$file")
  export "$name=$value"
  unset "${name}_FILE"
done
exec "$@"
