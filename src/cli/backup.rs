//! `estampille backup`

use std::path::PathBuf;

use clap::Args;

use super::context::Context;
use super::stop::Stop;
use crate::storage::backup;

#[derive(Args)]
pub(super) struct Backup {
    /// The file to write; it must not exist yet
    file: PathBuf,
}

pub(super) fn run(args: &Backup, context: &Context) -> Result<(), Stop> {
    let app = context.app()?;
    let Some(source) = app.settings.embedded_file() else {
        return Err(Stop::NotSo("the database is PostgreSQL: use pg_dump, which copies it while it runs".to_owned()));
    };
    if !source.exists() {
        return Err(Stop::NotSo(format!("there is no database at {}", source.display())));
    }
    if args.file.exists() {
        return Err(Stop::NotSo(format!("{} is there already", args.file.display())));
    }
    let Some(target) = args.file.to_str() else {
        return Err(Stop::BadUse("the name of the file is not UTF-8".to_owned()));
    };
    app.db.read_blocking(|conn| backup(conn, target))?;
    std::fs::File::open(&args.file)?.sync_all()?;
    println!("{}", args.file.display());
    Ok(())
}
