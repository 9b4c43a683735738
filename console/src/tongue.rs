//! The language a person reads on the terminal.

/// The language a person reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tongue {
    Zh,
    En,
}

impl Tongue {
    /// The language of the terminal, by the usual variables in their usual order; `SEALPRESS_LANG`
    /// stands above them.
    pub(crate) fn of_terminal() -> Self {
        let set = ["SEALPRESS_LANG", "LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty());
        Self::of(set.as_deref())
    }

    fn of(locale: Option<&str>) -> Self {
        match locale {
            Some(locale) if locale.starts_with("zh") => Self::Zh,
            _ => Self::En,
        }
    }

    /// The text in this language.
    pub(crate) const fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_locales_read_chinese() {
        assert_eq!(Tongue::of(Some("zh_TW.UTF-8")), Tongue::Zh);
        assert_eq!(Tongue::of(Some("C.UTF-8")), Tongue::En);
        assert_eq!(Tongue::of(None), Tongue::En);
    }
}
