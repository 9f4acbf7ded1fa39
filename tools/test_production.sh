#!/bin/sh
# Run unit, service and view tests, and the backbone of the browser tests, on PostgreSQL and Redis.
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
"$1/pytest" tests --ignore tests/e2e --ignore tests/unit --ignore tests/reports --ignore tests/test_access.py -n 2
"$1/pytest" tests/e2e -m backbone
