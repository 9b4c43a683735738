//! How large a request may be. What says that it is larger is refused before its body is read;
//! what does not say it is cut off by the router's limit.

use axum::http::{HeaderMap, StatusCode, header};

use super::failure::Failure;

/// Bytes in a megabyte, as people are told it.
const MEGABYTE: u64 = 1 << 20;

/// Refuses what says that it is larger than `most` bytes.
pub(crate) fn check(headers: &HeaderMap, most: u64) -> Result<(), Failure> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    // A length that is no number never gets this far: the server refuses it as no HTTP.
    match length.and_then(|length| length.parse::<u64>().ok()) {
        Some(length) if length > most => Err(too_large(most)),
        Some(_) | None => Ok(()),
    }
}

/// Bytes as people read them.
pub(crate) fn megabytes(bytes: u64) -> String {
    match bytes / MEGABYTE {
        0 => format!("{} KB", bytes.div_ceil(1024)),
        megabytes => format!("{megabytes} MB"),
    }
}

/// What is said of it.
pub(crate) fn too_large(most: u64) -> Failure {
    let most = megabytes(most);
    Failure {
        status: StatusCode::PAYLOAD_TOO_LARGE,
        message: [
            format!("上傳的檔案太大，沒有讀取。一次最多 {most}。"),
            format!("The upload is too large and was not read. At most {most} at a time."),
        ],
        hint: [
            "請分批上傳；一張證書的檔案通常不到 2 MB。".to_owned(),
            "Upload in parts; the file of one certificate is seldom over 2 MB.".to_owned(),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_that_it_is_too_large_is_refused() {
        let check = |length: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(length) = length {
                headers.insert(header::CONTENT_LENGTH, length.parse().unwrap());
            }
            check(&headers, 1000).is_ok()
        };
        assert!(check(None) && check(Some("0")) && check(Some("1000")));
        assert!(!check(Some("1001")) && !check(Some("18446744073709551615")));
    }

    #[test]
    fn sizes_are_told_as_people_say_them() {
        assert_eq!(megabytes(50 * 1024 * 1024), "50 MB");
        assert_eq!(megabytes(200_000), "196 KB");
    }
}
