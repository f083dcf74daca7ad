//! Which node this is: a random name in `DATA_DIR/node`, so that a restarted node knows its own claims.
//!
//! Beside it stands the machine it was made on: a data folder that was copied to another machine, or restored there,
//! must not take the first machine's claims for its own and send them a second time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::keyring::{digest, hex, random_token};

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
        Self::take_on(data_dir, &machine())
    }

    fn take_on(data_dir: &Path, machine: &str) -> std::io::Result<Self> {
        let path = data_dir.join("node");
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Self { id: random_token(), _lock: None }),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let id = match text.lines().map(str::trim).collect::<Vec<_>>().as_slice() {
            [id, made_on, ..] if !id.is_empty() && *made_on == machine => (*id).to_owned(),
            _ => {
                let id = random_token();
                file.rewind()?;
                file.set_len(0)?;
                write!(file, "{id}\n{machine}\n")?;
                file.sync_all()?;
                id
            }
        };
        Ok(Self { id, _lock: Some(file) })
    }
}

/// What tells this machine from others: a digest, because machine-id(5) asks to keep the id itself confidential.
fn machine() -> String {
    let read = |path| std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
    let id = read("/etc/machine-id").filter(|id| !id.is_empty() && id != "uninitialized");
    let known = id.or_else(|| read("/proc/sys/kernel/hostname")).unwrap_or_default();
    hex(&digest(format!("estampille node {known}").as_bytes()))
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

    #[test]
    fn a_copied_folder_gets_a_name_of_its_own_on_another_machine_and_keeps_it_there() {
        let dir = tempfile::tempdir().expect("a folder");
        let name = |machine| Node::take_on(dir.path(), machine).expect("a name").id;
        let first = name("one");
        assert_eq!(name("one"), first);
        let copied = name("another, with a longer name");
        assert_ne!(copied, first);
        assert_eq!(name("another, with a longer name"), copied);
        assert_ne!(name("one"), copied);
    }

    #[test]
    fn a_name_without_a_machine_is_not_believed() {
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::write(dir.path().join("node"), "somebody\n").expect("a file");
        assert_ne!(Node::take_on(dir.path(), "one").expect("a name").id, "somebody");
    }
}
