"""Several people at once: real threads, each with its own database connection."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import connections

START_LIMIT_S = 15


def together[T](calls: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """Run the calls at the same moment and answer what each returned or raised, in their order.

    For transactional tests: a thread sees only what is committed.
    """
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], T]) -> T | Exception:
        try:
            connections["default"].ensure_connection()
            barrier.wait(START_LIMIT_S)
            return call()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
