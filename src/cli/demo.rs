//! `estampille demo`: the main job on an embedded database in a temporary folder, with a tray in place of a mail server.

mod content;
mod people;
mod seed;

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};

use clap::Args;

use super::serve::{self, Role};
use super::stop::Stop;
use super::{context, log};
use crate::accounts::passwords;
use crate::app::App;
use crate::config::Settings;

#[derive(Args)]
pub(super) struct Demo {
    /// Where the web listens; a free port of this machine when 127.0.0.1:8080 is taken
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

/// The password of the demo's users; nothing but this machine reaches them.
const PASSWORD: &str = "stamped-and-sealed";
/// The domain of the demo's marks and addresses (RFC 2606: it can never exist).
const MAIL_DOMAIN: &str = "lists.example";

pub(super) fn run(args: &Demo) -> Result<(), Stop> {
    let folder = tempfile::Builder::new().prefix("estampille-demo-").tempdir()?;
    let listener = listen(args.listen)?;
    let settings = settings(folder.path(), listener.local_addr()?, free_port()?)?;
    log::start_for_command(&settings);
    let app = App { is_demo: true, ..context::open(settings)? };
    app.db.read_blocking(crate::storage::migrate)?;
    let password_hash = passwords::hash_blocking(PASSWORD).map_err(|error| Stop::NotSo(error.to_string()))?;
    let sample = seed::seed(&app, &password_hash)?;
    println!("{}", welcome(&app, &sample));
    let result = serve::until_stopped(app, Role::All, Some(listener));
    // The folder goes with everything in it, also when the service ended with an error.
    folder.close()?;
    result
}

/// The address asked for; else the usual one, or any free port beside it.
fn listen(asked: Option<SocketAddr>) -> Result<TcpListener, Stop> {
    let usual = SocketAddr::from(([127, 0, 0, 1], 8080));
    match asked {
        Some(address) => {
            TcpListener::bind(address).map_err(|error| Stop::NotSo(format!("--listen {address}: {error}")))
        }
        None => Ok(TcpListener::bind(usual).or_else(|_| TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))))?),
    }
}

/// A port for the listener of reports; free now, and asked for again a moment later.
fn free_port() -> std::io::Result<SocketAddr> {
    TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?.local_addr()
}

fn settings(folder: &std::path::Path, web: SocketAddr, inbound: SocketAddr) -> Result<Settings, Stop> {
    let values = [
        ("DATA_DIR", folder.display().to_string()),
        ("LISTEN", web.to_string()),
        ("BASE_URL", format!("http://{web}")),
        ("RELAY_URL", "tray:".to_owned()),
        ("INBOUND_LISTEN", inbound.to_string()),
        ("MAIL_DOMAIN", MAIL_DOMAIN.to_owned()),
        ("UNVERIFIED_DOMAINS", "allow".to_owned()),
    ];
    let values: BTreeMap<String, String> =
        values.into_iter().map(|(name, value)| (format!("ESTAMPILLE_{name}"), value)).collect();
    Ok(Settings::from_values(&values)?)
}

/// Where to click, and the sign-in.
fn welcome(app: &App, sample: &seed::Sample) -> String {
    let link = |path: &str| app.settings.link(path);
    format!(
        "Estampille, the demo. Nothing leaves this machine; Ctrl-C ends it and removes everything.\n\n\
         \x20 1  Sign up on a form            {form}\n\
         \x20    the same in French           {form_fr}\n\
         \x20 2  Open the mail in the tray    {tray}\n\
         \x20 3  Sign in as the sender        {sign_in}\n\
         \x20       address   {owner}\n\
         \x20       password  {PASSWORD}\n\
         \x20 4  Send the campaign that waits {campaign}\n\
         \x20    watch the curve, press Unsubscribe in the tray, see the bounces come in: {bounces}\n\n\
         \x20 The operator signs in as {operator}, with the same password.\n",
        form = link(&format!("/forms/{}", sample.english_form)),
        form_fr = link(&format!("/forms/{}", sample.french_form)),
        tray = link("/tray"),
        sign_in = link("/sign-in"),
        campaign = link(&format!("/campaigns/{}/schedule", sample.campaign)),
        bounces = link("/bounces"),
        owner = seed::OWNER,
        operator = seed::OPERATOR,
    )
}
