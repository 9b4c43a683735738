//! Several files at once, or a ZIP of them, for an employer with many applicants: a verdict each,
//! one after another, as rows of a table and as CSV.

mod unpacked;

use anyhow::Context;
use jiff::Timestamp;

use super::{Judge, Judgement};
use crate::tongue::Tongue;
use unpacked::{Bundle, Member};

/// A file as it was handed in.
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// A row of the table.
pub(crate) struct Row {
    /// The file's name, as it may be shown; in a ZIP, with its folders.
    pub(crate) file: String,
    pub(crate) outcome: Outcome,
}

/// What came of a file.
pub(crate) enum Outcome {
    /// It was judged.
    Judged(Box<Judgement>),
    /// It was not.
    NotJudged(Why),
}

/// Why a file was not judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// In a ZIP, whatever is not called a PDF.
    NotPdf,
    /// A PDF that is larger than any certificate.
    TooLarge,
    /// The ZIP, or a file in it, can't be unpacked: damaged, or with a password.
    Packed,
    /// There is more in the ZIP than is looked at.
    TooMuch,
    /// All files together took longer than they may.
    OutOfTime,
}

impl Why {
    /// The word in JSON.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::NotPdf => "not_a_pdf",
            Self::TooLarge => "too_large",
            Self::Packed => "not_unpacked",
            Self::TooMuch => "too_much",
            Self::OutOfTime => "out_of_time",
        }
    }

    /// Whether something was left unjudged that may be a certificate.
    pub(crate) const fn is_a_failure(self) -> bool {
        match self {
            Self::NotPdf => false,
            Self::TooLarge | Self::Packed | Self::TooMuch | Self::OutOfTime => true,
        }
    }

    /// What is said of it.
    pub(crate) const fn says(self, tongue: Tongue) -> &'static str {
        let [zh, en] = match self {
            Self::NotPdf => ["不是 PDF，未查驗", "not a PDF; not looked at"],
            Self::TooLarge => [
                "檔案超過 20 MB，不是證書檔；未查驗",
                "larger than 20 MB, which no certificate is; not looked at",
            ],
            Self::Packed => [
                "無法解壓縮（損壞或有密碼）；請解開後直接上傳 PDF",
                "can't be unpacked (damaged, or with a password); unpack it and hand in the PDFs",
            ],
            Self::TooMuch => [
                "壓縮檔超過 200 個檔案或 200 MB，其餘未查驗；請分批上傳",
                "more than 200 files or 200 MB in the ZIP; the rest was not looked at, hand it in in parts",
            ],
            Self::OutOfTime => [
                "查驗時間過長，其餘未查驗；請分批上傳",
                "this takes too long; the rest was not looked at, hand it in in parts",
            ],
        };
        tongue.pick(zh, en)
    }
}

/// Judges every file, and hands each row to `done` as soon as it is there. One file is in memory at
/// a time, beside what was handed in.
pub(crate) async fn judge_each(
    judge: &Judge,
    uploads: Vec<Upload>,
    now: Timestamp,
    mut done: impl FnMut(Row),
) -> anyhow::Result<()> {
    for upload in uploads {
        let mut bundle = Bundle::open(upload);
        loop {
            let (rest, member) = tokio::task::spawn_blocking(move || {
                bundle.next().map(|member| (bundle, member)).unzip()
            })
            .await
            .context("a file could not be unpacked")?;
            let (Some(rest), Some(member)) = (rest, member) else { break };
            bundle = rest;
            let (file, outcome) = match member {
                Member::Other(file, why) => (file, Outcome::NotJudged(why)),
                Member::File(file, bytes) => {
                    let judgement = judge.judge(bytes, now).await?;
                    (file, Outcome::Judged(Box::new(judgement)))
                }
            };
            done(Row { file, outcome });
        }
    }
    Ok(())
}

/// The table as CSV that Excel opens right: UTF-8 with its mark, and nothing that it would take for
/// a formula. Names are those of files that the reader holds.
pub(crate) fn csv(rows: &[Row], tongue: Tongue) -> anyhow::Result<String> {
    let heads = [
        ["檔案", "file"],
        ["結果", "verdict"],
        ["代碼", "code"],
        ["證書字號", "certificate number"],
        ["姓名", "name"],
        ["系所", "programme"],
        ["學位", "degree"],
    ];
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(heads.map(|[zh, en]| tongue.pick(zh, en)))?;
    for row in rows {
        writer.write_record(cells(row, tongue).map(|cell| inert(&cell)))?;
    }
    let table = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(format!("\u{FEFF}{}", String::from_utf8(table)?))
}

/// The cells of a row; those of people only where the file is theirs.
pub(crate) fn cells(row: &Row, tongue: Tongue) -> [String; 7] {
    let file = row.file.clone();
    let nothing = String::new;
    let judgement = match &row.outcome {
        Outcome::Judged(judgement) => judgement,
        Outcome::NotJudged(why) => {
            let (says, code) = (why.says(tongue).into(), why.as_str().into());
            return [file, says, code, nothing(), nothing(), nothing(), nothing()];
        }
    };
    let finding = judgement.finding;
    let held = judgement.held.as_ref().map(|held| &held.certified);
    let name = held.and_then(|held| {
        let names = (held.name_zh.clone(), held.name_en.clone());
        match tongue {
            Tongue::Zh => names.0.or(names.1),
            Tongue::En => names.1.or(names.0),
        }
    });
    [
        file,
        format!("{} {}", finding.mark(), finding.says(tongue)),
        finding.as_str().into(),
        judgement.certificate_no.clone().unwrap_or_default(),
        name.unwrap_or_default(),
        held.map(|held| held.programme.clone()).unwrap_or_default(),
        held.map(|held| held.degree.clone()).unwrap_or_default(),
    ]
}

/// A cell that no spreadsheet takes for a formula.
fn inert(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_is_for_excel_and_holds_no_formula() {
        let row = |file: &str, why| Row { file: file.into(), outcome: Outcome::NotJudged(why) };
        let rows = [row("=HYPERLINK(1).pdf", Why::TooLarge), row("a,b.txt", Why::NotPdf)];
        let csv = csv(&rows, Tongue::En).unwrap();
        let lines: Vec<&str> = csv.split("\r\n").collect();
        assert!(lines[0].starts_with("\u{FEFF}file,verdict,code,"), "{}", lines[0]);
        assert!(lines[1].starts_with("'=HYPERLINK(1).pdf,"), "{}", lines[1]);
        assert!(lines[2].starts_with("\"a,b.txt\",not a PDF"), "{}", lines[2]);
        assert_eq!(lines[3], "");
        assert_eq!(inert("115-000001"), "115-000001");
    }
}
