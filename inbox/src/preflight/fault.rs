//! Why a page is refused, as the process that reads it says it: a code and a few bounded values,
//! and no sentence. The sentences are the parent's ([`reasons`]).

use sealpress_ledger::Reason;
use serde::{Deserialize, Serialize};

use super::{ExpectedPage, Limits, reasons};

/// Longest name out of a PDF that is shown to a person, in characters. (A font's is 127 bytes at
/// most, ISO 32000-1, annex C.)
const LONGEST_NAME: usize = 64;

/// Largest side of a page that is spoken of, in millimetres: the largest page times a large
/// `/UserUnit`.
const LARGEST_MM: f64 = 1_000_000.0;

/// Why a page is refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Fault {
    /// No `%PDF-` near the start.
    NotAPdf,
    /// A part can't be read.
    Damaged(Part),
    /// More than `max_objects`.
    TooManyObjects,
    /// More than `max_inflated_bytes`, or as much drawing.
    Inflates,
    /// Something within something, deeper than `max_depth`.
    TooDeep,
    /// Images of more than `max_image_pixels`.
    TooManyPixels,
    /// A stream that a part of the page needs is packed in a way nobody packs it.
    UnsupportedFilter,
    /// A password is needed to open it.
    Encrypted,
    /// Not exactly one page, but so many.
    PageCount(usize),
    /// Boxes that describe no page.
    PageBox,
    /// A page of another size than the layout's: width and height in millimetres.
    PageSize([f64; 2]),
    /// A font that is not in the file, by its name.
    FontNotEmbedded(String),
    /// A composite font of this name without what a reader needs to show it.
    FontIncomplete(String),
    /// Text drawn with a font that the page does not have.
    FontMissing,
    /// A signature is on it.
    AlreadySigned,
    /// Something that does more than show a page.
    Active(Active),
    /// An annotation that shows something; its PDF name.
    Annotation(String),
    /// Layers that a reader may switch.
    HiddenLayer,
}

/// What can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Part {
    Structure,
    References,
    Object,
    ObjectStream,
    StreamLength,
    Overlap,
    Lost,
    NoCatalog,
    PageTree,
    NoContent,
    Content,
    /// Whatever made the parser give up.
    Anything,
}

/// What does more than show a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Active {
    OpenAction,
    Xfa,
    FormFields,
    JavaScript,
    Automatic,
    EmbeddedFile,
    ExternalStream,
    Launch,
    Submit,
    Import,
    Remote,
    Media,
}

impl Fault {
    /// The refusal, for the person who dropped the file.
    pub(super) fn reason(&self, limits: &Limits, expected: ExpectedPage) -> Reason {
        match self {
            Self::NotAPdf => reasons::not_a_pdf(),
            Self::Damaged(part) => reasons::damaged(part.words()),
            Self::TooManyObjects => reasons::too_many_objects(limits.max_objects),
            Self::Inflates => reasons::inflates(limits.max_inflated_bytes),
            Self::TooDeep => reasons::too_deep(limits.max_depth),
            Self::TooManyPixels => reasons::too_many_pixels(limits.max_image_pixels),
            Self::UnsupportedFilter => reasons::unsupported_filter(),
            Self::Encrypted => reasons::encrypted(),
            Self::PageCount(pages) => reasons::page_count(*pages),
            Self::PageBox => reasons::page_box(),
            Self::PageSize(found) => reasons::page_size(*found, expected.mm()),
            Self::FontNotEmbedded(font) => reasons::font_not_embedded(&shown(font)),
            Self::FontIncomplete(font) => reasons::font_incomplete(&shown(font)),
            Self::FontMissing => reasons::font_missing(),
            Self::AlreadySigned => reasons::already_signed(),
            Self::Active(active) => reasons::active(active.code(), active.words()),
            Self::Annotation(subtype) => reasons::annotation(&shown(subtype)),
            Self::HiddenLayer => reasons::hidden_layer(),
        }
    }

