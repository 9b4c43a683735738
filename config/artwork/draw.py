"""Draws the sample school's artwork and cuts its font; see README.md beside this file.

    python draw.py FONTS OUT

FONTS holds NotoSerifTC_500Medium.ttf, _700Bold.ttf and _900Black.ttf. Lengths are millimetres.
"""

import math
import re
import sys
from pathlib import Path

import numpy
import skia
from fontTools import subset
from PIL import Image

HERE = Path(__file__).parent
NAMES = HERE.parent.parent / "console/src/demo/names.rs"
WIDTH, HEIGHT = 297, 210
SCHOOL = "NATIONAL EXAMPLE UNIVERSITY OF SCIENCE AND TECHNOLOGY"
RED, NAVY = (0xB5, 0x24, 0x1C), (0x1F, 0x3A, 0x6B)
# Paper, two tones of the border, tone of the watermark.
ZH = {"paper": ("#FFFCF4", "#F8F0DC"), "lines": ("#B9954A", "#B5564A"), "mark": "#B08A3A"}
EN = {"paper": ("#FDFDFC", "#EDF1F6"), "lines": ("#4E6C9C", "#B9A05C"), "mark": "#5B78A6"}


def colour(tone, alpha=1.0):
    value = int(tone[1:], 16)
    return skia.Color(value >> 16, value >> 8 & 255, value & 255, round(alpha * 255))


def stroke(tone, width, alpha=1.0):
    return skia.Paint(Color=colour(tone, alpha), Style=skia.Paint.kStroke_Style, StrokeWidth=width, AntiAlias=True)


def fill(tone, alpha=1.0):
    return skia.Paint(Color=colour(tone, alpha), AntiAlias=True)


def curve(points, closed=False):
    path = skia.Path()
    path.addPoly([skia.Point(x, y) for x, y in points], closed)
    return path


def rosette(canvas, x, y, radius, petals, depth, turns, paint):
    """Closed waves around a circle, each turned a little against the one before."""
    for turn in range(turns):
        phase = 2 * math.pi * turn / turns
        points = []
        for step in range(petals * 48):
            angle = 2 * math.pi * step / (petals * 48)
            r = radius * (1 - depth + depth * math.sin(petals * angle + phase))
            points.append((x + r * math.cos(angle), y + r * math.sin(angle)))
        canvas.drawPath(curve(points, True), paint)


def band(canvas, start, end, level, upright, tones):
    """Woven waves along one side of the page."""
    length = end - start
    periods = round(length / 9.5)
    for turn in range(16):
        phase = 2 * math.pi * turn / 16
        points = []
        for step in range(periods * 40 + 1):
            along = start + length * step / (periods * 40)
            angle = 2 * math.pi * periods * (along - start) / length
            swell = 2.1 + 1.0 * math.cos(angle / 2 + phase / 2) ** 2
            across = level + swell * math.sin(angle + phase)
            points.append((across, along) if upright else (along, across))
        canvas.drawPath(curve(points), stroke(tones[turn % 2], 0.1, 0.95))


def ring_text(canvas, text, face, x, y, radius, size, paint, lower=False, spread=None):
    """Text around a circle: over the top, or under the bottom to be read from inside."""
    # Widths from a large size: those of a small one are rounded.
    glyphs = skia.Font(face, 1000).textToGlyphs(text)
    widths = [width * size / 1000 for width in skia.Font(face, 1000).getWidths(glyphs)]
    gap = 0 if spread is None else (math.radians(spread) * radius - sum(widths)) / len(widths)
    total = sum(widths) + gap * (len(widths) - 1)
    angle = -total / 2 / radius
    for glyph, width in zip(glyphs, widths):
        middle = angle + width / 2 / radius
        canvas.save()
        canvas.translate(x, y)
        canvas.rotate(math.degrees(-middle if lower else middle))
        canvas.translate(-width / 2, radius + size * 0.72 if lower else -radius)
        path = skia.Font(face, 1000).getPath(glyph)
        path.transform(skia.Matrix.Scale(size / 1000, size / 1000))
        canvas.drawPath(path, paint)
        canvas.restore()
        angle += (width + gap) / radius


