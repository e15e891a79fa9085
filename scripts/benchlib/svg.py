"""Drawings in SVG, in the manner of balancer/report/svg.cpp and sweep_svg.cpp: the same colours, sizes and fonts."""
import math
from xml.sax.saxutils import escape, quoteattr

WIDTH, HEIGHT = 900, 560
LEFT, RIGHT, TOP, BOTTOM = 70, 190, 96, 60
# Distinct in print and to the colour-blind.
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#000000"]
GREY = "#7f7f7f"


def nice_step(most, count):
    """About `count` steps of 1, 2 or 5 times a power of ten that cover `most`."""
    rough = most / count
    if not rough > 0:
        return 1
    power = 10 ** math.floor(math.log10(rough))
    return next((factor * power for factor in (1, 2, 5) if factor * power >= rough), 10 * power)


def element(name, content=None, **attributes):
    given = "".join(f" {key.replace('_', '-')}={quoteattr(f'{value:.2f}' if isinstance(value, float) else str(value))}"
                    for key, value in attributes.items() if value is not None)
    return f"<{name}{given}/>\n" if content is None else f"<{name}{given}>{escape(content)}</{name}>\n"


class Drawing:
    """Everything in pixels from the upper left corner."""

    def __init__(self, width=WIDTH, height=HEIGHT):
        self.width, self.height, self.body = width, height, []

    def line(self, x1, y1, x2, y2, colour, width=1, dashes=None):
        self.body.append(element("line", x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2), stroke=colour,
                                 stroke_width=width, stroke_dasharray=dashes))

    def polyline(self, points, colour, width=2.4, dashes=None):
        self.body.append(element("polyline", points=" ".join(f"{x:.2f},{y:.2f}" for x, y in points), fill="none",
                                 stroke=colour, stroke_width=width, stroke_dasharray=dashes))

    def circle(self, x, y, radius, colour, tip=None):
        circle = element("circle", cx=float(x), cy=float(y), r=float(radius), fill=colour)
        self.body.append(circle if tip is None else circle[:-3] + ">" + element("title", tip).strip() + "</circle>\n")

    def text(self, x, y, what, size=12, anchor="start", colour="#222", bold=False):
        self.body.append(element("text", what, x=float(x), y=float(y), font_size=size, text_anchor=anchor, fill=colour,
                                 font_weight="bold" if bold else None))

    def finish(self):
        return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
                f'viewBox="0 0 {self.width} {self.height}" font-family="DejaVu Sans, Helvetica, sans-serif">\n'
                '<rect width="100%" height="100%" fill="#fff"/>\n'
                + "".join(self.body) + "</svg>\n")


class Chart:
    """Curves over two axes with a legend to their right. y begins at 0."""

    def __init__(self, title, remark, x_name, y_name, x_range, y_most, log=False):
        self.drawing, self.log, self.y_most, self.legends = Drawing(), log, y_most * 1.05, 0
        self.first, self.last = x_range
        self.drawing.text(20, 28, title, 16, colour="#111", bold=True)
        self.drawing.text(20, 50, remark, 13, colour="#333")
        self.drawing.text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, x_name, 13, "middle")
        self.drawing.text(20, TOP - 18, y_name, 13)
        self.y_axis()

    def x(self, value):
        scale = math.log if self.log else float
        span = scale(self.last) - scale(self.first) or 1
        return LEFT + (scale(value) - scale(self.first)) / span * (WIDTH - LEFT - RIGHT)

    def y(self, value):
        return HEIGHT - BOTTOM - value / self.y_most * (HEIGHT - TOP - BOTTOM)

    def y_axis(self):
        step = nice_step(self.y_most, 8)
        for i in range(int(self.y_most / step) + 1):
            at = self.y(i * step)
            self.drawing.line(LEFT, at, WIDTH - RIGHT, at, "#e2e5e8" if i else "#222")
            self.drawing.text(LEFT - 10, at + 4, f"{i * step:g}", anchor="end")

    def x_axis(self, values):
        for value in values:
            self.drawing.line(self.x(value), self.y(0), self.x(value), self.y(0) + 5, "#222")
            self.drawing.text(self.x(value), self.y(0) + 20, f"{value:g}", anchor="middle")

    def legend(self, name, colour, dashes=None, dot=True, width=2.4):
        at = TOP + 14 + 22 * self.legends
        self.legends += 1
        self.drawing.line(WIDTH - RIGHT + 14, at - 4, WIDTH - RIGHT + 44, at - 4, colour, width, dashes)
        if dot:
            self.drawing.circle(WIDTH - RIGHT + 29, at - 4, 3.4, colour)
        self.drawing.text(WIDTH - RIGHT + 52, at, name)

    def curve(self, points, name, colour, dashes=None, dots=True, width=2.4):
        """points: [(x, y)], or with a third part that a mouse over the dot shows."""
        self.drawing.polyline([(self.x(point[0]), self.y(point[1])) for point in points], colour, width, dashes)
        if dots:
            for point in points:
                self.drawing.circle(self.x(point[0]), self.y(point[1]), 3.4, colour, point[2] if len(point) > 2 else None)
        self.legend(name, colour, dashes, dots, width)

    def finish(self):
        return self.drawing.finish()
