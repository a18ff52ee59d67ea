"""A webhook relay as one would write it by hand with FastAPI, SQLite and httpx, with the promises of the hub.

The signature is checked, the webhook and its delivery are committed (synchronous=FULL) before the answer, several that
wait share one commit, a delivery is made at least once, and its result is recorded. One process: SQLite has one writer.
"""

import asyncio
import contextlib
import hashlib
import hmac
import json
import os
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
from fastapi import FastAPI, Request, Response

from message import message

SECRET = b"bench-voqo-secret"
SINK_SECRET = b"bench-sink-secret"
SINK = os.environ["SINK"]
CONCURRENCY = 16  # more only cost: one processor does it all

writer = ThreadPoolExecutor(max_workers=1)
arrived: list = []  # (key, body, future) of webhooks that wait for their commit
finished: list = []  # (status, time, id) of deliveries whose result waits for it
news = asyncio.Event()
todo: asyncio.Queue = asyncio.Queue()
def connect() -> sqlite3.Connection:
    database = sqlite3.connect(
        os.path.join(os.environ["FOLDER"], "relay.db"), isolation_level=None, check_same_thread=False
    )
    database.executescript(
        """
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        CREATE TABLE IF NOT EXISTS webhooks (
            id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, received_at REAL NOT NULL, body BLOB NOT NULL);
        CREATE TABLE IF NOT EXISTS deliveries (
            id INTEGER PRIMARY KEY, state TEXT NOT NULL, attempts INTEGER NOT NULL, status INTEGER, finished_at REAL);
        CREATE INDEX IF NOT EXISTS pending ON deliveries (id) WHERE state = 'pending';
        """
    )
    return database


database = connect()


def commit(webhooks: list, results: list) -> list:
    """One transaction for all that wait; the ids of the new webhooks, None for one that was there."""
    ids = []
    database.execute("BEGIN IMMEDIATE")
    for key, body, _ in webhooks:
        row = database.execute(
            "INSERT INTO webhooks (key, received_at, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
            (key, time.time(), body),
        ).fetchone()
        if row:
            database.execute("INSERT INTO deliveries VALUES (?, 'pending', 0, NULL, NULL)", row)
        ids.append(row[0] if row else None)
    database.executemany(
        "UPDATE deliveries SET state = ?, attempts = attempts + 1, status = ?, finished_at = ? WHERE id = ?", results
    )
    database.execute("COMMIT")
    return ids


async def write() -> None:
    loop = asyncio.get_running_loop()
    while True:
        await news.wait()
        news.clear()
        webhooks, results = arrived[:], finished[:]
        arrived.clear()
        finished.clear()
        ids = await loop.run_in_executor(writer, commit, webhooks, results)
        for (_, body, future), number in zip(webhooks, ids):
            future.set_result(None)
            if number is not None:
                todo.put_nowait((number, body, 0))


async def deliver() -> None:
    # A client of its own for each: one pool that all wait for costs httpx much more.
    client = httpx.AsyncClient(timeout=10, verify=False, limits=httpx.Limits(max_connections=1))
    while True:
        number, body, attempt = await todo.get()
        content = message(json.loads(body)["data"])
        signature = "sha256=" + hmac.new(SINK_SECRET, content, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Signature": signature}
        try:
            status = (await client.post(SINK, content=content, headers=headers)).status_code
        except httpx.HTTPError:
            status = None
        good = status is not None and 200 <= status < 300
        finished.append(("delivered" if good else "pending", status, time.time(), number))
        news.set()
        if not good:
            delay = min(300, 2**attempt)
            asyncio.get_running_loop().call_later(delay, todo.put_nowait, (number, body, attempt + 1))


@contextlib.asynccontextmanager
async def lifespan(_: FastAPI):
    waiting = database.execute(
        "SELECT d.id, w.body FROM deliveries d JOIN webhooks w ON w.id = d.id WHERE d.state = 'pending'"
    )
    for number, body in waiting.fetchall():
        todo.put_nowait((number, body, 0))
    tasks = [asyncio.create_task(write())] + [asyncio.create_task(deliver()) for _ in range(CONCURRENCY)]
    yield
    for task in tasks:
        task.cancel()


app = FastAPI(lifespan=lifespan, openapi_url=None)


@app.get("/healthz")
async def health() -> Response:
    return Response("ok")


@app.post("/webhooks/voqo")
async def receive(request: Request) -> Response:
    body = await request.body()
    expected = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    sent_at = request.headers.get("x-webhook-timestamp", "0")
    if not hmac.compare_digest(expected, request.headers.get("x-webhook-signature", "")):
        return Response(status_code=401)
    if not sent_at.isdigit() or abs(time.time() - int(sent_at)) > 300:
        return Response(status_code=401)
    event = json.loads(body)
    if event["event_type"] != "call_ended" or event["data"]["agent_id"] != "agent_bench":
        return Response('{"status":"ignored"}', media_type="application/json")
    future = asyncio.get_running_loop().create_future()
    arrived.append((event["_id"], body, future))
    news.set()
    await future
    return Response('{"status":"ok"}', media_type="application/json")
