//! Which column holds which field, by the names in the first row.

use sealpress_config::Roster;
use std::collections::BTreeMap;

/// The fields, with the names under which schools have them.
const NAMES: [(&str, &[&str]); 10] = [
    ("student_no", &["學號", "studentno", "studentnumber", "studentid"]),
    ("name_zh", &["中文姓名", "姓名", "namezh", "chinesename"]),
    ("name_en", &["英文姓名", "nameen", "englishname"]),
    ("birthday", &["生日", "出生日期", "出生年月日", "birthday", "birthdate"]),
    ("email", &["電子郵件", "電子信箱", "電子郵件信箱", "email", "e-mail"]),
    ("school_email", &["學校信箱", "校內信箱", "學校電子郵件", "schoolemail", "schoole-mail"]),
    ("programme", &["系所", "科系", "系所名稱", "programme", "program", "department"]),
    ("degree", &["學位", "學位名稱", "degree"]),
    ("college", &["學院", "學院名稱", "college"]),
    ("certificate_no", &["證書字號", "字號", "certificateno", "certificatenumber"]),
];

/// Where each field stands.
pub(super) struct Columns(BTreeMap<&'static str, usize>);

impl Columns {
    pub(super) fn read(header: &[String], settings: &Roster) -> Self {
        let heads: Vec<String> = header.iter().map(|head| plain(head)).collect();
        let mut columns = BTreeMap::new();
        for (field, names) in NAMES {
            let own = settings.columns.get(field).map_or(&[][..], Vec::as_slice);
            // A name that the school gave goes before those that we know.
            let at = heads
                .iter()
                .position(|head| own.iter().any(|name| plain(name) == *head))
                .or_else(|| heads.iter().position(|head| names.contains(&head.as_str())));
            if let Some(at) = at {
                columns.insert(field, at);
            }
        }
        Self(columns)
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// A field of a row, without the white space around it; none where it is empty.
    pub(super) fn get<'a>(&self, cells: &'a [String], field: &str) -> Option<&'a str> {
        let cell = cells.get(*self.0.get(field)?)?.trim();
        (!cell.is_empty()).then_some(cell)
    }
}

/// A column's name without case, white space and low lines.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace() && *c != '_').flat_map(char::to_lowercase).collect()
}