def emblem(canvas, x, y, size, paint):
    """A plum blossom over an open book, in a gear."""
    gear, teeth = [], 24
    for tooth in range(teeth):
        for part, r in ((0.0, 0.92), (0.18, 1.0), (0.5, 1.0), (0.68, 0.92)):
            angle = 2 * math.pi * (tooth + part) / teeth
            gear.append((x + size * r * math.cos(angle), y + size * r * math.sin(angle)))
    wheel = curve(gear, True)
    wheel.addCircle(x, y, size * 0.83)
    wheel.setFillType(skia.PathFillType.kEvenOdd)
    canvas.drawPath(wheel, paint)
    blossom, heart = skia.Path(), skia.Path()
    for petal in range(5):
        angle = 2 * math.pi * petal / 5 - math.pi / 2
        one = skia.Path()
        one.addCircle(x + 0.24 * size * math.cos(angle), y - 0.17 * size + 0.24 * size * math.sin(angle), size * 0.17)
        blossom = skia.Op(blossom, one, skia.PathOp.kUnion_PathOp)
    heart.addCircle(x, y - 0.17 * size, size * 0.11)
    canvas.drawPath(skia.Op(blossom, heart, skia.PathOp.kDifference_PathOp), paint)
    canvas.drawCircle(x, y - 0.17 * size, size * 0.06, paint)
    for side in (-1, 1):
        for page in range(3):
            low = y + size * (0.42 + 0.075 * page)
            book = skia.Path()
            book.moveTo(x + side * 0.02 * size, low)
            book.cubicTo(x + side * 0.15 * size, low - 0.14 * size, x + side * 0.4 * size, low - 0.13 * size,
                         x + side * (0.60 - 0.06 * page) * size, low - 0.05 * size)
            book.lineTo(x + side * (0.57 - 0.06 * page) * size, low)
            book.cubicTo(x + side * 0.4 * size, low - 0.08 * size, x + side * 0.15 * size, low - 0.09 * size,
                         x + side * 0.02 * size, low + 0.05 * size)
            book.close()
            canvas.drawPath(book, paint)


def canvas_of(width, height, dpi):
    scale = dpi / 25.4
    surface = skia.Surface(round(width * scale), round(height * scale))
    surface.getCanvas().scale(scale, scale)
    return surface, surface.getCanvas()


def background(tones, face, dpi=240):
    surface, canvas = canvas_of(WIDTH, HEIGHT, dpi)
    light, shade = (colour(tone) for tone in tones["paper"])
    ground = skia.GradientShader.MakeRadial(skia.Point(WIDTH / 2, HEIGHT / 2), 185, [light, light, shade], [0, 0.45, 1])
    canvas.drawPaint(skia.Paint(Shader=ground, Dither=True))

    rosette(canvas, WIDTH / 2, HEIGHT / 2, 84, 36, 0.055, 10, stroke(tones["mark"], 0.1, 0.20))
    rosette(canvas, WIDTH / 2, HEIGHT / 2, 72, 12, 0.24, 18, stroke(tones["mark"], 0.1, 0.15))
    emblem(canvas, WIDTH / 2, HEIGHT / 2, 34, fill(tones["mark"], 0.12))
    ring_text(canvas, SCHOOL, face, WIDTH / 2, HEIGHT / 2, 37, 4.2, fill(tones["mark"], 0.2), spread=292)

    middle, corner = 10.0, 13.0
    for level in (middle, HEIGHT - middle):
        band(canvas, middle + 4, WIDTH - middle - 4, level, False, tones["lines"])
    for level in (middle, WIDTH - middle):
        band(canvas, middle + 4, HEIGHT - middle - 4, level, True, tones["lines"])
    for inset, width in ((5.4, 0.55), (6.2, 0.15), (13.8, 0.15), (14.6, 0.4)):
        frame = skia.Rect.MakeLTRB(inset, inset, WIDTH - inset, HEIGHT - inset)
        canvas.drawRect(frame, stroke(tones["lines"][0], width))
    for x in (corner, WIDTH - corner):
        for y in (corner, HEIGHT - corner):
            canvas.drawCircle(x, y, 9.2, fill(tones["paper"][1]))
            canvas.drawCircle(x, y, 9.2, stroke(tones["lines"][0], 0.4))
            canvas.drawCircle(x, y, 8.6, stroke(tones["lines"][1], 0.12))
            rosette(canvas, x, y, 8.2, 12, 0.2, 10, stroke(tones["lines"][0], 0.09, 0.8))
            rosette(canvas, x, y, 5.2, 8, 0.4, 8, stroke(tones["lines"][1], 0.09, 0.8))
            emblem(canvas, x, y, 2.2, fill(tones["lines"][1]))
    return Image.fromarray(surface.toarray()[:, :, [2, 1, 0]])


def inked(surface, ink, seed):
    """What was drawn, in one colour of ink that has not taken everywhere alike."""
    alpha = surface.toarray()[:, :, 3].astype(float)
    height, width = alpha.shape
    random = numpy.random.default_rng(seed)
    grain = numpy.zeros((height, width))
    for cells, weight in ((28, 0.4), (90, 0.35), (240, 0.25)):
        noise = Image.fromarray((random.random((cells, cells)) * 255).astype("uint8"))
        grain += weight * numpy.asarray(noise.resize((width, height), Image.Resampling.BICUBIC)) / 255
    taken = numpy.clip(1.12 - 1.6 * numpy.clip(grain - 0.58, 0, 1), 0.55, 1)
    image = numpy.empty((height, width, 4), "uint8")
    image[:, :, :3] = ink
    image[:, :, 3] = alpha * taken
    return Image.fromarray(image)


