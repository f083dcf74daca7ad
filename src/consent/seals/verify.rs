//! Whether the seals are those that were made, one after the other, over these chains.

use std::collections::BTreeMap;

use super::{Seal, digest_of, digest_of_heads, store};
use crate::consent::verify::{Break, Difference};
use crate::keyring::hex;
use crate::storage::{AccountId, Conn, StoreError};

/// Goes through all seals, oldest first; `copies` are digests in hexadecimal by day, as they were kept elsewhere.
///
/// Says how many seals there are, or the first one that is not as it was made.
///
/// # Errors
/// When the database cannot be read.
pub fn verify_seals(
    conn: &mut Conn,
    copies: &BTreeMap<String, String>,
) -> Result<Result<u64, (Option<AccountId>, Break)>, StoreError> {
    let mut heads: BTreeMap<AccountId, Vec<u8>> = BTreeMap::new();
    let (mut previous, mut count) = (None, 0);
    let seals = store::all(conn)?;
    for seal in &seals {
        heads.extend(store::heads_of_day(conn, &seal.day)?);
        if seal.previous != previous || !is_as_made(seal, &heads) {
            return Ok(Err((None, Break::of_day(seal.day.clone(), Difference::Seal))));
        }
        previous = Some(seal.digest.clone());
        count += 1;
    }
    let is_other = |(day, copy): &(&String, &String)| {
        seals.iter().find(|seal| seal.day == **day).is_none_or(|seal| !hex(&seal.digest).eq_ignore_ascii_case(copy))
    };
    if let Some((day, _)) = copies.iter().find(is_other) {
        return Ok(Err((None, Break::of_day(day.clone(), Difference::Copy))));
    }
    // The chain of an account that is gone cannot be walked any more.
    if let Some((account, day)) = store::first_orphan(conn)? {
        return Ok(Err((Some(account), Break::of_day(day, Difference::SealedHead))));
    }
    Ok(Ok(count))
}

fn is_as_made(seal: &Seal, heads: &BTreeMap<AccountId, Vec<u8>>) -> bool {
    seal.accounts == i64::try_from(heads.len()).unwrap_or(i64::MAX)
        && seal.heads == digest_of_heads(heads.iter())
        && seal.digest == digest_of(seal)
}