    /// Whether the values are such as an examination can give.
    pub(super) fn is_sound(&self) -> bool {
        match self {
            Self::PageCount(pages) => *pages != 1,
            Self::PageSize(sides) => sides.iter().all(|side| (0.0..=LARGEST_MM).contains(side)),
            Self::NotAPdf
            | Self::Damaged(_)
            | Self::TooManyObjects
            | Self::Inflates
            | Self::TooDeep
            | Self::TooManyPixels
            | Self::UnsupportedFilter
            | Self::Encrypted
            | Self::PageBox
            | Self::FontNotEmbedded(_)
            | Self::FontIncomplete(_)
            | Self::FontMissing
            | Self::AlreadySigned
            | Self::Active(_)
            | Self::Annotation(_)
            | Self::HiddenLayer => true,
        }
    }
}

/// A name out of a foreign file as it may stand in a sentence: short, in one line, and with nothing
/// that turns the direction of what follows it.
fn shown(name: &str) -> String {
    let plain = |character: &char| {
        !character.is_control()
            && !matches!(character,
                '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    };
    name.chars().filter(plain).take(LONGEST_NAME).collect()
}

impl Part {
    /// `[zh-TW, English]`.
    const fn words(self) -> [&'static str; 2] {
        match self {
            Self::Structure => ["結構不正確", "its structure"],
            Self::References => ["交互參照表不正確", "cross-reference table"],
            Self::Object => ["物件無法讀取", "an object can't be read"],
            Self::ObjectStream => ["物件串流不正確", "an object stream"],
            Self::StreamLength => ["串流長度不正確", "the length of a stream"],
            Self::Overlap => ["物件互相重疊", "objects overlap"],
            Self::Lost => ["部分內容無法讀取", "a part of it can't be read"],
            Self::NoCatalog => ["缺少目錄", "no catalog"],
            Self::PageTree => ["頁面樹不正確", "page tree"],
            Self::NoContent => ["缺少頁面內容", "page content is missing"],
            Self::Content => ["頁面內容", "page content"],
            Self::Anything => ["無法剖析", "the parser gave up"],
        }
    }
}

impl Active {
    const fn code(self) -> &'static str {
        match self {
            Self::OpenAction => "open_action",
            Self::Xfa => "xfa_form",
            Self::FormFields => "form_fields",
            Self::JavaScript => "javascript",
            Self::Automatic => "automatic_action",
            Self::EmbeddedFile => "embedded_file",
            Self::ExternalStream => "external_stream",
            Self::Launch => "launch_action",
            Self::Submit => "submit_action",
            Self::Import => "import_action",
            Self::Remote => "remote_action",
            Self::Media => "media_action",
        }
    }

    /// `[zh-TW, English]`.
    const fn words(self) -> [&'static str; 2] {
        match self {
            Self::OpenAction => ["開啟時執行的動作", "an action on opening"],
            Self::Xfa => ["XFA 表單", "an XFA form"],
            Self::FormFields => ["可填寫的表單欄位", "form fields"],
            Self::JavaScript => ["JavaScript 程式", "JavaScript"],
            Self::Automatic => ["自動執行的動作", "actions that start by themselves"],
            Self::EmbeddedFile => ["內嵌的附件檔案", "embedded files"],
            Self::ExternalStream => ["存放在其他檔案的內容", "content that lies in another file"],
            Self::Launch => ["啟動程式的動作", "an action that starts a program"],
            Self::Submit => ["送出表單的動作", "an action that submits data"],
            Self::Import => ["匯入資料的動作", "an action that imports data"],
            Self::Remote => ["開啟其他檔案的動作", "an action that opens another file"],
            Self::Media => ["播放影音的動作", "an action that plays media"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_out_of_a_file_stays_within_its_sentence() {
        assert_eq!(shown("Ari\u{202E}al\n\u{0}\u{2066}Bold\u{FEFF}"), "ArialBold");
        assert_eq!(shown(&"長".repeat(10_000)).chars().count(), LONGEST_NAME);
    }

    #[test]
    fn values_that_no_page_has_are_not_taken() {
        assert!(!Fault::PageCount(1).is_sound() && Fault::PageCount(0).is_sound());
        for side in [f64::NAN, f64::INFINITY, -1.0, 1e12] {
            assert!(!Fault::PageSize([side, 210.0]).is_sound(), "{side}");
        }
    }
}
