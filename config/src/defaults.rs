//! What `sealpress init` writes: the sample school's configuration, layouts, artwork and texts.

macro_rules! default_files {
    ($($path:literal),+ $(,)?) => {
        &[$(($path, include_bytes!(concat!("../defaults/", $path)))),+]
    };
}

/// Path in the home and content of every file that a new home begins with.
#[must_use]
pub const fn files() -> &'static [(&'static str, &'static [u8])] {
    default_files![
        "sealpress.yaml",
        "mail/first.txt",
        "mail/reissue.txt",
        "mail/rename.txt",
        "mail/recall.txt",
        "layouts/zh.yaml",
        "layouts/en.yaml",
        "assets/background-zh.jpg",
        "assets/background-en.jpg",
        "assets/seal-president-zh.png",
        "assets/seal-president-en.png",
        "assets/seal-engineering-zh.png",
        "assets/seal-engineering-en.png",
        "assets/seal-management-zh.png",
        "assets/seal-management-en.png",
        "assets/sealpress-serif.ttf",
        "assets/sealpress-serif.OFL.txt",
    ]
}
