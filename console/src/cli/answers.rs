//! What a person answers: at the terminal, or from a file descriptor, a line an answer. Never
//! from an argument, which every process of the host can read.

use std::io::{IsTerminal, Write};
use tokio::fs::File;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::cli::Args;
use crate::exit::WrongUse;

/// Where answers come from.
pub(crate) enum Answers {
    Terminal,
    Lines(BufReader<File>),
}

impl Answers {
    /// Where the arguments say: `--password-fd`, or the terminal.
    ///
    /// # Errors
    /// The descriptor is not open.
    pub(crate) fn of(args: &Args) -> Result<Self, WrongUse> {
        let Some(descriptor) = args.password_fd else { return Ok(Self::Terminal) };
        let file = std::fs::File::open(format!("/proc/self/fd/{descriptor}")).map_err(|error| {
            WrongUse(format!("file descriptor {descriptor} can't be read: {error}"))
        })?;
        Ok(Self::Lines(BufReader::new(File::from_std(file))))
    }

    /// Asks for something that is not shown while it is typed.
    ///
    /// # Errors
    /// There is nobody to ask.
    pub(crate) async fn secret(&mut self, prompt: &str) -> anyhow::Result<String> {
        match self {
            Self::Terminal => {
                let prompt = prompt.to_owned();
                let asked =
                    tokio::task::spawn_blocking(move || rpassword::prompt_password(prompt)).await?;
                asked.map_err(|error| {
                    WrongUse(format!(
                        "there is no terminal to ask on ({error}); give the password with \
                         --password-fd N"
                    ))
                    .into()
                })
            }
            Self::Lines(lines) => line(lines).await,
        }
    }

    /// Asks for something that may be seen.
    ///
    /// # Errors
    /// There is nobody to ask.
    pub(crate) async fn text(&mut self, prompt: &str) -> anyhow::Result<String> {
        let who = || WrongUse("say who you are: --as NAME, or SEALPRESS_AS".into());
        if matches!(self, Self::Lines(_)) || !std::io::stdin().is_terminal() {
            return Err(who().into());
        }
        let prompt = prompt.to_owned();
        let typed = tokio::task::spawn_blocking(move || {
            let mut typed = String::new();
            let mut talk = std::io::stderr().lock();
            write!(talk, "{prompt}")?;
            talk.flush()?;
            std::io::stdin().read_line(&mut typed).map(|_| typed)
        });
        let typed = typed.await?.map_err(|_| who())?;
        Ok(typed.trim().to_owned())
    }

    /// Asks for a new password: at the terminal twice, so that no slip of a finger is taken.
    ///
    /// # Errors
    /// There is nobody to ask, or the two differ.
    pub(crate) async fn new_password(&mut self, prompts: [&str; 2]) -> anyhow::Result<String> {
        let password = self.secret(prompts[0]).await?;
        if matches!(self, Self::Terminal) && self.secret(prompts[1]).await? != password {
            return Err(WrongUse("the two passwords differ; nothing was changed".into()).into());
        }
        Ok(password)
    }
}

async fn line(lines: &mut BufReader<File>) -> anyhow::Result<String> {
    let mut line = String::new();
    if lines.read_line(&mut line).await? == 0 {
        return Err(WrongUse(
            "the file descriptor of --password-fd ended before all was answered: the password, \
             then the code where one is asked, then a new password where one is set, a line each"
                .into(),
        )
        .into());
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
