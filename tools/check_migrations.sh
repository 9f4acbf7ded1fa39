#!/bin/sh
# Upgrade an empty database and compare it with the models; prints the difference when there is one.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export SHENBAO_INSTANCE="$folder" FLASK_APP=run:app
unset DATABASE_URL REDIS_URL
"$1/flask" db upgrade
"$1/flask" db check