def square_seal(columns, face, side, seed):
    """Raised characters (朱文) in a frame, columns from the right."""
    surface, canvas = canvas_of(side, side, 600)
    black = fill("#000000")
    edge = side * 0.055
    canvas.drawRoundRect(skia.Rect.MakeLTRB(edge / 2 + 0.1, edge / 2 + 0.1, side - edge / 2 - 0.1, side - edge / 2 - 0.1),
                         0.6, 0.6, stroke("#000000", edge))
    inner, font = side * 0.82, skia.Font(face, 100)
    for column, text in enumerate(columns):
        width, height = inner / len(columns), inner / len(text)
        left = side / 2 + inner / 2 - (column + 1) * width
        for row, glyph in enumerate(font.textToGlyphs(text)):
            path = font.getPath(glyph)
            bounds = path.computeTightBounds()
            top = side / 2 - inner / 2 + row * height
            cell = skia.Rect.MakeXYWH(left + width * 0.05, top + height * 0.05, width * 0.9, height * 0.9)
            # A character of few strokes keeps some of its own shape.
            if bounds.height() < 60:
                cell.inset(0, height * 0.25)
            path.transform(skia.Matrix.MakeRectToRect(bounds, cell, skia.Matrix.kFill_ScaleToFit))
            canvas.drawPath(path, black)
    return inked(surface, RED, seed)


def round_seal(upper, lower, face, side, seed):
    """An emblem with words around it."""
    surface, canvas = canvas_of(side, side, 600)
    black, middle = fill("#000000"), side / 2
    for radius, width in ((0.485, 0.022), (0.455, 0.007), (0.315, 0.007)):
        canvas.drawCircle(middle, middle, side * radius, stroke("#000000", side * width))
    ring_text(canvas, upper, face, middle, middle, side * 0.357, side * (0.06 if len(upper) < 30 else 0.049), black,
              spread=min(270, 9 * len(upper)))
    ring_text(canvas, lower, face, middle, middle, side * 0.353, side * 0.06, black, lower=True, spread=8 * len(lower))
    emblem(canvas, middle, middle, side * 0.27, black)
    return inked(surface, NAVY, seed)


def cut_font(source, out):
    """The font with the characters of certificates and of the demo's names alone."""
    listed = (line for line in (HERE / "glyphs.txt").read_text("utf-8").splitlines() if not line.startswith("#"))
    named = re.findall(r'\("(\S)", "', NAMES.read_text("utf-8"))
    wanted = set("".join(listed)) | set(named) | set(map(chr, range(0x20, 0x7F))) | {"\u00a0"}
    options = subset.Options(hinting=False, layout_features=[], notdef_outline=True, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14])
    options.drop_tables += ["BASE", "GDEF", "GPOS", "GSUB", "STAT", "VORG", "vhea", "vmtx"]
    font = subset.load_font(source, options)
    missing = [c for c in sorted(wanted) if ord(c) not in font.getBestCmap()]
    assert not missing, missing
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=map(ord, wanted))
    subsetter.subset(font)
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False
    font.save(out)


def main(fonts, out):
    bold, black = (skia.Typeface.MakeFromFile(str(fonts / f"NotoSerifTC_{weight}.ttf")) for weight in ("700Bold", "900Black"))
    for language, tones in (("zh", ZH), ("en", EN)):
        picture = background(tones, bold)
        picture.save(out / f"background-{language}.jpg", quality=91, subsampling=0, optimize=True, dpi=(240, 240))
    seals = {
        "seal-president-zh": square_seal(("國立範例", "科技大學", "校長之印"), black, 30, 1),
        "seal-engineering-zh": square_seal(("工學院", "院長印"), black, 20, 2),
        "seal-management-zh": square_seal(("管理學院", "院長之印"), black, 20, 3),
        "seal-president-en": round_seal(SCHOOL, "PRESIDENT", bold, 36, 4),
        "seal-engineering-en": round_seal("COLLEGE OF ENGINEERING", "DEAN", bold, 24, 5),
        "seal-management-en": round_seal("COLLEGE OF MANAGEMENT", "DEAN", bold, 24, 6),
    }
    for name, seal in seals.items():
        seal.save(out / f"{name}.png", optimize=True, dpi=(600, 600))
    cut_font(fonts / "NotoSerifTC_500Medium.ttf", out / "sealpress-serif.ttf")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
