//! `estampille config`

use super::context::Context;
use super::stop::Stop;

pub(super) fn run(context: &Context) -> Result<(), Stop> {
    for (name, value) in context.settings()?.describe() {
        println!("{name} = {}", toml::Value::String(value));
    }
    Ok(())
}
