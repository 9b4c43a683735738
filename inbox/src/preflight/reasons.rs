//! Every sentence with which the examination refuses a raw PDF, in both languages.

use sealpress_ledger::Reason;

const REPRINT: [&str; 2] = [
    "請由列印系統重新輸出此證書，再投件一次。",
    "Print this certificate again from the print system and drop the new file.",
];

const FLATTEN: [&str; 2] = [
    "請改用「列印成 PDF」輸出只含版面內容的 PDF，再投件一次。",
    "Print to PDF so that the file holds the page and nothing else, and drop the new file.",
];

/// No `%PDF-` near the start.
pub(super) fn not_a_pdf() -> Reason {
    Reason::new("not_a_pdf", ["這個檔案不是 PDF。", "The file is not a PDF."], REPRINT)
}

/// The structure cannot be read; `what` names the part, `[zh-TW, English]`.
pub(super) fn damaged(what: [&str; 2]) -> Reason {
    let [zh, en] = what;
    Reason::new(
        "pdf_damaged",
        [
            format!("這個 PDF 已損壞，無法讀取（{zh}）。"),
            format!("The PDF is damaged and can't be read ({en})."),
        ],
        REPRINT,
    )
}

/// More objects than the configuration allows.
pub(super) fn too_many_objects(most: usize) -> Reason {
    Reason::new(
        "pdf_too_many_objects",
        [
            format!("這個 PDF 的物件超過 {most} 個，不像一張證書。"),
            format!("The PDF has more than {most} objects, which no certificate needs."),
        ],
        [
            "請由列印系統重新輸出；若確為證書，請調高設定 inbox.max_objects。",
            "Print it again; if it is a certificate indeed, raise inbox.max_objects in the configuration.",
        ],
    )
}

/// More inflated data, or more drawing, than the configuration allows.
pub(super) fn inflates(most: u64) -> Reason {
    Reason::new(
        "pdf_inflates",
        [
            format!("這個 PDF 解壓縮後超過 {most} 位元組，不像一張證書。"),
            format!("The PDF inflates to more than {most} bytes, which no certificate needs."),
        ],
        [
            "請由列印系統重新輸出；若確為證書，請調高設定 inbox.max_inflated_bytes。",
            "Print it again; if it is a certificate indeed, raise inbox.max_inflated_bytes in the configuration.",
        ],
    )
}

/// Something within something, deeper than the configuration allows.
pub(super) fn too_deep(most: usize) -> Reason {
    Reason::new(
        "pdf_too_deep",
        [
            format!("這個 PDF 的結構或表單巢狀超過 {most} 層，不像一張證書。"),
            format!(
                "The PDF nests structures or forms deeper than {most}, which no certificate needs."
            ),
        ],
        [
            "請由列印系統重新輸出；若確為證書，請調高設定 inbox.max_depth。",
            "Print it again; if it is a certificate indeed, raise inbox.max_depth in the configuration.",
        ],
    )
}

/// Images of more pixels than the configuration allows.
pub(super) fn too_many_pixels(most: u64) -> Reason {
    Reason::new(
        "pdf_too_many_pixels",
        [
            format!("這個 PDF 的圖片合計超過 {most} 像素，不像一張證書。"),
            format!(
                "The PDF's images have more than {most} pixels together, which no certificate needs."
            ),
        ],
        [
            "請降低掃描或圖片的解析度後重新輸出；若確為證書，請調高設定 inbox.max_image_pixels。",
            "Print it again with smaller images; if it is a certificate indeed, raise inbox.max_image_pixels in the configuration.",
        ],
    )
}

/// The process that read it died of it, or answered nonsense.
pub(super) fn parser_gave_up() -> Reason {
    Reason::new(
        "parser_gave_up",
        [
            "讀取這個 PDF 的程序無法完成：檔案已損壞，或用去過多的記憶體。",
            "The process that read the PDF gave up: the file is damaged, or takes too much memory.",
        ],
        REPRINT,
    )
}

/// The process that read it was at it too long.
pub(super) fn parser_took_too_long() -> Reason {
    Reason::new(
        "parser_took_too_long",
        [
            "讀取這個 PDF 的時間過久，已停止讀取。",
            "The PDF took too long to read, so it was given up.",
        ],
        REPRINT,
    )
}

/// A stream that a part of the page needs is packed in a way nobody packs it.
pub(super) fn unsupported_filter() -> Reason {
    Reason::new(
        "pdf_unsupported_filter",
        [
            "這個 PDF 的頁面內容使用無法辨識的壓縮方式。",
            "The content of the PDF's page is packed with a filter that is not known here.",
        ],
        REPRINT,
    )
}

/// A password is needed to open it.
pub(super) fn encrypted() -> Reason {
    Reason::new(
        "pdf_encrypted",
        [
            "這個 PDF 已加密，沒有密碼無法讀取。",
            "The PDF is encrypted and can't be read without a password.",
        ],
        [
            "請關閉列印系統的加密或密碼設定，重新輸出後再投件。",
            "Turn off encryption and passwords in the print system, print again and drop the new file.",
        ],
    )
}

