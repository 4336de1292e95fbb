"""An SVG of our own: lines over two logarithmic axes, and n log n."""

import html
import math

WIDTH, HEIGHT, MARGIN, LEGEND = 760, 440, 70, 260
COLOURS = ("#1f5fa8", "#c23b22", "#2e8540", "#7d4ea8")
GREY = "#999"
LEAST = 0.01  # what came with what it is measured from is drawn as this


class Axis:
    """Values to places, by whole powers of ten."""

    def __init__(self, values, begin, end):
        self.low = math.floor(math.log10(max(min(values), LEAST)))
        self.high = max(math.ceil(math.log10(max(values))), self.low + 1)
        self._begin, self._end = begin, end

    def place(self, value):
        share = ((math.log10(max(value, LEAST)) - self.low)
                 / (self.high - self.low))
        return self._begin + share * (self._end - self._begin)

    def ticks(self):
        return [10.0 ** n for n in range(self.low, self.high + 1)]


def _text(x, y, text, anchor="middle"):
    return (f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">'
            f"{html.escape(text)}</text>")


def _number(tick):
    return f"{tick:,.0f}" if tick >= 1 else f"{tick:g}"


def _line(x1, y1, x2, y2):
    return (f'<line x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}" '
            'stroke="#ddd"/>')


def _path(places, style):
    path = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
    return (f'<polyline points="{path}" fill="none" stroke-width="2" '
            f"{style}/>")


def _legend(number, name, colour):
    height = MARGIN + 12 + 20 * number
    yield (f'<rect x="{WIDTH - LEGEND + 15}" y="{height - 9}" width="12" '
           f'height="10" fill="{colour}"/>')
    yield _text(WIDTH - LEGEND + 33, height, name, "start")


def _series(number, name, points, x, y):
    colour = COLOURS[number % len(COLOURS)]
    places = [(x.place(a), y.place(b)) for a, b in points]
    yield _path(places, f'stroke="{colour}"')
    for a, b in places:
        yield f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>'
    yield from _legend(number, name, colour)


def n_log_n(points):
    """Through the last of the points, where n log n is more than nothing."""
    last, height = points[-1]
    scale = height / (last * math.log(last))
    return [(n, scale * n * math.log(n)) for n, _ in points if n > 1]


def write(path, growth, series):
    """The plot of one Growth with its series; the first of them is the one
    that is compared with n log n."""
    compared = n_log_n(next(iter(series.values())))
    points = [p for line in (*series.values(), compared) for p in line]
    x = Axis([a for a, _ in points], MARGIN, WIDTH - LEGEND)
    y = Axis([b for _, b in points], HEIGHT - MARGIN, MARGIN)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
             f'height="{HEIGHT}" font-family="sans-serif" font-size="12">',
             '<rect width="100%" height="100%" fill="white"/>',
             _text((WIDTH - LEGEND + MARGIN) / 2, 30, growth.title),
             _text((WIDTH - LEGEND + MARGIN) / 2, HEIGHT - 15, growth.x),
             _text(MARGIN - 6, MARGIN - 12, "ms", "end")]
    for tick in x.ticks():
        parts += [_line(x.place(tick), MARGIN, x.place(tick), HEIGHT - MARGIN),
                  _text(x.place(tick), HEIGHT - MARGIN + 18, _number(tick))]
    for tick in y.ticks():
        parts += [_line(MARGIN, y.place(tick), WIDTH - LEGEND, y.place(tick)),
                  _text(MARGIN - 6, y.place(tick) + 4, _number(tick), "end")]
    parts += [_path([(x.place(a), y.place(b)) for a, b in compared],
                    f'stroke="{GREY}" stroke-dasharray="5 4"'),
              *_legend(len(series), "n log n, to compare with", GREY)]
    for number, (name, line) in enumerate(series.items()):
        parts += _series(number, name, line, x, y)
    path.write_text("\n".join([*parts, "</svg>", ""]), encoding="utf-8")
