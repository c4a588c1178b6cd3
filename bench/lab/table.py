"""Figures, and the table that compares them with a rival."""

from dataclasses import dataclass
from statistics import median

HEAD = ("what", "figure", "rival", "its figure", "ratio", "wanted", "")


@dataclass(frozen=True)
class Wanted:
    limit: float
    least: bool
    text: str

    def is_met(self, value):
        return value >= self.limit if self.least else value <= self.limit


def at_least(limit):
    return Wanted(limit, True, f">= {limit:g}")


def at_most(limit, text=None):
    return Wanted(limit, False, f"<= {text or format(limit, 'g')}")


@dataclass(frozen=True)
class Figure:
    value: float
    unit: str

    def __str__(self):
        return f"{short(self.value)} {self.unit}".strip()

    def per(self, other):
        return self.value / other.value if other.value else float("inf")


def short(value):
    """Formats a number with about three significant digits."""
    if isinstance(value, int) or value >= 1000:
        return f"{value:,.0f}"
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}" if value < 0.1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def of(results, value):
    """The median of value(result) over all results."""
    return median(value(result) for result in results)


def rate(count, results, seconds):
    """Millions per second, from the median of the seconds of the results."""
    return Figure(count / 1e6 / of(results, seconds), "M/s")


class Table:
    def __init__(self, name, title, judged=True):
        self.name, self.title, self.judged = name, title, judged
        self.rows, self.notes = [], []
        self.failure = None

    def row(self, what, figure, rival="", rivals_figure=None, wanted=None):
        """`wanted` is compared with the ratio if there is a rival, otherwise with the figure."""
        ratio = figure.per(rivals_figure) if rivals_figure else None
        verdict = ""
        if wanted and self.judged:
            verdict = "yes" if wanted.is_met(figure.value if ratio is None else ratio) else "NO"
        self.rows.append((what, str(figure), rival, str(rivals_figure or ""), "" if ratio is None else short(ratio),
                          wanted.text if wanted else "", verdict))

    def note(self, text):
        self.notes.append(text)

    def left_out(self, what, why):
        self.notes.append(f"not run: {what}: {why}")

    def fail(self, why):
        self.failure = why

    def __str__(self):
        lines = [f"## {self.name}: {self.title}", ""]
        if self.rows:
            widths = [max(len(row[i]) for row in (HEAD, *self.rows)) for i in range(len(HEAD))]
            table = [HEAD, tuple("-" * width for width in widths), *self.rows]
            lines += ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in table]
            lines += [""]
        lines += [*self.notes, *([""] if self.notes else [])]
        if self.failure:
            lines += [f"WRONG: {self.failure}", ""]
        return "\n".join(lines)