/// Not exactly one page.
pub(super) fn page_count(pages: usize) -> Reason {
    Reason::new(
        "page_count",
        [
            format!("這個 PDF 有 {pages} 頁；一張證書只能有 1 頁。"),
            format!("The PDF has {pages} pages; a certificate has exactly one."),
        ],
        [
            "請讓列印系統每張證書輸出一個單頁檔案。",
            "Set the print system to write one file of one page for each certificate.",
        ],
    )
}

/// Boxes that describe no page.
pub(super) fn page_box() -> Reason {
    Reason::new(
        "page_box",
        ["這個 PDF 的頁面範圍不正確。", "The PDF's page boxes are not those of a page."],
        REPRINT,
    )
}

/// A page of another size than the layout's; lengths in millimetres.
pub(super) fn page_size(found: [f64; 2], expected: [f64; 2]) -> Reason {
    let [width, height] = found;
    let [wanted_width, wanted_height] = expected;
    Reason::new(
        "page_size",
        [
            format!(
                "頁面大小為 {width:.1} × {height:.1} mm，版面要求 {wanted_width:.1} × {wanted_height:.1} mm。"
            ),
            format!(
                "The page is {width:.1} × {height:.1} mm; the layout asks for {wanted_width:.1} × {wanted_height:.1} mm."
            ),
        ],
        [
            "請將列印系統的紙張大小與方向設成與版面相同，或在版面設定 raw.fit: true。",
            "Set the print system's paper size and orientation to the layout's, or set raw.fit: true in the layout.",
        ],
    )
}

/// A font that is not in the file.
pub(super) fn font_not_embedded(font: &str) -> Reason {
    Reason::new(
        "font_not_embedded",
        [
            format!("字型「{font}」沒有內嵌在 PDF 中；在其他電腦上文字可能空白或變形。"),
            format!(
                "The font “{font}” is not embedded in the PDF; elsewhere its text may be blank or look different."
            ),
        ],
        [
            "請在列印系統或 PDF 印表機的設定中選取「內嵌所有字型」（Adobe PDF：取消「僅依賴系統字型」；Ghostscript：-dEmbedAllFonts=true），重新輸出後再投件。",
            "Choose “embed all fonts” in the settings of the print system or PDF printer (Adobe PDF: clear “Rely on system fonts only”; Ghostscript: -dEmbedAllFonts=true), print again and drop the new file.",
        ],
    )
}

/// A font whose description has not all that readers need.
pub(super) fn font_incomplete(font: &str) -> Reason {
    Reason::new(
        "font_incomplete",
        [
            format!("字型「{font}」缺少編碼或字集的資料；有些閱讀程式會顯示空白。"),
            format!(
                "The font “{font}” lacks its encoding or its character collection (CIDSystemInfo); some readers show nothing of it."
            ),
        ],
        REPRINT,
    )
}

/// Text drawn with a font that the page does not have.
pub(super) fn font_missing() -> Reason {
    Reason::new(
        "font_missing",
        [
            "頁面用了 PDF 中不存在的字型，文字無法顯示。",
            "The page shows text with a font that the PDF does not have, so it can't be shown.",
        ],
        REPRINT,
    )
}

/// A signature is on it.
pub(super) fn already_signed() -> Reason {
    Reason::new(
        "already_signed",
        [
            "這個 PDF 已有數位簽章；合成版面會使原簽章失效。",
            "The PDF carries a digital signature already, which composing would destroy.",
        ],
        ["請投入尚未簽章的原始 PDF。", "Drop the raw PDF as it was before signing."],
    )
}

/// Something that does more than show a page; the code names it.
pub(super) fn active(code: &str, what: [&str; 2]) -> Reason {
    let [zh, en] = what;
    Reason::new(
        code,
        [
            format!("這個 PDF 含有{zh}，證書不得包含。"),
            format!("The PDF holds {en}, which a certificate must not."),
        ],
        FLATTEN,
    )
}

/// An annotation that shows something; `subtype` is its PDF name.
pub(super) fn annotation(subtype: &str) -> Reason {
    Reason::new(
        "annotation",
        [
            format!("頁面上有註解（{subtype}）；它不屬於頁面內容，合成後會消失。"),
            format!(
                "The page carries an annotation ({subtype}), which is not page content and would be lost."
            ),
        ],
        FLATTEN,
    )
}

/// Layers that a reader may switch.
pub(super) fn hidden_layer() -> Reason {
    Reason::new(
        "hidden_layer",
        [
            "頁面使用可以隱藏的圖層；不同的閱讀器可能顯示不同的內容。",
            "The page uses layers that can be hidden, so that readers may show different things.",
        ],
        [
            "請將圖層平面化（列印成 PDF），再投件一次。",
            "Flatten the layers (print to PDF) and drop the new file.",
        ],
    )
}

/// The text is readable and does not name the student.
pub(super) fn text_differs() -> Reason {
    Reason::new(
        "text_differs",
        [
            "頁面文字中找不到名冊上的姓名，或找不到學號或證書字號。",
            "The page's text lacks the name, or both the student number and the certificate number, as the roster has them.",
        ],
        [
            "請核對名冊與列印系統的資料，更正後重新輸出並投件。",
            "Compare the roster with the print system's data, correct what is wrong, print again and drop the new file.",
        ],
    )
}
