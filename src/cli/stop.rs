//! Why a command ends without having done what was asked.

use std::fmt;
use std::process::ExitCode;

use crate::config::ConfigError;
use crate::storage::StoreError;

/// The reason, and with it the exit status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The thing asked for is not so (1).
    NotSo(String),
    /// The command was used badly, or a setting cannot be used (2).
    BadUse(String),
    /// Passing trouble: try again (75).
    TryAgain(String),
    /// What an MTA is told by a status of sysexits.h.
    Sysexit(u8, String),
}

impl Stop {
    /// The exit status.
    #[must_use]
    pub fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::NotSo(_) => 1,
            Self::BadUse(_) => 2,
            Self::TryAgain(_) => 75,
            Self::Sysexit(code, _) => *code,
        })
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSo(text) | Self::BadUse(text) | Self::TryAgain(text) | Self::Sysexit(_, text) => f.write_str(text),
        }
    }
}

impl From<ConfigError> for Stop {
    fn from(error: ConfigError) -> Self {
        Self::BadUse(error.to_string())
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        if error.is_passing() { Self::TryAgain(error.to_string()) } else { Self::NotSo(error.to_string()) }
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::NotSo(error.to_string())
    }
}
