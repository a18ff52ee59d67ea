"""The contract of the hub on a job queue: procrastinate on PostgreSQL.

The server checks the signature and defers a job, which is committed before the answer; the unique lock of the event's id
keeps repeats out. The worker makes the delivery; a job that fails is tried again, so a delivery is made at least once.
"""

import asyncio
import contextlib
import hashlib
import hmac
import json
import os
import time

import httpx
import procrastinate
from fastapi import FastAPI, Request, Response

from message import message

SECRET = b"bench-voqo-secret"
SINK_SECRET = b"bench-sink-secret"
SINK = os.environ["SINK"]
CONCURRENCY = 16  # more only cost: one processor does it all

queue = procrastinate.App(
    connector=procrastinate.PsycopgConnector(conninfo=os.environ["DATABASE"], min_size=4, max_size=32)
)
clients: asyncio.Queue = asyncio.Queue()


@queue.task(name="deliver", retry=procrastinate.RetryStrategy(max_attempts=15, exponential_wait=2))
async def deliver(event: str) -> None:
    content = message(json.loads(event)["data"])
    signature = "sha256=" + hmac.new(SINK_SECRET, content, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Signature": signature}
    client = await clients.get()
    try:
        (await client.post(SINK, content=content, headers=headers)).raise_for_status()
    finally:
        clients.put_nowait(client)


@contextlib.asynccontextmanager
async def lifespan(_: FastAPI):
    async with queue.open_async():
        yield


web = FastAPI(lifespan=lifespan, openapi_url=None)


@web.get("/healthz")
async def health() -> Response:
    return Response("ok")


@web.post("/webhooks/voqo")
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
    try:
        await deliver.configure(queueing_lock=event["_id"]).defer_async(event=body.decode())
    except procrastinate.exceptions.AlreadyEnqueued:
        pass
    return Response('{"status":"ok"}', media_type="application/json")


async def work() -> None:
    # A client of its own for each job under way: one pool that all wait for costs httpx much more.
    for _ in range(CONCURRENCY):
        clients.put_nowait(httpx.AsyncClient(timeout=10, verify=False, limits=httpx.Limits(max_connections=1)))
    async with queue.open_async():
        await queue.run_worker_async(
            concurrency=CONCURRENCY, install_signal_handlers=False, fetch_job_polling_interval=1, delete_jobs="never"
        )


if __name__ == "__main__":
    asyncio.run(work())
