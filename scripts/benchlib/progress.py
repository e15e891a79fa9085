"""What a bench says on standard error while it runs."""
import sys
import time


class Progress:
    """One line that is written over on a terminal; elsewhere a line for each step that is worth one."""

    def __init__(self, expected_s):
        self.moving = sys.stderr.isatty()
        self.expected = dict(enumerate(expected_s))  # seconds each row should take
        self.done = {}  # and those that rows took
        self.row = None
        self.began = time.monotonic()

    def left_s(self):
        expected = sum(self.expected[row] for row in self.done)
        slower = sum(self.done.values()) / expected if expected else 1
        left = slower * sum(each for row, each in self.expected.items() if row not in self.done)
        return max(0, left - (time.monotonic() - self.began if self.row is not None else 0))

    def show(self, text, lasting=False):
        if self.moving:
            print("\r\033[K" + text, end="\n" if lasting else "", file=sys.stderr, flush=True)
        elif lasting:
            print(text, file=sys.stderr, flush=True)

    def start(self, row, text):
        self.row, self.text, self.began = row, text, time.monotonic()
        self.step("starting", lasting=not self.moving)

    def step(self, text, lasting=False):
        left = self.left_s()
        self.show(f"row {self.row + 1} of {len(self.expected)}: {self.text}: {text}; "
                  f"{f'{left / 60:.0f} min' if left > 90 else f'{left:.0f} s'} left", lasting)

    def end(self, text):
        self.done[self.row] = time.monotonic() - self.began
        self.show(f"row {self.row + 1} of {len(self.expected)}: {self.text}: {text}", lasting=True)
        self.row, self.began = None, time.monotonic()
