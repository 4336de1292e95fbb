"""What a run found: on the terminal, as JSON and SVG, in README.md."""

import json
import pathlib

import growth
import plot
from goals import show
from suite import ROWS, median, quantile

README = pathlib.Path(__file__).with_name("README.md")
BEGIN, END = "<!-- begin of the table -->", "<!-- end of the table -->"


def spread(samples):
    """The median, and behind it from which to which nine of ten lie."""
    text = show(median(samples))
    if len(samples) > 2:
        text += (f" ({show(quantile(samples, 0.05))} to "
                 f"{show(quantile(samples, 0.95))})")
    return text


def print_row(row, samples):
    print(f"{row.title} [{row.unit}]")
    for column, values in samples.items():
        if values:
            print(f"  {column:<24}{spread(values):>34}  n={len(values)}")
    print(flush=True)


def print_plot(kind, series):
    print(kind.title)
    for name, points in series.items():
        print(f"  {name}: " + ", ".join(f"{x:,}: {show(y)}"
                                        for x, y in points))
    print(flush=True)


def print_goals(verdicts):
    words = {True: "reached", False: "NOT REACHED"}
    for v in verdicts:
        if v.reached is None:
            continue
        print(f"goal {v.number}  {v.text:<48} {v.figure:>26}  "
              f"{words[v.reached]}")


def join_folder(folder, about, results, plots):
    """With what earlier runs left there, in the order of the table."""
    path = folder / "results.json"
    old = {"about": {"versions": {}}, "rows": {}, "growth": {}}
    if path.exists():
        old = json.loads(path.read_text(encoding="utf-8"))
    about["versions"] = old["about"]["versions"] | about["versions"]
    results, plots = old["rows"] | results, old["growth"] | plots
    return {name: results[name] for name in ROWS if name in results}, plots


def write_folder(folder, about, results, plots):
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"about": about, "rows": results, "growth": plots},
                      indent=1)
    (folder / "results.json").write_text(text + "\n", encoding="utf-8")
    for name, series in plots.items():
        plot.write(folder / f"{name}.svg", growth.PLOTS[name], series)


def _table(results, programs):
    yield f"| | {' | '.join(programs)} | besides |"
    yield "|---" * (len(programs) + 2) + "|"
    for name, samples in results.items():
        row = ROWS[name]
        cells = [show(median(samples[p])) if samples.get(p) else ""
                 for p in programs]
        besides = "; ".join(
            f"{column} {show(median(values))}"
            for column, values in samples.items()
            if column not in programs and values)
        unit = f", {row.unit}" if row.unit else ""
        yield f"| {row.title}{unit} | {' | '.join(cells)} | {besides} |"


def _goals(verdicts):
    words = {True: "yes", False: "**no**", None: "not measured"}
    yield "| goal | | figure | reached |"
    yield "|---|---|---|---|"
    for v in verdicts:
        yield f"| {v.number} | {v.text} | {v.figure} | {words[v.reached]} |"


def _plots(plots):
    """Writes them beside the README, which shows them."""
    for name, series in plots.items():
        plot.write(README.with_name(f"{name}.svg"), growth.PLOTS[name], series)
        yield f"![{growth.PLOTS[name].title}]({name}.svg)"


def write_readme(about, results, verdicts, plots):
    """Puts the tables between the two marks, and the plots behind them."""
    versions = ", ".join(f"{n} {v}" for n, v in about["versions"].items())
    text = "\n".join([
        BEGIN, "",
        f"{about['date']}, {about['machine']}, load {about['load']:.1f} "
        f"before and {about['load after']:.1f} after; {versions}.  Medians.",
        "", *_table(results, list(about["versions"])), "", *_goals(verdicts),
        "", *_plots(plots), "", END])
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(before + text + after, encoding="utf-8")
