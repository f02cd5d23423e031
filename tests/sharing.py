"""One index asked from many places at once: threads, a web server, asyncio, forked and spawned processes.

Each function asks questions whose answers are known from a serial run, and counts what came back: `RIGHT`, `WRONG`, or
the error. ``scripts/bench threads`` uses them with real models, the tests with one that costs nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import multiprocessing
import os
import random
import select
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

import semsearch

RIGHT, WRONG = "right", "WRONG"
#: Not equal, but with the same papers in the same order, and scores that are not further off than this.
ROUNDED, _ROUNDING = "right but for rounding", 1e-6
#: Seconds that a request, or a child process, may take before it counts as hung.
PATIENCE = 120.0

#: Id, score and percentile of each hit, in order: lists, so that JSON gives back what it was given.
Answer = list[list[Any]]
#: What came back, by how often.
Counts = Counter[str]


def answer(index: semsearch.Index, question: str) -> Answer:
    """What an index answers: ids, scores and percentiles, in order."""
    return [[hit.paper.id, hit.score, hit.percentile] for hit in index.search(question)]


def expected_of(index: semsearch.Index, questions: Sequence[str]) -> dict[str, Answer]:
    """The answers of a serial run."""
    return {question: answer(index, question) for question in questions}


def _told(given: Answer, wanted: Answer) -> str:
    if given == wanted:
        return RIGHT
    same = [hit[0] for hit in given] == [hit[0] for hit in wanted]
    near = same and all(abs(g[1] - w[1]) <= _ROUNDING for g, w in zip(given, wanted, strict=True))
    return ROUNDED if near else WRONG


def _tried(ask: Callable[[str], Answer], question: str, expected: Mapping[str, Answer]) -> str:
    try:
        return _told(ask(question), expected[question])
    except Exception as error:  # whatever it is, it is counted and shown
        return f"{type(error).__name__}: {error}".replace("\n", " ")[:200]


def asked(index: semsearch.Index, expected: Mapping[str, Answer], seed: int = 0) -> Counts:
    """Ask every question once, in an order of one's own."""
    order = random.Random(seed).sample(list(expected), len(expected))
    return Counter(_tried(lambda q: answer(index, q), question, expected) for question in order)


def together(count: int, job: Callable[[int], Counts]) -> Counts:
    """The sum of what so many threads count that begin at the same moment."""
    barrier, found = threading.Barrier(count), list[Counts]()

    def run(number: int) -> None:
        barrier.wait()
        found.append(job(number))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(found, Counts())


def in_threads(index: semsearch.Index, expected: Mapping[str, Answer], threads: int) -> Counts:
    """Every question in each of so many threads."""
    return together(threads, lambda number: asked(index, expected, number))


# -- a web server ------------------------------------------------------------------------------------------------------


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for what is being answered
    request_queue_size = 128


