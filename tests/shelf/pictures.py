"""PNG files for tests, written and read by Python's own zlib: RGB, grey or with a palette, 8 bits."""
import struct
import zlib


def write_png(file, width, height, colour_at):
    """`colour_at(x, y)` gives red, green and blue."""
    rows = b"".join(b"\0" + bytes(sample for x in range(width) for sample in colour_at(x, y)) for y in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    file.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
                     chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class Picture:
    """`kind` is PNG's colour type, `numbers` what is stored for each pixel, `palette` may be empty."""

    def __init__(self, file):
        content = file.read_bytes()
        at, packed, self.palette = 8, b"", []
        while at < len(content):
            size, kind = struct.unpack(">I4s", content[at:at + 8])
            data = content[at + 8:at + 8 + size]
            if kind == b"IHDR":
                self.width, self.height, self.depth, self.kind = struct.unpack(">IIBB", data[:10])
            if kind == b"PLTE":
                self.palette = [tuple(data[i:i + 3]) for i in range(0, size, 3)]
            if kind == b"IDAT":
                packed += data
            at += 12 + size
        self.channels = {0: 1, 2: 3, 3: 1}[self.kind]
        assert self.depth == 8, self.depth
        self.rows = self._unfilter(zlib.decompress(packed))

    def _unfilter(self, data):
        stride, step = self.width * self.channels, self.channels
        rows, above = [], bytes(stride)
        for y in range(self.height):
            begin = y * (stride + 1)
            how, row = data[begin], bytearray(data[begin + 1:begin + 1 + stride])
            for i in range(stride):
                a = row[i - step] if i >= step else 0
                b = above[i]
                c = above[i - step] if i >= step else 0
                nearest = min((a, b, c), key=lambda v: (abs(a + b - c - v), (a, b, c).index(v)))
                row[i] = (row[i] + (0, a, b, (a + b) // 2, nearest)[how]) & 0xFF
            rows.append(bytes(row))
            above = rows[-1]
        return rows

    def number(self, x, y):
        return self.rows[y][x * self.channels]

    def colour(self, x, y):
        if self.kind == 3:
            return self.palette[self.number(x, y)]
        return tuple(self.rows[y][x * self.channels:][:self.channels]) * (3 // self.channels)
