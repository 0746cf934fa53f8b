"""Pictures to scan, made without the program: PNG files and a QR code of version 1, level L."""
import math
import random
import struct
import zlib

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind, content):
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def png_header(width, height):
    """Signature and header of an 8-bit grey picture."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return PNG_SIGNATURE + chunk(b"IHDR", header)


def png(rows):
    """A grey picture of rows of bytes."""
    pixels = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    return (png_header(len(rows[0]), len(rows)) + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))


def _unfiltered(line, above, kind):
    """A row of a picture with less than a byte a pixel, or one (PNG, 9.2)."""
    row = bytearray(line)
    for i, value in enumerate(line):
        left, up, corner = (row[i - 1], above[i], above[i - 1]) if i else (0, above[0], 0)
        near = left + up - corner
        paeth = min((left, up, corner), key=lambda each: abs(near - each))
        row[i] = (value + (0, left, up, (left + up) // 2, paeth)[kind]) & 0xFF
    return row


def grey_rows(content):
    """The rows of a grey PNG, a byte a pixel."""
    assert content.startswith(PNG_SIGNATURE)
    width, height, depth, colours = struct.unpack(">IIBB", content[16:26])
    assert colours == 0 and depth in (1, 8)
    packed, at = b"", 8
    while at < len(content):
        size, kind = struct.unpack(">I4s", content[at:at + 8])
        if kind == b"IDAT":
            packed += content[at + 8:at + 8 + size]
        at += 12 + size
    filtered, line = zlib.decompress(packed), (width * depth + 7) // 8
    rows, above = [], bytearray(line)
    for start in range(0, height * (line + 1), line + 1):
        above = _unfiltered(filtered[start + 1:start + 1 + line], above, filtered[start])
        rows.append(bytes(above) if depth == 8 else
                    bytes(255 * (above[x // 8] >> (7 - x % 8) & 1) for x in range(width)))
    return rows


def video(content, width=960, height=720, frames=2):
    """A film in YUV4MPEG2 of a sheet with a grey PNG in its middle, as a camera sees it."""
    rows = grey_rows(content)
    scale = max(1, (height - 40) // len(rows))
    while len(rows) * scale > height or len(rows[0]) * scale > width:
        scale -= 1
    assert scale > 0
    wide = [b"".join(bytes([pixel]) * scale for pixel in row) for row in rows]
    side = (width - len(wide[0])) // 2
    sheet = [b"\xe6" * side + row + b"\xe6" * (width - side - len(row)) for row in wide
             for _ in range(scale)]
    over = (height - len(sheet)) // 2
    blank = [b"\xe6" * width]
    luma = b"".join(blank * over + sheet + blank * (height - over - len(sheet)))
    picture = b"FRAME\n" + luma + b"\x80" * (width * height // 2)
    return f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode() + picture * frames


def beside(contents):
    """Grey PNGs beside each other in one."""
    pictures = [grey_rows(content) for content in contents]
    height = max(len(rows) for rows in pictures)
    filled = [rows + [b"\xff" * len(rows[0])] * (height - len(rows)) for rows in pictures]
    return png([b"".join(parts) for parts in zip(*filled)])


def blank_png(side=200):
    return png([b"\xff" * side] * side)


def _multiply(a, b):
    """In GF(256) modulo x^8 + x^4 + x^3 + x^2 + 1."""
    product = 0
    for bit in range(8):
        if b >> bit & 1:
            product ^= a << bit
    for bit in range(14, 7, -1):
        if product >> bit & 1:
            product ^= 0x11D << (bit - 8)
    return product


def _correction(data, count):
    generator = [1]
    root = 1
    for _ in range(count):
        shifted = generator + [0]
        for i, factor in enumerate(generator):
            shifted[i + 1] ^= _multiply(factor, root)
        generator = shifted
        root = _multiply(root, 2)
    rest = list(data) + [0] * count
    for i in range(len(data)):
        for j in range(1, count + 1):
            rest[i + j] ^= _multiply(generator[j], rest[i])
    return rest[len(data):]


def qr_modules(text):
    """The 21 x 21 modules (1: dark) of `text`, at most 17 bytes (ISO/IEC 18004, mask 0)."""
    side = 21
    raw = text.encode()
    assert len(raw) <= 17
    bits = "0100" + f"{len(raw):08b}" + "".join(f"{b:08b}" for b in raw) + "0000"
    data = [int(bits[i:i + 8], 2) for i in range(0, len(bits), 8)]
    data += [(0xEC, 0x11)[i % 2] for i in range(19 - len(data))]
    stream = "".join(f"{b:08b}" for b in data + _correction(data, 7))

    modules = [[None] * side for _ in range(side)]
    for top, left in ((0, 0), (0, side - 7), (side - 7, 0)):
        for y in range(-1, 8):
            for x in range(-1, 8):
                if 0 <= top + y < side and 0 <= left + x < side:
                    ring = max(abs(y - 3), abs(x - 3))
                    modules[top + y][left + x] = int(ring in (0, 1, 3))
    for i in range(8, side - 8):
        modules[6][i] = modules[i][6] = (i + 1) % 2
    modules[side - 8][8] = 1
    form = 0b111011111000100  # level L, mask 0, with its own correction and mask
    for i in range(15):
        bit = form >> i & 1
        row = i if i < 6 else i + 1 if i < 8 else side - 15 + i
        column = side - 1 - i if i < 8 else 7 if i == 8 else 14 - i
        modules[row][8] = modules[8][column] = bit

    position = 0
    upward = True
    for right in (20, 18, 16, 14, 12, 10, 8, 5, 3, 1):
        for y in reversed(range(side)) if upward else range(side):
            for x in (right, right - 1):
                if modules[y][x] is None:
                    modules[y][x] = int(stream[position]) ^ int((x + y) % 2 == 0)
                    position += 1
        upward = not upward
    return modules


def qr_png(text, scale=6, quiet=4):
    """A picture of a QR code with any short text."""
    light = [0] * quiet
    modules = qr_modules(text)
    empty = [0] * (len(modules) + 2 * quiet)
    framed = [empty] * quiet + [light + row + light for row in modules] + [empty] * quiet
    rows = [b"".join((b"\0" if module else b"\xff") * scale for module in row) for row in framed]
    return png([row for row in rows for _ in range(scale)])


# What others see of a drawing

def chunks(content):
    """The chunks of a PNG, (kind, content), each with its check."""
    assert content.startswith(PNG_SIGNATURE)
    at = 8
    while at < len(content):
        size, kind = struct.unpack(">I4s", content[at:at + 8])
        body = content[at + 8:at + 8 + size]
        assert struct.unpack(">I", content[at + 8 + size:at + 12 + size])[0] == zlib.crc32(kind + body)
        yield kind, body
        at += 12 + size


def millimetres(content):
    """How wide and high a PNG is in print, by its `pHYs`."""
    parts = dict(chunks(content))
    width, height = struct.unpack(">II", parts[b"IHDR"][:8])
    x, y, unit = struct.unpack(">IIB", parts[b"pHYs"])
    assert unit == 1
    return 1000 * width / x, 1000 * height / y


def photographed(rows, seed, width=900, height=900, tilt=0.12, degrees=7, module=5.5, noise=14):
    """A PNG of grey rows as a camera saw them: turned, tilted, a little blurred, with noise, on a
    grey wall. `module`: how far away the camera is; at 5.5 the sheet fills 62 % of the picture."""
    draw = random.Random(seed)
    angle = math.radians(degrees)
    cosine, sine = math.cos(angle), math.sin(angle)
    high, wide = len(rows), len(rows[0])
    zoom = module / 5.5 * max(high, wide) / (0.62 * min(width, height))

    def seen(x, y):
        right, down = x - width / 2, y - height / 2
        depth = 1 + tilt * right / width * 2
        u = (right * cosine + down * sine) * zoom * depth + wide / 2
        v = (down * cosine - right * sine) * zoom * depth + high / 2
        if not (0 <= u < wide and 0 <= v < high):
            return 130
        return 40 + rows[int(v)][int(u)] * 175 // 255

    lines = []
    for y in range(height):
        # Two places a pixel: the edge of a module is neither black nor white.
        line = [(seen(x + 0.25, y + 0.25) + seen(x + 0.75, y + 0.75)) // 2 for x in range(width)]
        lines.append(bytes(min(255, max(0, value + draw.randint(-noise, noise)))
                           for value in line))
    return png(lines)


def typeset(text, ink, paper, gap, cell=(8, 16)):
    """A PNG of a text of half blocks in a window: characters of `ink` on `paper`, and so many
    pixels of `paper` between lines. Other characters are seen as blank."""
    wide, high = cell
    half = high // 2
    lines = text.splitlines()
    side = max(map(len, lines)) * wide + 80
    blank = bytes([paper]) * side
    rows = [blank] * 40
    for line in lines:
        halves = [b"", b""]
        for character in line:
            halves[0] += bytes([ink if character in "\u2588\u2580" else paper]) * wide
            halves[1] += bytes([ink if character in "\u2588\u2584" else paper]) * wide
        for pixels in halves:
            row = bytes([paper]) * 40 + pixels
            rows += [row + bytes([paper]) * (side - len(row))] * half
        rows += [blank] * gap
    return png(rows + [blank] * 40)
