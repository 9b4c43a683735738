//! Enough of a TrueType font to write with it: which glyph a character has.

/// A font file and its characters.
#[derive(Debug)]
pub(crate) struct Font {
    pub(crate) bytes: Vec<u8>,
    glyphs: Vec<(char, u16)>,
}

impl Font {
    /// Reads the table `cmap` (format 4, which every Windows font has).
    pub(crate) fn read(bytes: Vec<u8>) -> Self {
        let cmap = table(&bytes, b"cmap").expect("a font has a cmap");
        let format4 = (0..usize::from(u16_at(cmap, 2)))
            .map(|record| u32_at(cmap, 4 + record * 8 + 4))
            .filter_map(|at| cmap.get(at..))
            .find(|subtable| u16_at(subtable, 0) == 4)
            .expect("a subtable of format 4");
        let glyphs = read_format4(format4);
        Self { bytes, glyphs }
    }

    /// The glyph of a character.
    pub(crate) fn glyph(&self, wanted: char) -> Option<u16> {
        let found = self.glyphs.binary_search_by_key(&wanted, |(c, _)| *c).ok()?;
        Some(self.glyphs[found].1)
    }

    /// How far a glyph moves the pen, in thousandths of the font's size.
    pub(crate) fn advance(&self, glyph: u16) -> usize {
        let [head, hhea, hmtx] = [b"head", b"hhea", b"hmtx"]
            .map(|name| table(&self.bytes, name).expect("a font's table"));
        let metrics = usize::from(u16_at(hhea, 34));
        // Glyphs beyond the last metric move the pen as far as the last one does.
        let at = usize::from(glyph).min(metrics - 1) * 4;
        usize::from(u16_at(hmtx, at)) * 1000 / usize::from(u16_at(head, 18))
    }

    /// The Chinese characters that it has.
    pub(crate) fn chinese(&self) -> Vec<char> {
        let chinese = |c: &char| ('\u{4e00}'..='\u{9fff}').contains(c);
        self.glyphs.iter().map(|(c, _)| *c).filter(chinese).collect()
    }
}

fn table<'a>(font: &'a [u8], wanted: &[u8; 4]) -> Option<&'a [u8]> {
    (0..usize::from(u16_at(font, 4)))
        .map(|table| &font[12 + table * 16..])
        .find(|record| &record[..4] == wanted)
        .and_then(|record| font.get(u32_at(record, 8)..))
}

fn read_format4(subtable: &[u8]) -> Vec<(char, u16)> {
    let segments = usize::from(u16_at(subtable, 6)) / 2;
    let [ends, starts, deltas, offsets] =
        [14, 16 + segments * 2, 16 + segments * 4, 16 + segments * 6];
    let mut glyphs = Vec::new();
    for segment in 0..segments {
        let [start, end] = [starts, ends].map(|at| u16_at(subtable, at + segment * 2));
        let delta = u16_at(subtable, deltas + segment * 2);
        let offset_at = offsets + segment * 2;
        let offset = usize::from(u16_at(subtable, offset_at));
        for code in start..=end {
            let glyph = match offset {
                0 => code.wrapping_add(delta),
                _ => match u16_at(subtable, offset_at + offset + usize::from(code - start) * 2) {
                    0 => 0,
                    glyph => glyph.wrapping_add(delta),
                },
            };
            glyphs.extend(char::from_u32(code.into()).filter(|_| glyph != 0).map(|c| (c, glyph)));
        }
    }
    glyphs
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    usize::from(u16_at(bytes, at)) << 16 | usize::from(u16_at(bytes, at + 2))
}
