//! Passwords: argon2id with m=19456, t=2, p=1, away from the async threads and few at a time.
//!
//! A hash takes 19 MiB and about 30 ms. Without a ceiling a burst of sign-ins would take all memory; with one, those
//! who come too late are told to try again.

use std::sync::{Arc, LazyLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

/// The shortest password that is taken (NIST SP 800-63B, section 3.1.1.2, asks for 8 at least; a single factor, 15).
pub const SHORTEST: usize = 12;
/// The longest one: enough for any sentence, too short to keep a core busy.
pub const LONGEST: usize = 256;
/// Hashes that may wait for a free core before the next one is refused.
const MOST_WAITING: usize = 64;

/// Why a password cannot be hashed or compared just now, or at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Under [`SHORTEST`] characters.
    #[error("has fewer than {SHORTEST} characters")]
    TooShort,
    /// Over [`LONGEST`] bytes.
    #[error("is longer than {LONGEST} bytes")]
    TooLong,
    /// Too many sign in at once; passes by itself.
    #[error("too many passwords are being checked; try again")]
    Busy,
    /// The hash could not be made.
    #[error("the password could not be hashed")]
    Broken,
}

/// Half of the cores, so that pages stay quick while many sign in.
static CORES: LazyLock<Arc<Semaphore>> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Arc::new(Semaphore::new((cores / 2).max(1)))
});
static WAITING: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(MOST_WAITING));
/// What an unknown user's password is compared with, so that the answer takes as long as for a known one.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash_now("nobody has this password").ok());

/// Whether a new password may be taken.
///
/// # Errors
/// Why not.
pub fn check(password: &str) -> Result<(), PasswordError> {
    if password.chars().count() < SHORTEST {
        return Err(PasswordError::TooShort);
    }
    if password.len() > LONGEST { Err(PasswordError::TooLong) } else { Ok(()) }
}

/// The PHC string of a new password.
///
/// # Errors
/// When the password may not be taken, or too many are being hashed.
pub async fn hash(password: String) -> Result<String, PasswordError> {
    check(&password)?;
    off_the_async_threads(move || hash_now(&password)).await?
}

/// Whether `password` is the one behind `stored`; with nothing stored it takes as long and is `false`.
///
/// # Errors
/// When too many are being compared.
pub async fn is_right(password: String, stored: Option<String>) -> Result<bool, PasswordError> {
    if password.len() > LONGEST {
        return Ok(false);
    }
    off_the_async_threads(move || {
        let against = stored.as_deref().or(NOBODY.as_deref()).unwrap_or_default();
        verify_now(&password, against) && stored.is_some()
    })
    .await
}

/// [`hash`] on this thread, for commands.
///
/// # Errors
/// When the password may not be taken.
pub fn hash_blocking(password: &str) -> Result<String, PasswordError> {
    check(password)?;
    hash_now(password)
}

async fn off_the_async_threads<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, PasswordError> {
    let Ok(_place) = WAITING.try_acquire() else { return Err(PasswordError::Busy) };
    let Ok(core) = Arc::clone(&CORES).acquire_owned().await else { return Err(PasswordError::Broken) };
    // The core is given back when the hash is done, even when the one who asked has gone.
    let done = tokio::task::spawn_blocking(move || {
        let value = work();
        drop(core);
        value
    });
    done.await.map_err(|error| broken(&error))
}

fn hash_now(password: &str) -> Result<String, PasswordError> {
    argon2()?.hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(|error| broken(&error))
}

fn verify_now(password: &str, stored: &str) -> bool {
    let Ok(argon2) = argon2() else { return false };
    PasswordHash::new(stored).is_ok_and(|hash| argon2.verify_password(password.as_bytes(), &hash).is_ok())
}

fn argon2() -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(19_456, 2, 1, None).map_err(|error| broken(&error))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn broken(error: &impl std::fmt::Display) -> PasswordError {
    tracing::error!(%error, "a password could not be hashed");
    PasswordError::Broken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_right_only_against_its_own_hash() {
        let stored = hash("correct horse battery".to_owned()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_eq!(is_right("correct horse battery".to_owned(), Some(stored.clone())).await, Ok(true));
        assert_eq!(is_right("correct horse batterz".to_owned(), Some(stored)).await, Ok(false));
    }

    #[tokio::test]
    async fn without_a_stored_hash_no_password_is_right_not_even_the_one_compared_with() {
        assert_eq!(is_right("nobody has this password".to_owned(), None).await, Ok(false));
        assert_eq!(is_right(String::new(), Some(String::new())).await, Ok(false));
    }

    #[test]
    fn passwords_that_are_too_short_or_too_long_are_refused() {
        assert_eq!(check("elevenchars"), Err(PasswordError::TooShort));
        assert_eq!(check("douze lettré"), Ok(()));
        assert_eq!(check(&"x".repeat(257)), Err(PasswordError::TooLong));
    }
}
