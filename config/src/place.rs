//! In which line of a YAML text a key stands, and what of its shape the types can't see.
//!
//! The parser of the YAML library is asked, never the text: a key in quotes, in `{ … }` or over
//! several lines is found where the parser found it. To that end a deserializer walks the text
//! and fails on purpose where it wants to know the line.

use serde::Deserializer;
use serde::de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt;

/// More values than any configuration has. Aliases (`*name`) count each time they are used, so a
/// small file that unfolds into a large one ends here.
const MOST_VALUES: usize = 20_000;

/// The words with which the walks stop on purpose.
const FOUND: &str = "the place that was looked for";
const TWICE: &str = "stands here twice";

/// What the shape of a text is refused for.
pub(crate) enum Misshapen {
    /// It is no YAML.
    Syntax(serde_yaml::Error),
    /// A key stands twice in one mapping.
    Twice { path: Vec<String>, line: usize },
    /// It has too many values.
    TooMany,
}

/// The line, from 1, of the key or list entry that `path` leads to, or of the nearest one above
/// it that the text has; 1 where it has none.
pub(crate) fn line_of(text: &str, path: &[String]) -> usize {
    (1..=path.len()).rev().find_map(|depth| exact_line_of(text, path.get(..depth)?)).unwrap_or(1)
}

/// The line, from 1, of the key or list entry that `path` leads to.
pub(crate) fn exact_line_of(text: &str, path: &[String]) -> Option<usize> {
    let error = Seek(path).deserialize(serde_yaml::Deserializer::from_str(text)).err()?;
    error.to_string().contains(FOUND).then(|| error.location().map_or(1, |at| at.line()))
}

/// Refuses what serde would let pass: keys that stand twice, and texts that unfold.
pub(crate) fn check_shape(text: &str) -> Result<(), Misshapen> {
    let shape = Shape::default();
    let walked = Walk(&shape).deserialize(serde_yaml::Deserializer::from_str(text));
    let Err(error) = walked else { return Ok(()) };
    if shape.values.get() > MOST_VALUES {
        return Err(Misshapen::TooMany);
    }
    if error.to_string().contains(TWICE) {
        let line = error.location().map_or(1, |at| at.line());
        return Err(Misshapen::Twice { path: shape.path.into_inner(), line });
    }
    Err(Misshapen::Syntax(error))
}

/// A visitor's answers to everything that is neither a mapping nor a list.
macro_rules! scalars {
    ($answer:expr) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a value")
        }
        fn visit_bool<E: de::Error>(self, _: bool) -> Result<(), E> {
            $answer
        }
        fn visit_i64<E: de::Error>(self, _: i64) -> Result<(), E> {
            $answer
        }
        fn visit_u64<E: de::Error>(self, _: u64) -> Result<(), E> {
            $answer
        }
        fn visit_i128<E: de::Error>(self, _: i128) -> Result<(), E> {
            $answer
        }
        fn visit_u128<E: de::Error>(self, _: u128) -> Result<(), E> {
            $answer
        }
        fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
            $answer
        }
        fn visit_str<E: de::Error>(self, _: &str) -> Result<(), E> {
            $answer
        }
        fn visit_unit<E: de::Error>(self) -> Result<(), E> {
            $answer
        }
        fn visit_none<E: de::Error>(self) -> Result<(), E> {
            $answer
        }
    };
}

/// Fails at the place that a path leads to; goes through where there is none.
struct Seek<'a>(&'a [String]);

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, at: D) -> Result<(), D::Error> {
        at.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = ();
    scalars!(Ok(()));

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some((first, rest)) = self.0.split_first() else { return Err(found()) };
        while let Some(here) =
            map.next_key_seed(SeekKey { wanted: first, stop: rest.is_empty() })?
        {
            if here {
                map.next_value_seed(Seek(rest))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Some((first, rest)) = self.0.split_first() else { return Err(found()) };
        let wanted = first.parse().unwrap_or(usize::MAX);
        for index in 0.. {
            let more = if index != wanted {
                list.next_element::<IgnoredAny>()?.is_some()
            } else if rest.is_empty() {
                list.next_element_seed(Stop)?.is_some()
            } else {
                list.next_element_seed(Seek(rest))?.is_some()
            };
            if !more {
                break;
            }
        }
        Ok(())
    }
}

/// Says whether a key is the wanted one, or fails on it.
struct SeekKey<'a> {
    wanted: &'a str,
    stop: bool,
}

impl<'de> DeserializeSeed<'de> for SeekKey<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, at: D) -> Result<bool, D::Error> {
        at.deserialize_str(self)
    }
}

impl Visitor<'_> for SeekKey<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<bool, E> {
        match key == self.wanted {
            true if self.stop => Err(found()),
            here => Ok(here),
        }
    }
}

