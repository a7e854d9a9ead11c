"""Runs the jobs that a test deferred, through procrastinate's own worker."""

import inspect
import json
import threading
from typing import Any, LiteralString

from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection, transaction
from procrastinate import JobContext
from procrastinate.app import WorkerOptions
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.middleware import AsyncCallNext
from procrastinate.periodic import PeriodicRegistry
from procrastinate.worker import Worker

from config.worker import worker_app

ONCE: WorkerOptions = {"wait": False, "listen_notify": False, "install_signal_handlers": False}


class FetchingConnector(DjangoConnector):
    """Django's connection leaves JSON as text, which only a worker reads: jobs and their arguments."""

    def execute_query_one(self, query: LiteralString, **arguments: Any) -> dict[str, Any]:
        row = super().execute_query_one(query, **arguments)
        if isinstance(row.get("args"), str):
            row["args"] = json.loads(row["args"])
        return row


class JobRunner:
    """Drains the queue: every job that may run now runs, also those that jobs defer.

    In a transactional test it is a worker as in production, with its own threads and connections. Inside
    the transaction of an ordinary test nobody else can see the jobs, so the same worker runs on the
    test's connection, each task in a savepoint. Periodic tasks are not started.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.errors: list[Exception] = []

    def __call__(self) -> list[str]:
        """Run the jobs and answer their tasks' names in order; raises the first error of a task, when all have run."""
        self.names, self.errors = [], []
        if connection.in_atomic_block:
            self._drain_here()
        else:
            # A thread of its own, because a browser test has an event loop in this one.
            thread = threading.Thread(target=self._drain_elsewhere)
            thread.start()
            thread.join()
        if self.errors:
            raise self.errors[0]
        return self.names

    def _drain_here(self) -> None:
        worker = app.with_connector(FetchingConnector())
        worker.periodic_registry = PeriodicRegistry()
        async_to_sync(worker.run_worker_async)(**ONCE | {"worker_middleware": [self._note, _on_this_connection]})

    def _drain_elsewhere(self) -> None:
        worker = worker_app()
        worker.periodic_registry = PeriodicRegistry()
        worker.run_worker(**ONCE | {"worker_middleware": [self._note]})

    async def _note(self, call_next: AsyncCallNext, context: JobContext, _worker: Worker) -> Any:
        self.names.append(context.job.task_name)
        try:
            return await call_next()
        except Exception as error:
            self.errors.append(error)
            raise


async def _on_this_connection(call_next: AsyncCallNext, context: JobContext, worker: Worker) -> Any:
    """Run a synchronous task in the test's thread instead of the worker's pool."""
    task = worker.app.tasks[context.job.task_name]
    if inspect.iscoroutinefunction(task.func):
        return await call_next()
    arguments = [context] if task.pass_context else []

    def run() -> Any:
        with transaction.atomic():
            return task(*arguments, **context.job.task_kwargs)

    return await sync_to_async(run, thread_sensitive=True)()
