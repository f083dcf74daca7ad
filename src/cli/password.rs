//! How a command gets a new password: from standard input, or twice from the terminal.

use std::io::{BufRead as _, IsTerminal as _};

use clap::Args;

use super::stop::Stop;
use crate::accounts::passwords;

/// Where the password comes from.
#[derive(Args)]
pub(super) struct PasswordSource {
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
}

impl PasswordSource {
    /// The hash of the given password; `None` where nobody can be asked.
    ///
    /// # Errors
    /// [`Stop::BadUse`] for a password that may not be taken.
    pub(super) fn hash(&self) -> Result<Option<String>, Stop> {
        let password = if self.password_stdin {
            let mut line = String::new();
            std::io::stdin().lock().read_line(&mut line)?;
            line.trim_end_matches(['\r', '\n']).to_owned()
        } else if std::io::stdin().is_terminal() {
            ask()?
        } else {
            return Ok(None);
        };
        let refused = |error: passwords::PasswordError| Stop::BadUse(format!("the password {error}"));
        passwords::hash_blocking(&password).map(Some).map_err(refused)
    }
}

fn ask() -> Result<String, Stop> {
    let first = rpassword::prompt_password("Password: ")?;
    let again = rpassword::prompt_password("Again: ")?;
    if first == again { Ok(first) } else { Err(Stop::BadUse("the two passwords differ".to_owned())) }
}
