#!/bin/sh
# A job queue on PostgreSQL. Its 2xx says: the job is on the disk, and will be carried out at least once.
"$PYTHON" -c 'import fastapi, httpx, procrastinate, psycopg, uvicorn' 2>/dev/null || { echo "procrastinate and psycopg are not installed; make bench-peers installs them"; exit 77; }
for folder in $(dirname "$(command -v initdb || echo /)") /usr/lib/postgresql/*/bin; do
    [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ] && POSTGRES="$folder"
done
[ -n "$POSTGRES" ] || { echo "PostgreSQL is not installed; make bench-peers installs it"; exit 77; }
export POSTGRES
exec "$PYTHON" "$PEERS/postgres_cluster.py"
