//! Who and what a drop is about: its fields, completed by the roster. The roster decides; where a
//! sidecar says otherwise, the drop is refused.

use sealpress_config::{Kind, Language};
use sealpress_ledger::{Degree, Reason, Student, StudentSource, is_student_no};
use std::str::FromStr;

use crate::fields::Fields;
use crate::reasons;

/// Everything that a certificate certifies.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Particulars {
    pub(crate) student_no: String,
    pub(crate) kind: Kind,
    pub(crate) language: Language,
    pub(crate) name_zh: Option<String>,
    pub(crate) name_en: Option<String>,
    pub(crate) degree: Degree,
    pub(crate) issued_on: Option<String>,
    /// A student whom the roster lacks, to be kept with the certificate.
    pub(crate) from_sidecar: Option<Student>,
}

impl Particulars {
    /// The name in the certificate's own language, which its page must show.
    pub(crate) fn name(&self) -> Option<&str> {
        match self.language {
            Language::Zh => self.name_zh.as_deref(),
            Language::En => self.name_en.as_deref(),
        }
    }
}

/// What a drop must say itself, whatever the roster knows.
pub(crate) struct Stated {
    pub(crate) student_no: String,
    pub(crate) kind: Kind,
    pub(crate) language: Language,
}

/// Student number, kind and language.
pub(crate) fn stated(fields: &Fields) -> Result<Stated, Reason> {
    let student_no = fields.student_no.clone().ok_or_else(|| reasons::missing("student_no"))?;
    if !is_student_no(&student_no) {
        return Err(reasons::bad_value("student_no"));
    }
    let kind = fields.kind.as_deref().ok_or_else(|| reasons::missing("kind"))?;
    let language = fields.language.as_deref().ok_or_else(|| reasons::missing("language"))?;
    Ok(Stated {
        student_no,
        kind: word(kind, Kind::ALL, Kind::zh).ok_or_else(|| reasons::bad_value("kind"))?,
        language: word(language, Language::ALL, Language::zh)
            .ok_or_else(|| reasons::bad_value("language"))?,
    })
}

/// The word as programs or as staff write it.
fn word<T: Copy + FromStr>(text: &str, all: &[T], zh: fn(T) -> &'static str) -> Option<T> {
    text.to_ascii_lowercase()
        .parse()
        .ok()
        .or_else(|| all.iter().copied().find(|one| zh(*one) == text))
}

/// Completes a drop's fields by what the roster knows of the student.
pub(crate) fn complete(
    fields: &Fields,
    stated: Stated,
    known: Option<Student>,
    roster_required: bool,
) -> Result<Particulars, Reason> {
    let by_roster = known.as_ref().is_some_and(|student| student.source == StudentSource::Roster);
    if !by_roster && roster_required {
        return Err(reasons::student_unknown());
    }
    let renames = stated.kind == Kind::Rename && !by_roster;
    if let Some(student) = known.as_ref().filter(|_| !renames) {
        agree(fields, student)?;
    }
    let degree = degree(fields, stated.kind, known.as_ref(), by_roster)?;
    let issued_on = fields.issued_on.as_deref().map(date).transpose()?;
    let person = person(fields, stated.student_no.clone(), known, renames, &degree);
    let particulars = Particulars {
        student_no: stated.student_no,
        kind: stated.kind,
        language: stated.language,
        name_zh: person.name_zh.clone(),
        name_en: person.name_en.clone(),
        degree,
        issued_on,
        from_sidecar: (!by_roster).then_some(person),
    };
    if particulars.name().is_none() {
        return Err(match by_roster {
            true => reasons::no_name_in_roster(particulars.language),
            false => reasons::missing(match particulars.language {
                Language::Zh => "name_zh",
                Language::En => "name_en",
            }),
        });
    }
    Ok(particulars)
}

/// Where drop and roster both speak of the person, they must say the same.
fn agree(fields: &Fields, student: &Student) -> Result<(), Reason> {
    let pairs = [
        ("name_zh", &fields.name_zh, &student.name_zh),
        ("name_en", &fields.name_en, &student.name_en),
        ("email", &fields.email, &student.email),
        ("birthday", &fields.birthday, &student.birthday),
    ];
    for (key, said, known) in pairs {
        let (Some(said), Some(known)) = (said, known) else { continue };
        if comparable(key, said) != comparable(key, known) {
            return Err(reasons::roster_differs(key));
        }
    }
    Ok(())
}

