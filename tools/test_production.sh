#!/bin/sh
# Run service tests, the screens that lean on the database's ways, and the backbone of the browser tests on PostgreSQL and Redis.
set -eu
if [ -z "${TEST_DATABASE_URL:-}" ] || [ -z "${TEST_REDIS_URL:-}" ]; then
    if [ -n "${SHENBAO_CI:-}" ]; then
        echo "TEST_DATABASE_URL and TEST_REDIS_URL must be set in CI" >&2
        exit 1
    fi
    echo "SKIPPED: production parts (set TEST_DATABASE_URL and TEST_REDIS_URL to test on PostgreSQL and Redis)"
    exit 0
fi
export TEST_PARTS=production
# Locks, JSON, searching, keyset pages, one-time secrets and rate limits differ between the two sets of parts.
screens="declaration_form declaring review portal login certification openid_provider sign_on odd_input arrival"
files=""
for screen in $screens; do
    files="$files tests/views/test_$screen.py"
done
"$1/pytest" tests/services $files -n 2
"$1/pytest" tests/e2e -m backbone
