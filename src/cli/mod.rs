//! The commands: one file each. They read the settings, call use cases and say what came of it.
//!
//! Exit status: 0 done, 1 the thing asked for is not so, 2 bad use, 75 try again (sysexits.h `EX_TEMPFAIL`).

mod account;
mod backup;
mod config;
pub mod context;
mod demo;
mod doctor;
mod import;
mod inspect;
mod log;
mod migrate;
mod operator;
mod password;
mod progress;
mod receive;
mod send;
pub mod serve;
mod simulate;
pub mod stop;
mod token;
mod trace;
mod verify_consent;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use context::Context;
use stop::Stop;

/// A mailing-list manager with confirmed opt-in.
#[derive(Parser)]
#[command(name = "estampille", version, about, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    /// The settings file; `estampille.toml` where it exists when not named. Environment variables win over it
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Try the main job on this machine: embedded database, local mail tray, sample data
    Demo(demo::Demo),
    /// Run the service
    Serve(serve::Serve),
    /// Bring the database up to date
    Migrate,
    /// Make an operator, who runs the installation
    #[command(subcommand)]
    Operator(operator::Operator),
    /// Make a customer account with its first user
    #[command(subcommand)]
    Account(account::Account),
    /// Make an API token
    #[command(subcommand)]
    Token(token::Token),
    /// Ask the addresses of a CSV file to confirm
    Import(import::Import),
    /// Look for what would hurt delivery; exit status 1 when something would
    Doctor(doctor::Doctor),
    /// Follow a campaign
    Send(send::Send),
    /// Take one message from an MTA's pipe on standard input
    Receive(receive::Receive),
    /// Say what received messages or SMTP replies are, changing nothing
    Inspect(inspect::Inspect),
    /// Say whether this installation sent a message, for whom and on what consent
    Trace(trace::Trace),
    /// Check that every proof of consent is as it was written, and name the first that is not; exit status 1 then
    VerifyConsent(verify_consent::VerifyConsent),
    /// Print the daily seals over all proofs of consent, to be kept or published elsewhere
    Seals,
    /// Play a campaign through on a false clock: when what goes to whom, and what the providers' ceilings say
    Simulate(simulate::Simulate),
    /// Write a consistent copy of the embedded database while it runs
    Backup(backup::Backup),
    /// Print the settings in force, secrets masked
    Config,
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// Reads the command line, does what it says, and answers with an exit status.
#[must_use]
pub fn main() -> ExitCode {
    // The first one wins; a second installation of the same provider changes nothing.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            eprintln!("estampille: {stop}");
            stop.code()
        }
    }
}

fn run(cli: Cli) -> Result<(), Stop> {
    let context = Context::new(cli.config);
    match cli.command {
        Command::Demo(args) => demo::run(&args),
        Command::Serve(args) => serve::run(&args, &context),
        Command::Migrate => migrate::run(&context),
        Command::Operator(args) => operator::run(args, &context),
        Command::Account(args) => account::run(args, &context),
        Command::Token(args) => token::run(args, &context),
        Command::Import(args) => import::run(&args, &context),
        Command::Doctor(args) => doctor::run(&args, &context),
        Command::Send(args) => send::run(&args, &context),
        Command::Receive(args) => receive::run(&args, &context),
        Command::Inspect(args) => inspect::run(&args),
        Command::Trace(args) => trace::run(&args, &context),
        Command::VerifyConsent(args) => verify_consent::run(&args, &context),
        Command::Seals => verify_consent::print_seals(&context),
        Command::Simulate(args) => simulate::run(&args),
        Command::Backup(args) => backup::run(&args, &context),
        Command::Config => config::run(&context),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "estampille", &mut script);
            // A reader that has seen enough closes the pipe: no trouble of ours.
            std::io::stdout().write_all(&script).or_else(|error| match error.kind() {
                std::io::ErrorKind::BrokenPipe => Ok(()),
                _ => Err(error.into()),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
