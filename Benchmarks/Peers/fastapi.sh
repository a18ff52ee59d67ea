#!/bin/sh
# A service by hand. Its 2xx says: the webhook is on the disk, and will be delivered at least once.
"$PYTHON" -c 'import fastapi, httpx, uvicorn' 2>/dev/null || { echo "fastapi, uvicorn and httpx are not installed; make bench-peers installs them"; exit 77; }
cd "$PEERS" && exec "$PYTHON" -m uvicorn fastapi_sqlite:app --host 127.0.0.1 --port "$PORT" --log-level warning --no-access-log
