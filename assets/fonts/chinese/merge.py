#!/usr/bin/env python3
"""Writes the fonts of the window: Inter and JetBrains Mono with the Chinese letters of Noto Sans CJK SC.

    apt-get install python3-fonttools fonts-noto-cjk
    python3 assets/fonts/chinese/merge.py

Fyne falls back to fonts of the system where a face has no glyph, and a system need not have a Chinese one. The letters
that are taken over are the 3,755 of GB 2312's first level, which cover running text, their punctuation, and whatever the
translations use beyond; JetBrains Mono Bold, which sets few words, gets those of the translations only. Measures of lines and all other glyphs stay those of the Latin face, so texts of one language
do not move because of the other.
"""

import json
import pathlib

from fontTools.misc.transform import Scale
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

FONTS = pathlib.Path(__file__).resolve().parent.parent
NOTO = pathlib.Path("/usr/share/fonts/opentype/noto")
FACE_SC = 2  # of the collection: Noto Sans CJK SC
FACES = {
    "Inter-Regular.otf": "NotoSansCJK-Regular.ttc",
    "Inter-SemiBold.otf": "NotoSansCJK-Bold.ttc",
    "JetBrainsMono-Regular.ttf": "NotoSansCJK-Regular.ttc",
    "JetBrainsMono-Bold.ttf": "NotoSansCJK-Bold.ttc",
}


def common():
    """The first level of GB 2312."""
    runes = set()
    for row in range(0xB0, 0xD8):
        for cell in range(0xA1, 0xFF):
            try:
                runes.add(ord(bytes((row, cell)).decode("gb2312")))
            except UnicodeDecodeError:
                pass  # the last five cells of the level are empty
    return runes


def translated():
    """What the translations use, and full-width punctuation."""
    runes = set(range(0x3001, 0x3018)) | set(range(0xFF01, 0xFF5F)) | {0xFFE5}
    for file in (FONTS.parent / "translations").glob("*.json"):
        for text in texts(json.loads(file.read_text("utf-8"))):
            runes.update(map(ord, text))
    return runes


def texts(entry):
    if isinstance(entry, str):
        yield entry
    else:
        for value in entry.values():
            yield from texts(value)


class CFFTarget:
    """Appends glyphs to a face with cubic outlines."""

    def __init__(self, font):
        self.font = font
        self.top = font["CFF "].cff.topDictIndex[0]
        self.strings = self.top.CharStrings

    def add(self, name, glyphs, source, scale, width):
        private = self.top.Private
        pen = T2CharStringPen(width - private.nominalWidthX, glyphs)
        glyphs[source].draw(TransformPen(pen, Scale(scale)))
        self.strings.charStringsIndex.append(pen.getCharString(private, self.strings.globalSubrs))
        self.strings.charStrings[name] = len(self.strings.charStringsIndex) - 1

    def finish(self, order):
        self.top.charset = order


class GlyfTarget:
    """Appends glyphs to a face with quadratic outlines."""

    def __init__(self, font):
        self.font = font

    def add(self, name, glyphs, source, scale, width):
        pen = TTGlyphPen(None)
        glyphs[source].draw(Cu2QuPen(TransformPen(pen, Scale(scale)), max_err=1.0, reverse_direction=True))
        self.font["glyf"].glyphs[name] = pen.glyph()

    def finish(self, order):
        self.font["glyf"].glyphOrder = order


def merge(base, donor, runes):
    font = TTFont(FONTS / base, recalcTimestamp=False)
    chinese = TTFont(NOTO / donor, fontNumber=FACE_SC)
    has, from_cmap, glyphs = font.getBestCmap(), chinese.getBestCmap(), chinese.getGlyphSet()
    scale = font["head"].unitsPerEm / chinese["head"].unitsPerEm
    target = CFFTarget(font) if "CFF " in font else GlyfTarget(font)
    order, added = list(font.getGlyphOrder()), {}
    font["hmtx"]  # decompiled before the order grows
    for rune in sorted(runes - has.keys()):
        source = from_cmap.get(rune)
        if source is None:
            continue
        name = "uni%04X.sc" % rune
        width = round(chinese["hmtx"][source][0] * scale)
        target.add(name, glyphs, source, scale, width)
        font["hmtx"][name] = (width, round(chinese["hmtx"][source][1] * scale))
        order.append(name)
        added[rune] = name
    font.setGlyphOrder(order)
    target.finish(order)
    for table in font["cmap"].tables:
        table.cmap.update({rune: name for rune, name in added.items() if table.format == 12 or rune <= 0xFFFF})
    font["maxp"].numGlyphs = len(order)
    font["post"].formatType = 3.0
    for unused in ("DSIG", "fpgm", "prep", "cvt ", "gasp"):  # hints and signature of the face as it was
        if unused in font:
            del font[unused]
    if "glyf" in font:
        font["glyf"].removeHinting()
    stem, suffix = base.split(".")
    font.save(FONTS / "chinese" / f"{stem}-SC.{suffix}")


def main():
    few = translated()
    for base, donor in FACES.items():
        merge(base, donor, few if base == "JetBrainsMono-Bold.ttf" else few | common())


if __name__ == "__main__":
    main()