def _handler(index: semsearch.Index) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                status, told = 200, json.dumps(answer(index, parse_qs(urlsplit(self.path).query)["q"][0]))
            except Exception as error:  # the client counts it
                status, told = 500, f"{type(error).__name__}: {error}"
            self.send_response(status)
            self.end_headers()
            self.wfile.write(told.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base names it so
            """Keep quiet."""

    return Handler


@contextlib.contextmanager
def served(index: semsearch.Index) -> Iterator[int]:
    """A server of one index on a free port of this machine, with a thread for each request; gives the port."""
    with _Server(("127.0.0.1", 0), _handler(index)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def _requested(port: int, question: str) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)  # whatever proxies there are
    with contextlib.closing(connection):
        connection.request("GET", f"/?q={quote(question)}")
        response = connection.getresponse()
        told = response.read().decode()
    if response.status != 200:
        raise RuntimeError(told)
    found: Answer = json.loads(told)
    return found


def over_http(index: semsearch.Index, expected: Mapping[str, Answer], clients: int, requests: int) -> Counts:
    """So many requests in all, of so many clients at the same time."""
    questions = list(expected)

    def client(number: int) -> Counts:
        mine = [questions[place % len(questions)] for place in range(number, requests, clients)]
        return Counter(_tried(lambda q: _requested(port, q), question, expected) for question in mine)

    with served(index) as port:
        return together(clients, client)


# -- asyncio -----------------------------------------------------------------------------------------------------------


def in_asyncio(index: semsearch.Index, expected: Mapping[str, Answer], times: int) -> Counts:
    """Every question so many times, all at once, by ``asyncio.to_thread``."""
    questions = [question for _ in range(times) for question in expected]

    async def ask_all() -> list[str]:
        jobs = (asyncio.to_thread(_tried, lambda q: answer(index, q), question, expected) for question in questions)
        return await asyncio.gather(*jobs)

    return Counter(asyncio.run(ask_all()))


# -- other processes ---------------------------------------------------------------------------------------------------


class Both(NamedTuple):
    """What a child and its parent counted, which asked at the same time."""

    child: Counts
    parent: Counts


@contextlib.contextmanager
def going_on(
    index: semsearch.Index, expected: Mapping[str, Answer], threads: int, *, cold: bool = False
) -> Iterator[Counts]:
    """So many threads that ask until the end of the block; what they counted is there after it.

    Args:
        index: The index that they share.
        expected: The answers by question.
        threads: How many.
        cold: Begin with the block; else each has asked every question before, so that all is loaded.
    """
    stopped, started, counts = threading.Event(), threading.Barrier(threads + 1), list[Counts]()
    found = Counts()

    def run(number: int) -> None:
        mine = Counts() if cold else asked(index, expected, number)
        started.wait()
        while not stopped.is_set():
            mine += asked(index, expected, number)
        counts.append(mine)

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    started.wait()
    try:
        yield found
    finally:
        stopped.set()
        for thread in running:
            thread.join()
        found.update(sum(counts, Counts()))


def after_fork(index: semsearch.Index, expected: Mapping[str, Answer], patience: float = PATIENCE) -> Both:
    """Every question in a child that `os.fork` makes of this process, and in this process."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # nothing of the parent's may be torn down here: no return, no exception, no exit handlers
        try:
            os.close(reading)
            os.write(writing, json.dumps(asked(index, expected, 1)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    parent = asked(index, expected)
    try:
        ready = bool(select.select([reading], [], [], patience)[0])
        told = os.read(reading, 1 << 16).decode() if ready else ""
    finally:
        os.close(reading)
        if not ready:
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return Both(Counter(json.loads(told)) if told else _silent(ready, patience), parent)


def _silent(ended: bool, patience: float) -> Counts:
    return Counter(["the child ended without an answer" if ended else f"no answer of the child in {patience:.0f} s"])


def _send(sending: Connection, index: semsearch.Index, expected: Mapping[str, Answer]) -> None:
    sending.send(asked(index, expected, 1))


def in_process(
    index: semsearch.Index,
    expected: Mapping[str, Answer],
    method: Literal["fork", "spawn"],
    patience: float = PATIENCE,
) -> Both:
    """Every question in a process of `multiprocessing`, and in this one.

    Args:
        index: Is pickled on its way to a spawned process; a forked one has it in its memory.
        expected: The answers by question.
        method: How the process is started.
        patience: Seconds until a child that says nothing is killed.
    """
    context = multiprocessing.get_context("fork") if method == "fork" else multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=_send, args=(sending, index, expected))
    child.start()
    sending.close()
    parent = asked(index, expected)
    answered = receiving.poll(patience)
    try:
        told = receiving.recv() if answered else _silent(False, patience)
    except EOFError:
        told = _silent(True, patience)
    child.join(5 if answered else 0)
    if child.exitcode is None:
        child.kill()
        child.join()
        told.update(["the child did not end"] if answered else [])
    child.close()
    receiving.close()
    return Both(told, parent)
