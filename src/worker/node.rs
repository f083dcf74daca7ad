//! Which node this is: a random name in `DATA_DIR/node`, so that a restarted node knows its own claims.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::keyring::random_token;

/// The name of this process among those that claim deliveries.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) id: String,
    /// Held for as long as the process lives; a second process on the same folder gets a name of its own.
    _lock: Option<File>,
}

impl Node {
    /// Takes the name that lies in this folder, or makes one.
    pub(super) fn take(data_dir: &Path) -> std::io::Result<Self> {
        let path = data_dir.join("node");
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Self { id: random_token(), _lock: None }),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let mut id = String::new();
        file.read_to_string(&mut id)?;
        let mut id = id.trim().to_owned();
        if id.is_empty() {
            id = random_token();
            file.rewind()?;
            writeln!(file, "{id}")?;
            file.sync_all()?;
        }
        Ok(Self { id, _lock: Some(file) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_keeps_its_name_and_shares_it_with_nobody_who_runs_beside_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let first = Node::take(dir.path()).expect("a name");
        let beside = Node::take(dir.path()).expect("a name");
        assert_ne!(first.id, beside.id);
        let name = first.id.clone();
        drop(first);
        assert_eq!(Node::take(dir.path()).expect("a name").id, name);
    }
}
