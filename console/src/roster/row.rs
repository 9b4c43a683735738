//! One row as a student with one degree.

use jiff::civil::Date;
use sealpress_ledger::{Degree, Student, StudentSource, is_address, is_plain, is_student_no};

use super::BadRow;
use super::columns::Columns;

/// Longest value, in characters.
const LONGEST: usize = 200;

/// What is wrong with a row.
pub(super) struct RowError {
    field: &'static str,
    zh: &'static str,
    en: &'static str,
}

impl RowError {
    pub(super) const fn new(field: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self { field, zh, en }
    }

    pub(super) fn at(self, line: usize) -> BadRow {
        let Self { field, zh, en } = self;
        BadRow {
            line,
            field,
            reason_zh: format!("欄位 {field}：{zh}。"),
            reason_en: format!("{field}: {en}."),
        }
    }
}

pub(super) fn student(columns: &Columns, cells: &[String]) -> Result<Student, RowError> {
    let text = |field: &'static str| text(columns, cells, field);
    let student_no = text("student_no")?.ok_or(RowError::new(
        "student_no",
        "缺少學號",
        "the student number is missing",
    ))?;
    if !is_student_no(&student_no) {
        return Err(RowError::new(
            "student_no",
            "學號只能有英數字、- 與 _，最多 32 字",
            "a student number has letters, digits, - and _ alone, 32 at most",
        ));
    }
    let (name_zh, name_en) = (text("name_zh")?, text("name_en")?);
    if name_zh.is_none() && name_en.is_none() {
        return Err(RowError::new(
            "name_zh",
            "中英文姓名都沒有",
            "there is neither a Chinese nor an English name",
        ));
    }
    let (email, school_email) = (address(&text, "email")?, address(&text, "school_email")?);
    let birthday = text("birthday")?;
    let birthday = match birthday {
        None => None,
        Some(text) => Some(date(&text).ok_or(RowError::new(
            "birthday",
            "不是日期（例：91/03/15 或 2002-03-15）",
            "it is no date (91/03/15 or 2002-03-15)",
        ))?),
    };
    let degree =
        degree(text("programme")?, text("degree")?, text("college")?, text("certificate_no")?)?;
    let degrees = degree.into_iter().collect();
    Ok(Student {
        student_no,
        name_zh,
        name_en,
        birthday,
        email,
        school_email,
        source: StudentSource::Roster,
        degrees,
    })
}

fn address(
    text: &impl Fn(&'static str) -> Result<Option<String>, RowError>,
    field: &'static str,
) -> Result<Option<String>, RowError> {
    match text(field)? {
        Some(address) if !is_address(&address) => {
            Err(RowError::new(field, "不是電子郵件地址", "it is no e-mail address"))
        }
        address => Ok(address),
    }
}

fn text(
    columns: &Columns,
    cells: &[String],
    field: &'static str,
) -> Result<Option<String>, RowError> {
    let Some(value) = columns.get(cells, field) else { return Ok(None) };
    let hidden = |c: char| !is_plain(c) || c == char::REPLACEMENT_CHARACTER;
    if value.chars().any(hidden) {
        return Err(RowError::new(
            field,
            "含有無法顯示的字元",
            "it has characters that can't be shown",
        ));
    }
    if value.chars().count() > LONGEST {
        return Err(RowError::new(field, "太長", "it is too long"));
    }
    Ok(Some(value.to_owned()))
}

fn degree(
    programme: Option<String>,
    degree: Option<String>,
    college: Option<String>,
    certificate_no: Option<String>,
) -> Result<Option<Degree>, RowError> {
    match (programme, degree) {
        (Some(programme), Some(degree)) => {
            Ok(Some(Degree { programme, degree, college, certificate_no }))
        }
        (None, None) => Ok(None),
        (Some(_), None) => {
            Err(RowError::new("degree", "有系所但沒有學位", "there is a programme but no degree"))
        }
        (None, Some(_)) => Err(RowError::new(
            "programme",
            "有學位但沒有系所",
            "there is a degree but no programme",
        )),
    }
}

/// A date, Gregorian or in ROC years (a year under 200, or one that says so), as ISO 8601.
fn date(text: &str) -> Option<String> {
    // Databases and spreadsheets add a time: 2002-03-15T00:00:00, 2002/3/15 上午 12:00:00.
    let text = text
        .split_once(['T', ' '])
        .filter(|(_, time)| time.contains(':'))
        .map_or(text, |(date, _)| date);
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let roc = text.strip_prefix("中華民國").or_else(|| text.strip_prefix("民國"));
    let bare = roc.unwrap_or(&text);
    let bare = bare.strip_suffix('日').unwrap_or(bare);
    let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    let parts: Vec<i16> = bare
        .split(['/', '-', '.', '年', '月'])
        .map(|part| part.parse().ok().filter(|_| digits(part)))
        .collect::<Option<_>>()?;
    let [year, month, day] = *parts.as_slice() else { return None };
    let year = match year {
        1..200 => year + 1911,
        1900..2100 if roc.is_none() => year,
        _ => return None,
    };
    Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok().map(|date| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_both_calendars_are_one() {
        for text in [
            "91/3/15",
            "091-03-15",
            "民國91年3月15日",
            "中華民國 91 年 3 月 15 日",
            "2002/03/15",
            "2002-3-15",
            "2002-03-15T00:00:00",
            "2002/3/15 上午 12:00:00",
            "2002.3.15",
        ] {
            assert_eq!(date(text).as_deref(), Some("2002-03-15"), "{text}");
        }
        for text in [
            "",
            "91",
            "2002-02-30",
            "march",
            "99999999/1/1",
            "991/3/15",
            "0/3/15",
            "03/15/2002",
            "2002-03-15-99",
            "91x3x15",
            "-91/3/15",
            "+91/3/15",
            "民國前5年3月15日",
            "民國2002年3月15日",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }
}
