//! The command line.

use std::{io::Read as _, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use notification::outbox::Bounced;
use sea_orm::ConnectionTrait as _;
use tenant::{
    Db, Scope,
    accounts::{self, operators},
};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::{
    bounces,
    config::{Config, ConfigError},
    demo, graphql, keys, server, staff,
    state::{AppState, StartError},
    telemetry, town, web,
};

/// Appointment booking for German municipalities.
#[derive(Debug, Parser)]
#[command(name = "amtstermin", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve pages and API, and send mails
    Serve,
    /// Send mails and do what else happens in the background, without pages
    Worker,
    /// Bring the database to this version
    Migrate,
    /// Print the GraphQL schema
    Schema,
    /// Print the console's pages: method, address, whom each is for
    Pages,
    /// Try it out: five towns, kept mails, everything under ./data
    Demo,
    /// Import and export towns
    #[command(subcommand)]
    Town(TownCommand),
    /// Give a member of staff a role in a town
    ///
    /// A new account takes its password from the first line of standard input.
    Staff {
        /// E-mail address to sign in with
        email: String,
        /// First part of the address of the town's pages
        town: String,
        /// reader, clerk or admin
        role: tenant::Role,
    },
    /// Change the keys that personal data are sealed with
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Take in, from standard input, what a mail server sent back that could not deliver a mail
    ///
    /// For the pipe of a mail server behind `BOUNCE_ADDRESS`. What is no such report is left alone.
    Bounce,
    /// Let somebody run the platform, or compare the towns of a county
    ///
    /// A new account takes its password from the first line of standard input.
    Operator {
        /// E-mail address to sign in with
        email: String,
        /// Five-digit key of the county; without it the whole platform
        #[arg(long)]
        county: Option<String>,
        /// Take it away again
        #[arg(long)]
        remove: bool,
    },
    /// Print a link with which the owner of an account chooses a new password
    ///
    /// It works once, for two hours. For those whom no town's mail reaches: operators of the platform
    /// and of counties.
    Password {
        /// E-mail address of the account
        email: String,
    },
}

#[derive(Debug, Subcommand)]
enum TownCommand {
    /// Make towns look like their files
    Import {
        /// Town files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Delete a suspended town with everything that belongs to it; nothing brings it back
    Delete {
        /// First part of the address of the town's pages
        slug: String,
    },
    /// Print a town as a file
    Export {
        /// First part of the address of the town's pages
        slug: String,
    },
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Wrap all towns' keys with MASTER_KEY that PREVIOUS_MASTER_KEY has wrapped
    Rewrap,
    /// Give towns a new key; what the old one has sealed is sealed anew in the background
    Rotate {
        /// First part of the address of the town's pages; none named means all towns
        slugs: Vec<String>,
    },
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Import(#[from] town::ImportError),
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    #[error(transparent)]
    Tenant(#[from] tenant::Error),
    #[error(transparent)]
    Scheduling(#[from] scheduling::Error),
    #[error(transparent)]
    Migration(#[from] migrations::Error),
    #[error("database: {0}")]
    Database(#[from] sea_orm::DbErr),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("the mail has just left: hand its report over again")]
    Again,
    #[error("there is no account with this address")]
    UnknownAccount,
}

/// So much is read of what was sent back, in bytes; the mail in it may be longer.
const LONGEST_REPORT: u64 = 1024 * 1024;

impl CommandError {
    /// 2 for a configuration to mend, 75 (`EX_TEMPFAIL` of `sysexits.h`, upon which mail servers try
    /// again) where another try will do, 1 for everything else.
    fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::Start(StartError::Config(_)) => 2,
            Self::Again | Self::Tenant(tenant::Error::Busy(_)) => 75,
            _ => 1,
        }
    }
}

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Schema => {
            out(&graphql::sdl());
            Ok(())
        }
        Command::Pages => {
            out(&web::listed().join("\n"));
            Ok(())
        }
        command => run(command),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(error.exit_code())
        }
    }
}

/// Standard output is what these commands are for.
#[allow(clippy::print_stdout)]
pub(crate) fn out(text: &str) {
    println!("{}", text.trim_end());
}

/// Bytes of stack for each worker, as the main thread has: moving an appointment within a closing
/// within a GraphQL document takes more than tokio's two mebibytes where nothing is optimized.
const STACK: usize = 8 << 20;

fn run(command: Command) -> Result<(), CommandError> {
    let mut config = Config::read()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK)
        .build()?;
    runtime.block_on(async {
        let telemetry = telemetry::start();
        let result = dispatch(command, &mut config).await;
        telemetry.stop().await;
        result
    })
}