/// Fails on any value.
struct Stop;

impl<'de> DeserializeSeed<'de> for Stop {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, at: D) -> Result<(), D::Error> {
        at.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Stop {
    type Value = ();
    scalars!(Err(found()));

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(found())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(found())
    }
}

fn found<E: de::Error>() -> E {
    E::custom(FOUND)
}

/// What a walk over a whole text has seen.
#[derive(Default)]
struct Shape {
    values: Cell<usize>,
    path: RefCell<Vec<String>>,
}

/// Walks a whole text.
struct Walk<'a>(&'a Shape);

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, at: D) -> Result<(), D::Error> {
        self.0.values.set(self.0.values.get() + 1);
        if self.0.values.get() > MOST_VALUES {
            return Err(de::Error::custom("too many values"));
        }
        at.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();
    scalars!(Ok(()));

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while map.next_key_seed(NewKey { seen: &mut seen, path: &self.0.path })?.is_some() {
            map.next_value_seed(Walk(self.0))?;
            self.0.path.borrow_mut().pop();
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        for index in 0_usize.. {
            self.0.path.borrow_mut().push(index.to_string());
            let more = list.next_element_seed(Walk(self.0))?.is_some();
            self.0.path.borrow_mut().pop();
            if !more {
                break;
            }
        }
        Ok(())
    }
}

/// Takes a key that its mapping does not have yet, and adds it to the path.
struct NewKey<'a> {
    seen: &'a mut BTreeSet<String>,
    path: &'a RefCell<Vec<String>>,
}

impl<'de> DeserializeSeed<'de> for NewKey<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, at: D) -> Result<(), D::Error> {
        at.deserialize_str(self)
    }
}

impl Visitor<'_> for NewKey<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<(), E> {
        self.path.borrow_mut().push(key.to_owned());
        if self.seen.insert(key.to_owned()) { Ok(()) } else { Err(E::custom(TWICE)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# comment
school:
  name_zh: 甲
inbox:
  path: inbox
  # settle: not this one
  settle: 2s
flows:
- { kind: first, language: zh }
- kind: reissue
  language: en
mail: { transport: folder:outbox,
  delay: 0s,
  \"from\" : a@b.tw }
lanes:
  note: |
    inbox:
      path: x
  post:
    stages:
      - email
      -
        log
";

    fn path(path: &str) -> Vec<String> {
        path.split('.').map(str::to_owned).collect()
    }

    #[test]
    fn keys_are_found_where_they_stand() {
        for (key, line) in [
            ("school", 2),
            ("inbox.path", 5),
            ("inbox.settle", 7),
            ("flows", 8),
            ("flows.0", 9),
            ("flows.0.language", 9),
            ("flows.1", 10),
            ("flows.1.kind", 10),
            ("flows.1.language", 11),
            ("mail.transport", 12),
            ("mail.delay", 13),
            ("mail.from", 14),
            ("lanes.post.stages.0", 21),
            ("lanes.post.stages.1", 23),
        ] {
            assert_eq!(exact_line_of(TEXT, &path(key)), Some(line), "{key}");
        }
        for key in ["settle", "school.settle", "flows.2", "lanes.inbox", "inbox.path.x"] {
            assert_eq!(exact_line_of(TEXT, &path(key)), None, "{key}");
        }
    }

    #[test]
    fn what_is_not_there_is_placed_at_what_is_above_it() {
        assert_eq!(line_of(TEXT, &path("school.settle")), 2);
        assert_eq!(line_of(TEXT, &path("flows.1.college")), 10);
        assert_eq!(line_of(TEXT, &path("nothing")), 1);
    }

    #[test]
    fn a_key_that_stands_twice_is_found_at_any_depth() {
        let twice = |text: &str| match check_shape(text) {
            Err(Misshapen::Twice { path, line }) => Some((path.join("."), line)),
            _ => None,
        };
        assert_eq!(twice("a: 1\nb:\n  c: 1\n  'c': 2\n"), Some(("b.c".into(), 4)));
        assert_eq!(twice("a:\n- b: 1\n- { b: 1,\n b: 2 }\n"), Some(("a.1.b".into(), 4)));
        assert!(check_shape(TEXT).is_ok());
    }

    #[test]
    fn a_text_that_unfolds_is_refused_at_once() {
        let mut bomb = format!("a0: &a0 [{}]\n", "x, ".repeat(1000));
        for step in 1..30 {
            let above = format!("*a{}, ", step - 1);
            bomb.push_str(&format!("a{step}: &a{step} [{}]\n", above.repeat(10)));
        }
        assert!(matches!(check_shape(&bomb), Err(Misshapen::TooMany)));
        let deep = "[".repeat(100_000);
        assert!(matches!(check_shape(&deep), Err(Misshapen::Syntax(_))));
    }
}
