//! A print system: writes the raw PDF of a certificate, with its own few lines of PDF and none of
//! the libraries that Sealpress reads and writes with.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::Home;
use crate::font::Font;

/// A student of the print system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Student {
    /// Student number.
    pub number: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
    /// Where the certificate is mailed.
    pub email: String,
}

/// A print system with one font.
#[derive(Debug)]
pub struct PrintSystem {
    font: Font,
    chinese: Vec<char>,
}

const PROGRAMME: &str = "資訊工程學系";
const DEGREE: &str = "工學士";
const COLLEGE: &str = "工學院";

impl PrintSystem {
    /// A print system that writes with the font of the sample school.
    ///
    /// # Panics
    /// When the home has no font.
    #[must_use]
    pub fn of(home: &Home) -> Self {
        let fonts = home.files("assets").into_iter();
        let font = fonts
            .filter(|file| file.extension().is_some_and(|extension| extension == "ttf"))
            .max_by_key(|file| file.metadata().map_or(0, |metadata| metadata.len()));
        Self::with_font(&font.expect("the sample school has a font"))
    }

    /// A print system that writes with the TrueType font in `file`.
    ///
    /// # Panics
    /// When there is no such font.
    fn with_font(file: &Path) -> Self {
        let bytes =
            std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let font = Font::read(bytes);
        let chinese = font.chinese();
        assert!(chinese.len() > 30, "a font with Chinese characters");
        Self { font, chinese }
    }

    /// Students with numbers of their own, and names from the characters of the font.
    #[must_use]
    pub fn students(&self, count: usize) -> Vec<Student> {
        let character = |at: usize| self.chinese[at % self.chinese.len()];
        (0..count)
            .map(|at| Student {
                number: format!("B{:08}", 14_000_000 + at),
                name_zh: [character(at), character(at * 7 + 3), character(at / 5 + 11)]
                    .iter()
                    .collect(),
                name_en: format!("CHEN, Student {at:04}"),
                email: format!("b{:08}@students.example", 14_000_000 + at),
            })
            .collect()
    }

    /// The roster of these students, as CSV.
    #[must_use]
    pub fn roster(&self, students: &[Student]) -> String {
        let header = "student_no,name_zh,name_en,birthday,email,programme,degree,college\n";
        students.iter().fold(header.to_owned(), |mut csv, student| {
            let Student { number, name_zh, name_en, email } = student;
            writeln!(
                csv,
                "{number},{name_zh},\"{name_en}\",2003-05-06,{email},{PROGRAMME},{DEGREE},{COLLEGE}"
            )
            .expect("a string");
            csv
        })
    }

    /// The raw PDF of a student's certificate: A4 landscape, black on nothing, font embedded.
    #[must_use]
    pub fn print(&self, student: &Student) -> Vec<u8> {
        self.print_with(student, "")
    }

    /// The same with one more line, so that it is another file than the one before.
    ///
    /// # Panics
    /// Never: a string takes what is written.
    #[must_use]
    pub fn print_with(&self, student: &Student, remark: &str) -> Vec<u8> {
        let lines = [
            (210, 30, format!("學生 {}", student.name_zh)),
            (250, 20, format!("學號 {}", student.number)),
            (290, 20, student.name_en.clone()),
            (330, 12, remark.to_owned()),
        ];
        let mut used = BTreeMap::new();
        let mut content = String::from("BT\n");
        for (from_top, size, line) in lines {
            // A character that the font lacks is left out; the names are drawn from what it has.
            let glyphs = line.chars().filter_map(|c| Some((c, self.font.glyph(c)?)));
            let mut hex = String::new();
            for (character, glyph) in glyphs {
                used.insert(glyph, character);
                write!(hex, "{glyph:04x}").expect("a string");
            }
            writeln!(content, "/F {size} Tf 1 0 0 1 300 {} Tm <{hex}> Tj", 595 - from_top)
                .expect("a string");
        }
        content.push_str("ET\n");
        self.pdf(&content, &used)
    }

    fn pdf(&self, content: &str, used: &BTreeMap<u16, char>) -> Vec<u8> {
        let stream = |dictionary: &str, bytes: &[u8]| {
            let mut object =
                format!("<<{dictionary}/Length {}>>stream\n", bytes.len()).into_bytes();
            object.extend_from_slice(bytes);
            object.extend_from_slice(b"\nendstream");
            object
        };
        let widths = used.keys().fold(String::new(), |mut widths, &glyph| {
            write!(widths, "{glyph}[{}]", self.font.advance(glyph)).expect("a string");
            widths
        });
        let descendant = format!(
            "<</Type/Font/Subtype/CIDFontType2/BaseFont/AAAAAA+Print/CIDToGIDMap/Identity\
             /CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>\
             /FontDescriptor 7 0 R/W[{widths}]>>"
        );
        let length1 = format!("/Length1 {}", self.font.bytes.len());
        write_pdf(&[
            b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 842 595]/Contents 4 0 R\
              /Resources<</Font<</F 5 0 R>>>>>>"
                .to_vec(),
            stream("", content.as_bytes()),
            b"<</Type/Font/Subtype/Type0/BaseFont/AAAAAA+Print/Encoding/Identity-H\
              /DescendantFonts[6 0 R]/ToUnicode 9 0 R>>"
                .to_vec(),
            descendant.into_bytes(),
            b"<</Type/FontDescriptor/FontName/AAAAAA+Print/Flags 4/FontBBox[0 -200 1000 900]\
              /ItalicAngle 0/Ascent 900/Descent -200/CapHeight 700/StemV 80/FontFile2 8 0 R>>"
                .to_vec(),
            stream(&length1, &self.font.bytes),
            stream("", to_unicode(used).as_bytes()),
        ])
    }
}

fn to_unicode(used: &BTreeMap<u16, char>) -> String {
    let mut cmap = String::from(
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n\
         /CMapName /Print def /CMapType 2 def\n\
         1 begincodespacerange <0000> <ffff> endcodespacerange\n",
    );
    // A block holds at most 100 entries.
    for block in used.iter().collect::<Vec<_>>().chunks(100) {
        writeln!(cmap, "{} beginbfchar", block.len()).expect("a string");
        for (glyph, character) in block {
            writeln!(cmap, "<{glyph:04x}> <{:04x}>", u32::from(**character)).expect("a string");
        }
        cmap.push_str("endbfchar\n");
    }
    cmap.push_str("endcmap end end\n");
    cmap
}

fn write_pdf(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut pdf = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut xref = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (at, object) in objects.iter().enumerate() {
        writeln!(xref, "{:010} 00000 n ", pdf.len()).expect("a string");
        pdf.extend_from_slice(format!("{} 0 obj\n", at + 1).as_bytes());
        pdf.extend_from_slice(object);
        pdf.extend_from_slice(b"\nendobj\n");
    }
    let start = pdf.len();
    let trailer = format!(
        "{xref}trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n",
        objects.len() + 1
    );
    pdf.extend_from_slice(trailer.as_bytes());
    pdf
}
