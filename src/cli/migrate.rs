//! `estampille migrate`

use super::context::Context;
use super::stop::Stop;
use crate::storage::migrate;

pub(super) fn run(context: &Context) -> Result<(), Stop> {
    let ran = context.app()?.db.read_blocking(migrate)?;
    for name in &ran {
        println!("ran {name}");
    }
    if ran.is_empty() {
        println!("the database is up to date");
    }
    Ok(())
}