async fn dispatch(command: Command, config: &mut Config) -> Result<(), CommandError> {
    match command {
        Command::Serve => {
            if config.takes_all_for_one() {
                tracing::warn!(
                    "PUBLIC_URL is https and CLIENT_HEADER is not set: behind a proxy all clients \
                     share its address, and whoever comes too often keeps the others out"
                );
            }
            let state = AppState::open(config, false).await?;
            let listener = TcpListener::bind(config.listen).await?;
            tracing::info!(address = %listener.local_addr()?, "serving");
            Ok(server::serve(config, state, listener).await?)
        }
        Command::Worker => {
            let state = AppState::open(config, false).await?;
            Ok(server::work(config, &state).await?)
        }
        Command::Migrate => migrate(config).await,
        Command::Demo => demo::run(config).await,
        Command::Town(TownCommand::Import { files }) => {
            let state = AppState::open(config, false).await?;
            for file in files {
                let imported = town::import(&state, &file).await?;
                out(&format!("{}: {}", file.display(), describe(imported)));
            }
            Ok(())
        }
        Command::Town(TownCommand::Delete { slug }) => {
            let state = AppState::open(config, false).await?;
            Ok(town::delete(&state, &slug).await?)
        }
        Command::Keys(command) => {
            let state = AppState::open(config, false).await?;
            let done = match command {
                KeysCommand::Rewrap => keys::rewrap(&state).await?,
                KeysCommand::Rotate { slugs } => keys::rotate(&state, &slugs).await?,
            };
            out(&done);
            Ok(())
        }
        Command::Town(TownCommand::Export { slug }) => {
            let state = AppState::open(config, false).await?;
            out(&town::export(&state, &slug).await?);
            Ok(())
        }
        Command::Bounce => {
            let mut report = Vec::new();
            std::io::stdin().take(LONGEST_REPORT).read_to_end(&mut report)?;
            let state = AppState::open(config, false).await?;
            out(match bounces::take(&state, &report).await? {
                Some(Bounced::Noted) => "noted",
                Some(Bounced::Unknown) => "the mail is known no more",
                Some(Bounced::TooEarly) => return Err(CommandError::Again),
                None => "no report of a failure",
            });
            Ok(())
        }
        Command::Staff { email, town, role } => {
            let state = AppState::open(config, false).await?;
            employ(&state, &email, &typed_password()?, &town, role).await
        }
        Command::Operator { email, county, remove: true } => {
            let state = AppState::open(config, false).await?;
            let db = &state.office.db;
            let account = accounts::find(db, &email).await?.ok_or(CommandError::UnknownAccount)?;
            Ok(operators::dismiss(db, account.id, county.as_deref()).await?)
        }
        Command::Operator { email, county, remove: false } => {
            let state = AppState::open(config, false).await?;
            let db = &state.office.db;
            let account = account(&state, &email, &typed_password()?).await?;
            match county {
                Some(key) => Ok(operators::entrust_county(db, account, &key).await?),
                None => Ok(operators::entrust_platform(db, account).await?),
            }
        }
        Command::Password { email } => {
            let state = AppState::open(config, false).await?;
            let link = staff::recovery_link(&state.office, &email).await?;
            out(&link.ok_or(CommandError::UnknownAccount)?);
            Ok(())
        }
        Command::Schema | Command::Pages => Ok(()),
    }
}

/// Gives an account, made where it is new, a role in a town.
pub(crate) async fn employ(
    state: &AppState,
    email: &str,
    password: &str,
    town: &str,
    role: tenant::Role,
) -> Result<(), CommandError> {
    let office = &state.office;
    let entry = state.directory.by_slug(&office.db, town).await?;
    let tenant = entry.ok_or(catalog::Error::UnknownTown)?.tenant;
    let account = account(state, email, password).await?;
    Ok(staff::assign(office, &Scope::system(tenant), account, role).await?)
}

/// The account with this address; one without a password gets this one.
pub(crate) async fn account(
    state: &AppState,
    email: &str,
    password: &str,
) -> Result<Uuid, CommandError> {
    let office = &state.office;
    let account = accounts::create(&office.db, email, office.now()).await?;
    if !account.has_password {
        accounts::password::set(&office.db, account.id, password).await?;
    }
    Ok(account.id)
}

/// The first line of standard input.
fn typed_password() -> Result<String, CommandError> {
    let mut password = String::new();
    std::io::stdin().read_line(&mut password)?;
    Ok(password.trim_end_matches(['\r', '\n']).to_owned())
}

fn describe(imported: catalog::store::Imported) -> &'static str {
    match imported {
        catalog::store::Imported::Created => "created",
        catalog::store::Imported::Changed => "changed",
        catalog::store::Imported::Unchanged => "unchanged",
    }
}

/// Brings the database to this version and, where a password is given, lets the runtime role of
/// PostgreSQL log in with it.
async fn migrate(config: &Config) -> Result<(), CommandError> {
    let db = Db::connect(&config.database_url).await?;
    migrations::migrate(db.platform()).await?;
    if let Some(password) = &config.app_database_password
        && config.database_url.starts_with("postgres")
    {
        let quoted = password.replace('\'', "''");
        let sql = format!("ALTER ROLE amtstermin_app LOGIN PASSWORD '{quoted}'");
        db.platform().execute_unprepared(&sql).await?;
    }
    Ok(())
}
