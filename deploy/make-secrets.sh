#!/bin/sh
# Makes the secrets that nobody else gives out, each a file in the folder given; what is there already stays as it is.
# The containers read them as user 1000.
set -eu
folder=${1:?Usage: deploy/make-secrets.sh <folder>}
mkdir -p -m 700 "$folder"
cd "$folder"
umask 077

keep() {
  [ -s "$1" ] || cat >"$1"
}
for name in postgres-password temporal-db-password lockstep-db-password reader-token codec-token \
  okta-hook-secret login-hook-secret; do
  openssl rand -hex 32 | keep "$name"
done
openssl rand -base64 32 | keep payload-key
# As Standard Webhooks write their keys.
echo "whsec_$(openssl rand -base64 32)" | keep hr-hook-secret
echo "postgresql://lockstep:$(cat lockstep-db-password)@postgresql:5432/lockstep" | keep database-url

for name in okta-private-key.pem atlassian-scim-api-key; do
  [ -s "$name" ] || echo "yours to put into $folder: $name"
done
if [ "$(id -u)" = 0 ]; then chown 1000:1000 . ./*; fi