fn comparable(key: &str, value: &str) -> String {
    match key {
        "email" => value.trim().to_lowercase(),
        "birthday" => value.trim().replace(['/', '.'], "-"),
        _ => value.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

/// The degree that the drop means, of those that the roster has.
fn degree(
    fields: &Fields,
    kind: Kind,
    known: Option<&Student>,
    by_roster: bool,
) -> Result<Degree, Reason> {
    let degrees: &[Degree] = known.map_or(&[], |student| student.degrees.as_slice());
    let meant = |degree: &&Degree| {
        fields.programme.as_ref().is_none_or(|said| *said == degree.programme)
            && fields.degree.as_ref().is_none_or(|said| *said == degree.degree)
    };
    let mut fitting = degrees.iter().filter(meant);
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => merged(fields, kind, one),
        (Some(_), Some(_)) => Err(reasons::degree_unclear()),
        (None, _) if by_roster && !degrees.is_empty() => {
            let programme_known =
                degrees.iter().any(|one| Some(&one.programme) == fields.programme.as_ref());
            let differing =
                if fields.programme.is_none() || programme_known { "degree" } else { "programme" };
            Err(reasons::roster_differs(differing))
        }
        (None, _) => Ok(Degree {
            programme: fields.programme.clone().ok_or_else(|| reasons::missing("programme"))?,
            degree: fields.degree.clone().ok_or_else(|| reasons::missing("degree"))?,
            college: fields.college.clone(),
            certificate_no: fields.certificate_no.clone(),
        }),
    }
}

/// College and number of a degree, where drop and roster both speak the same. The number of a
/// reissue or a rename may be a new one, which only the drop can know.
fn merged(fields: &Fields, kind: Kind, degree: &Degree) -> Result<Degree, Reason> {
    let differ = |said: &Option<String>, known: &Option<String>| {
        said.as_ref().zip(known.as_ref()).is_some_and(|(said, known)| said != known)
    };
    if differ(&fields.college, &degree.college) {
        return Err(reasons::roster_differs("college"));
    }
    if kind == Kind::First && differ(&fields.certificate_no, &degree.certificate_no) {
        return Err(reasons::roster_differs("certificate_no"));
    }
    Ok(Degree {
        college: degree.college.clone().or_else(|| fields.college.clone()),
        certificate_no: fields.certificate_no.clone().or_else(|| degree.certificate_no.clone()),
        ..degree.clone()
    })
}

fn person(
    fields: &Fields,
    student_no: String,
    known: Option<Student>,
    renames: bool,
    degree: &Degree,
) -> Student {
    let before = known.unwrap_or(Student {
        student_no,
        name_zh: None,
        name_en: None,
        birthday: None,
        email: None,
        school_email: None,
        source: StudentSource::Sidecar,
        degrees: Vec::new(),
    });
    if before.source == StudentSource::Roster {
        return before;
    }
    // The number of a certificate is the certificate's; of the degree only what identifies it.
    let of_degree = Degree { certificate_no: None, ..degree.clone() };
    // A new name takes the place of the old one in its language; the other stays.
    let choose = |said: &Option<String>, known: Option<String>| match renames {
        true => said.clone().or(known),
        false => known.or_else(|| said.clone()),
    };
    Student {
        name_zh: choose(&fields.name_zh, before.name_zh),
        name_en: choose(&fields.name_en, before.name_en),
        birthday: choose(&fields.birthday, before.birthday),
        email: choose(&fields.email, before.email),
        degrees: vec![of_degree],
        ..before
    }
}

fn date(text: &str) -> Result<String, Reason> {
    text.replace(['/', '.'], "-")
        .parse::<jiff::civil::Date>()
        .map(|date| date.to_string())
        .map_err(|_| reasons::bad_value("issued_on"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wang(degrees: usize) -> Student {
        Student {
            student_no: "B1".into(),
            name_zh: Some("王大明".into()),
            name_en: Some("WANG, Da-Ming".into()),
            birthday: Some("2002-03-15".into()),
            email: Some("wang@example.edu.tw".into()),
            school_email: None,
            source: StudentSource::Roster,
            degrees: (0..degrees)
                .map(|n| Degree {
                    programme: format!("programme {n}"),
                    degree: "BSc".into(),
                    college: Some("Engineering".into()),
                    certificate_no: None,
                })
                .collect(),
        }
    }

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        let json: serde_json::Value = pairs
            .iter()
            .map(|(key, value)| (key.to_string(), serde_json::json!(value)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        serde_json::from_value(json).unwrap()
    }

    fn code(
        pairs: &[(&str, &str)],
        known: Option<Student>,
        required: bool,
    ) -> Result<Particulars, String> {
        let fields = fields(pairs);
        let stated = stated(&fields).map_err(|reason| reason.code)?;
        complete(&fields, stated, known, required).map_err(|reason| reason.code)
    }

    const NAMED: [(&str, &str); 3] = [("student_no", "B1"), ("kind", "first"), ("language", "zh")];

    #[test]
    fn the_roster_completes_what_a_name_says() {
        let got = code(&NAMED, Some(wang(1)), true).ok().unwrap();
        assert_eq!(got.name(), Some("王大明"));
        assert_eq!(got.degree.college.as_deref(), Some("Engineering"));
        assert!(got.from_sidecar.is_none());
    }

    #[test]
    fn where_both_speak_they_must_agree() {
        for (key, value) in [
            ("name_zh", "王小明"),
            ("email", "x@y.tw"),
            ("birthday", "2001/01/01"),
            ("college", "Law"),
            ("programme", "p"),
            ("degree", "PhD"),
        ] {
            let pairs = [&NAMED[..], &[(key, value)]].concat();
            assert_eq!(
                code(&pairs, Some(wang(1)), false).err().as_deref(),
                Some("roster_differs"),
                "{key}"
            );
        }
        let pairs =
            [&NAMED[..], &[("birthday", "2002/03/15"), ("email", "WANG@example.edu.tw")]].concat();
        assert!(code(&pairs, Some(wang(1)), false).is_ok());
    }

    #[test]
    fn a_first_issue_has_the_rosters_number_and_a_reissue_may_have_a_new_one() {
        let mut numbered = wang(1);
        numbered.degrees[0].certificate_no = Some("114-000001".into());
        let stated = |kind| [("student_no", "B1"), ("kind", kind), ("language", "zh")];
        let number = |kind, said: &[(&str, &str)]| {
            let got = code(&[&stated(kind)[..], said].concat(), Some(numbered.clone()), true);
            got.map(|about| about.degree.certificate_no.unwrap())
        };
        let another = [("certificate_no", "114-000002")];
        assert_eq!(number("first", &[]).as_deref(), Ok("114-000001"));
        assert_eq!(number("first", &another).err().as_deref(), Some("roster_differs"));
        assert_eq!(number("reissue", &another).as_deref(), Ok("114-000002"));
    }

    #[test]
    fn kind_and_language_may_be_written_as_staff_say_them() {
        for (kind, language) in [("補證", "英文"), ("REISSUE", "EN")] {
            let fields = fields(&[("student_no", "B1"), ("kind", kind), ("language", language)]);
            let stated = stated(&fields).ok().unwrap();
            assert_eq!((stated.kind, stated.language), (Kind::Reissue, Language::En));
        }
    }

    #[test]
    fn several_degrees_must_be_told_apart() {
        assert_eq!(code(&NAMED, Some(wang(2)), false).err().as_deref(), Some("degree_unclear"));
        let pairs = [&NAMED[..], &[("programme", "programme 1")]].concat();
        assert_eq!(
            code(&pairs, Some(wang(2)), false).ok().unwrap().degree.programme,
            "programme 1"
        );
    }

    #[test]
    fn an_unknown_student_is_taken_from_the_sidecar_or_refused() {
        let whole = [
            &NAMED[..],
            &[("name_zh", "李四"), ("programme", "p"), ("degree", "d"), ("email", "l@x.tw")],
        ]
        .concat();
        let got = code(&whole, None, false).ok().unwrap();
        assert_eq!(got.from_sidecar.unwrap().email.as_deref(), Some("l@x.tw"));
        assert_eq!(code(&whole, None, true).err().as_deref(), Some("student_unknown"));
        assert_eq!(code(&NAMED, None, false).err().as_deref(), Some("field_missing"));
    }

    #[test]
    fn a_new_name_is_the_renames_to_tell_where_no_roster_does() {
        let sidecar = Student { source: StudentSource::Sidecar, ..wang(1) };
        let renamed =
            [("student_no", "B1"), ("kind", "rename"), ("language", "zh"), ("name_zh", "王新名")];
        let got = code(&renamed, Some(sidecar.clone()), false).ok().unwrap();
        assert_eq!(got.name(), Some("王新名"));
        assert_eq!(got.name_en.as_deref(), Some("WANG, Da-Ming"));
        let reissue =
            [("student_no", "B1"), ("kind", "reissue"), ("language", "zh"), ("name_zh", "王新名")];
        assert_eq!(code(&reissue, Some(sidecar), false).err().as_deref(), Some("roster_differs"));
        assert_eq!(code(&renamed, Some(wang(1)), false).err().as_deref(), Some("roster_differs"));
    }
}
