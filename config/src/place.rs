//! In which line of a YAML text a key stands.

/// The line, from 1, of the key that `path` leads to, or of the nearest key above it that has a
/// line of its own (a key inside `{ … }` stands in its parent's line).
pub(crate) fn line_of(text: &str, path: &[String]) -> Option<usize> {
    let mut found = None;
    let mut wanted = path.iter().peekable();
    // Indentation of the key found last: what stands under it is indented more.
    let mut above: Option<usize> = None;
    let mut item: Option<(usize, usize)> = None;
    for (number, line) in text.lines().enumerate() {
        let content = line.trim_start();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let indent = line.len() - content.len();
        if above
            .is_some_and(|above| indent < above || (indent == above && !content.starts_with('-')))
        {
            break;
        }
        let Some(next) = wanted.peek() else { break };
        if let Ok(index) = next.parse::<usize>() {
            if content.starts_with('-') {
                let (at, seen) =
                    item.map_or((indent, 0), |(at, seen)| (at, seen + usize::from(indent == at)));
                item = Some((at, seen));
                if seen == index && indent == at {
                    found = Some(number + 1);
                    wanted.next();
                    above = Some(indent);
                    item = None;
                    let rest = content.trim_start_matches('-').trim_start();
                    if let Some(key) = wanted.peek().filter(|key| is_key(rest, key)) {
                        let _ = key;
                        wanted.next();
                        above = Some(indent + content.len() - rest.len());
                    }
                }
            }
        } else if is_key(content, next) && above.is_none_or(|above| indent > above) {
            found = Some(number + 1);
            above = Some(indent);
            wanted.next();
        }
    }
    found
}

fn is_key(content: &str, key: &str) -> bool {
    let bare = content.strip_prefix(['"', '\'']).unwrap_or(content);
    bare.strip_prefix(key)
        .is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
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
  settle: 2s
flows:
  - { kind: first, language: zh }
  - kind: reissue
    language: en
mail: { transport: folder:outbox }
";

    fn line(path: &str) -> Option<usize> {
        line_of(TEXT, &path.split('.').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn keys_are_found_where_they_stand() {
        assert_eq!(line("school"), Some(2));
        assert_eq!(line("inbox.settle"), Some(6));
        assert_eq!(line("flows.0"), Some(8));
        assert_eq!(line("flows.1.kind"), Some(9));
        assert_eq!(line("flows.1.language"), Some(10));
        assert_eq!(line("mail.transport"), Some(11));
        assert_eq!(line("school.settle"), Some(2));
        assert_eq!(line("nothing"), None);
    }
}
