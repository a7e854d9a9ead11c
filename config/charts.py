"""Charts drawn on the server as SVG: no library, no script, and a table that says the same.

Positions along the axis are percentages, heights are pixels, so a chart fills whatever room it has and
its text keeps its size. All numbers leave here as text, because templates write floats the reader's way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

PLOT_TOP, PLOT_BASE = 4, 128  # y of the tallest bar's top and of the base line, in px
BAR_SHARE = 0.62  # of its column; the rest is air
MIN_BAR = 3  # px: a value that is not zero can be seen
SPARK_WIDTH, SPARK_HEIGHT, SPARK_MARGIN = 200, 48, 4


@dataclass(frozen=True, slots=True)
class Point:
    """One value: `label` beneath it, `text` as the reader sees it (money with its unit)."""

    label: str
    value: int
    text: str
    tick: str | None = None  # on the axis, if that is not the label: with many bars only some can say theirs


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar as the template draws it."""

    label: str
    tick: str
    text: str
    x: str
    middle: str
    width: str
    y: str
    height: str
    current: bool


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars over time; one is emphasised: the period that still runs, or one that stands out."""

    title: str | Promise
    description: str | Promise
    bars: tuple[Bar, ...]

    base: str = str(PLOT_BASE)
    axis: str = str(PLOT_BASE + 20)

    @property
    def current(self) -> Bar | None:
        """The bar that is emphasised."""
        return next((bar for bar in self.bars if bar.current), None)


@dataclass(frozen=True, slots=True)
class Sparkline:
    """A small line without axes, for a trend beside a number."""

    title: str | Promise
    description: str | Promise
    line: str
    area: str
    points: tuple[Point, ...]

    view_box: str = f"0 0 {SPARK_WIDTH} {SPARK_HEIGHT}"


def bar_chart(
    points: Sequence[Point], *, title: str | Promise, description: str | Promise, current: int | None = None
) -> BarChart:
    """A chart of `points`, oldest first, none of them negative. `current` is the place of the one to emphasise: else the last.

    :raises ValueError: a negative value: bars stand on the base line.
    """
    if any(point.value < 0 for point in points):
        raise ValueError("a bar can't be negative")
    top = max((point.value for point in points), default=0) or 1
    column = 100 / max(len(points), 1)
    emphasised = len(points) - 1 if current is None else current
    bars = []
    for index, point in enumerate(points):
        height = max(point.value * (PLOT_BASE - PLOT_TOP) // top, MIN_BAR if point.value else 0)
        bars.append(
            Bar(
                label=point.label,
                tick=point.label if point.tick is None else point.tick,
                text=point.text,
                x=_percent(column * (index + (1 - BAR_SHARE) / 2)),
                middle=_percent(column * (index + 0.5)),
                width=_percent(column * BAR_SHARE),
                y=str(PLOT_BASE - height),
                height=str(height),
                current=index == emphasised,
            )
        )
    return BarChart(title, description, tuple(bars))


def sparkline(points: Sequence[Point], *, title: str | Promise, description: str | Promise) -> Sparkline:
    """A line through `points`, oldest first; values may be negative."""
    values = [point.value for point in points] or [0]
    lowest, span = min(values), (max(values) - min(values)) or 1
    step = SPARK_WIDTH / max(len(values) - 1, 1)
    room = SPARK_HEIGHT - 2 * SPARK_MARGIN
    corners = [
        f"{step * index:.1f} {SPARK_HEIGHT - SPARK_MARGIN - (value - lowest) * room / span:.1f}"
        for index, value in enumerate(values)
    ]
    line = "M" + "L".join(corners)
    area = f"{line}L{step * (len(values) - 1):.1f} {SPARK_HEIGHT}L0 {SPARK_HEIGHT}Z"
    return Sparkline(title, description, line, area, tuple(points))


def _percent(value: float) -> str:
    return f"{value:.2f}%"
