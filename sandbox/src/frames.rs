//! Several files on one standard input: each after its length, eight bytes, lowest first.

/// What stands before a file.
pub(crate) const fn length_of(file: &[u8]) -> [u8; 8] {
    (file.len() as u64).to_le_bytes()
}

/// The files; `None` where they don't come out even.
pub(crate) fn apart(mut input: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut files = Vec::new();
    while !input.is_empty() {
        let (length, rest) = input.split_first_chunk()?;
        let (file, rest) =
            rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
        files.push(file.to_vec());
        input = rest;
    }
    Some(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_apart_as_they_were_put_together() {
        let files = [b"one".to_vec(), Vec::new(), b"three".to_vec()];
        let input = files.iter().fold(Vec::new(), |input, file| {
            [input.as_slice(), &length_of(file), file.as_slice()].concat()
        });
        assert_eq!(apart(&input).as_deref(), Some(files.as_slice()));
        assert_eq!(apart(b"short"), None);
        assert_eq!(apart(&u64::MAX.to_le_bytes()), None);
    }
}
