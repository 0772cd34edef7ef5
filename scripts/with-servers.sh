#!/usr/bin/env bash
# Runs a command beside a private PostgreSQL and a private Redis on free ports of 127.0.0.1, known
# to it as TEST_POSTGRES_URL (with its log as TEST_POSTGRES_LOG) and TEST_REDIS_URL; both end with
# it, whatever happens.
set -euo pipefail

# A test opens thousands of connections.
ulimit -S -n 8192 2>/dev/null || true

folder=$(mktemp -d)
chmod 755 "$folder"
postgres_bin=$(dirname "$(ls -d /usr/lib/postgresql/*/bin/initdb | tail -n 1)")
# PostgreSQL refuses to run as root.
if [ "$(id -u)" = 0 ]; then
    as=(setpriv --reuid postgres --regid postgres --clear-groups)
    install -d -o postgres -g postgres "$folder/postgres"
else
    as=()
    mkdir "$folder/postgres"
fi

end() {
    status=$?
    trap - EXIT INT TERM
    [ -n "${redis:-}" ] && kill "$redis" 2>/dev/null
    [ -n "${postgres:-}" ] && kill -INT "$postgres" 2>/dev/null
    wait 2>/dev/null || true
    rm -rf "$folder"
    exit "$status"
}
trap end EXIT INT TERM

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

"${as[@]}" env LC_ALL=C.UTF-8 "$postgres_bin/initdb" -D "$folder/postgres/data" -U postgres -A trust -E UTF8 >/dev/null
port=$(free_port)
"${as[@]}" "$postgres_bin/postgres" -D "$folder/postgres/data" -p "$port" -k "$folder/postgres" \
    -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=300 \
    >"$folder/postgres/log" 2>&1 &
postgres=$!
redis_port=$(free_port)
redis-server --port "$redis_port" --bind 127.0.0.1 --save '' --appendonly no --dir "$folder" \
    >"$folder/redis.log" 2>&1 &
redis=$!

for _ in $(seq 100); do
    "$postgres_bin/pg_isready" -q -h 127.0.0.1 -p "$port" && break
    sleep 0.1
done
"$postgres_bin/pg_isready" -q -h 127.0.0.1 -p "$port" || {
    cat "$folder/postgres/log" >&2
    exit 1
}

export TEST_POSTGRES_URL="postgres://postgres@127.0.0.1:$port"
export TEST_POSTGRES_LOG="$folder/postgres/log"
export TEST_REDIS_URL="redis://127.0.0.1:$redis_port"

# One migrated database that every test's own is a copy of. Roles belong to the whole server, so
# migrations of several databases at once would get in each other's way.
if [ -n "${AMTSTERMIN_BIN:-}" ]; then
    psql=$(dirname "$postgres_bin/initdb")/psql
    "$psql" -q -h 127.0.0.1 -p "$port" -U postgres -c 'CREATE DATABASE amtstermin_template'
    (cd "$folder" && DATABASE_URL="$TEST_POSTGRES_URL/amtstermin_template" APP_DATABASE_PASSWORD=secret \
        "$AMTSTERMIN_BIN" migrate)
    export TEST_POSTGRES_TEMPLATE=amtstermin_template
fi

"$@"
