"""The benchmarks' table: what was promised, what was measured, in one run on one machine."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One promise of the product. `accept` and `aim` are ratios to TPC-B, or limits where `at_most`."""

    promise: str
    what: str
    measured: str
    ratio: float | None = None
    accept: float | None = None
    aim: float | None = None
    at_most: bool = False

    @property
    def verdict(self) -> str:
        if self.ratio is None or self.accept is None:
            return ""
        reaches = (lambda bar: self.ratio <= bar) if self.at_most else (lambda bar: self.ratio >= bar)
        return "aim" if self.aim is not None and reaches(self.aim) else "accepted" if reaches(self.accept) else "MISSED"


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def machine() -> str:
    """What the figures were taken on."""
    load = ", ".join(f"{figure:.1f}" for figure in os.getloadavg())
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, load before: {load}"


def table(title: str, rows: Sequence[Row]) -> str:
    """The rows as Markdown, to be read here and kept in docs/benchmarks.md."""
    lines = [
        f"### {title}",
        "",
        "| promise | what | measured | ratio | accept / aim | |",
        "|---|---|---:|---:|---:|---|",
    ]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        sign = "≤ " if row.at_most else "≥ "
        bars = " / ".join(f"{bar:g}" for bar in (row.accept, row.aim) if bar is not None)
        lines.append(
            f"| {row.promise} | {row.what} | {row.measured} | {ratio} | {sign + bars if bars else ''} | {row.verdict} |"
        )
    return "\n".join(lines)
