//! An mbox: messages one after another, each behind a line `From ` (RFC 4155). It is only read.

use std::io::{self, BufRead, Read};

const FROM: &[u8] = b"From ";

/// Gives each message to `take`, cut after `longest` bytes.
pub(super) fn each(
    mut reader: impl BufRead,
    longest: u64,
    mut take: impl FnMut(&[u8]),
) -> io::Result<()> {
    let (mut message, mut line) = (Vec::new(), Vec::new());
    let (mut open, mut line_begins, mut after_blank) = (false, true, true);
    loop {
        line.clear();
        // A line longer than a message may be comes in pieces.
        if reader.by_ref().take(longest).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if line_begins && after_blank && line.starts_with(FROM) {
            if open {
                take(&message);
            }
            message.clear();
            open = true;
            after_blank = false;
            line_begins = line.ends_with(b"\n");
            continue;
        }
        let text = if line_begins { unquoted(&line) } else { &line };
        let room = usize::try_from(longest).unwrap_or(usize::MAX).saturating_sub(message.len());
        message.extend_from_slice(&text[..text.len().min(room)]);
        after_blank = line_begins && matches!(line.as_slice(), b"\n" | b"\r\n");
        line_begins = line.ends_with(b"\n");
    }
    if open {
        take(&message);
    }
    Ok(())
}

/// `>From ` was `From ` before it stood in an mbox, `>>From ` was `>From `.
fn unquoted(line: &[u8]) -> &[u8] {
    let quotes = line.iter().take_while(|byte| **byte == b'>').count();
    if quotes > 0 && line[quotes..].starts_with(FROM) { &line[1..] } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mbox: &str, longest: u64) -> Vec<String> {
        let mut found = Vec::new();
        each(mbox.as_bytes(), longest, |bytes| {
            found.push(String::from_utf8(bytes.to_vec()).unwrap())
        })
        .unwrap();
        found
    }

    #[test]
    fn messages_stand_one_behind_another() {
        let mbox = "From a@x Mon Jun  1 00:00:00 2026\nSubject: 1\n\n>From me\n>>From you\n\
                    From the middle of a text\n\nFrom b@x Mon Jun  1 00:00:00 2026\r\n\
                    Subject: 2\r\n\r\n";
        assert_eq!(
            read(mbox, 1000),
            [
                "Subject: 1\n\nFrom me\n>From you\nFrom the middle of a text\n\n",
                "Subject: 2\r\n\r\n"
            ]
        );
        assert!(read("Subject: no mbox\n\n", 1000).is_empty());
        assert!(read("", 1000).is_empty());
    }

    #[test]
    fn a_message_is_cut_and_a_long_line_hides_no_message_and_makes_none() {
        let long = format!("From a@x\n\n{}From b@x\n\nFrom c@x\nS: 3\n", "x".repeat(32));
        assert_eq!(read(&long, 16), [format!("\n{}", "x".repeat(15)), "S: 3\n".to_owned()]);
    }
}
