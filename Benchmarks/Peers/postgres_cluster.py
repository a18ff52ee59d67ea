"""Starts a PostgreSQL of its own in $FOLDER, with the server and the worker of postgres_queue.py, and ends all with itself."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time

import procrastinate
import psycopg

FOLDER, POSTGRES, PORT = os.environ["FOLDER"], os.environ["POSTGRES"], os.environ["PORT"]
DATA = os.path.join(FOLDER, "cluster")
USER = "postgres" if os.geteuid() == 0 else None
LOGIN = {"user": USER, "group": USER, "extra_groups": []} if USER else {}
INFO = f"host={FOLDER}/socket dbname=postgres user=postgres"
libc = ctypes.CDLL(None)


def with_parent(number: int):
    """Has the kernel send a signal to the child when this process ends, however it ends."""
    return lambda: libc.prctl(1, number)


for path in (DATA, os.path.join(FOLDER, "socket")):
    os.mkdir(path)
    if USER:
        shutil.chown(path, USER, USER)
if USER:
    # The server's user may pass through, nothing more.
    os.chmod(FOLDER, 0o711)
made = subprocess.run(
    [f"{POSTGRES}/initdb", "-D", DATA, "-A", "trust", "-U", "postgres", "--no-locale", "-E", "UTF8"],
    capture_output=True, text=True, cwd="/", **LOGIN,
)
if made.returncode != 0:
    print("PostgreSQL cannot be set up here:", (made.stderr.strip().splitlines() or ["initdb failed"])[-1])
    sys.exit(77)
server = subprocess.Popen(
    [f"{POSTGRES}/postgres", "-D", DATA, "-c", "listen_addresses=", "-c", f"unix_socket_directories={FOLDER}/socket",
     "-c", "shared_buffers=256MB", "-c", "synchronous_commit=on", "-c", "max_connections=100",
     "-c", "log_min_messages=error"],
    cwd="/", preexec_fn=with_parent(signal.SIGQUIT), **LOGIN,
)
for _ in range(200):
    try:
        psycopg.connect(INFO).close()
        break
    except psycopg.OperationalError:
        time.sleep(0.05)
app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=INFO))
with app.open():
    app.schema_manager.apply_schema()

environment = {**os.environ, "DATABASE": INFO}
children = [
    subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "postgres_queue:web", "--host", "127.0.0.1", "--port", PORT,
         "--log-level", "warning", "--no-access-log"],
        cwd=os.environ["PEERS"], env=environment, preexec_fn=with_parent(signal.SIGKILL)),
    subprocess.Popen(
        [sys.executable, "postgres_queue.py"], cwd=os.environ["PEERS"], env=environment,
        preexec_fn=with_parent(signal.SIGKILL)),
]
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
try:
    children[0].wait()
finally:
    for child in children:
        child.kill()
    server.send_signal(signal.SIGINT)
    server.wait(10)
