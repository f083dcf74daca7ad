//! `cargo bench --bench start [-- RECIPIENTS [ENDED]]`: how long a campaign takes to start while people sign up, beside
//! bare inserts of the same rows, and what a claim over twenty lanes costs then: statements and time. With a second
//! number, what a claim costs beside so many deliveries of campaigns that ended long ago. On the embedded database, and on
//! PostgreSQL where `TEST_POSTGRES_URL` names a server.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "it reads its environment")]

#[path = "house/databases.rs"]
mod databases;
#[path = "house/settle.rs"]
mod settle;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use diesel::RunQueryDsl as _;
use diesel::connection::{Connection as _, InstrumentationEvent};
use diesel::sql_types::BigInt;
use estampille::app::App;
use estampille::campaigns::{self, BodyFormat, Content, CreateOutcome, Draft, Schedule, ScheduleOutcome};
use estampille::config::Settings;
use estampille::deliveries::queue::{self, Claim, Turn};
use estampille::forms::Attributes;
use estampille::lists::List;
use estampille::pacing::{Pace, receiving_domains};
use estampille::storage::{CampaignId, Conn, StoreError, Timestamp, migrate};
use estampille::subscriptions::{self, Circumstances, Signup, Via};
use estampille::worker;

const RECIPIENTS: i64 = 1_000_000;

/// One domain of each lane of the table, and a few of others.
const DOMAINS: [&str; 20] = [
    "gmail.com",
    "outlook.com",
    "yahoo.fr",
    "icloud.com",
    "orange.fr",
    "free.fr",
    "sfr.fr",
    "laposte.net",
    "bbox.fr",
    "gmx.de",
    "t-online.de",
    "comcast.net",
    "proton.me",
    "mail.ru",
    "microsoft365.example",
    "ovh.example",
    "ionos.example",
    "club.example",
    "harbour.example",
    "school.example",
];

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse().ok());
    let (count, ended) = (numbers.next().unwrap_or(RECIPIENTS), numbers.next().unwrap_or(0));
    let mut sizes = vec![10_000.min(count), count];
    sizes.dedup();
    for recipients in sizes {
        databases::on_each(&format!("start_{recipients}"), |kind, url| run(kind, url, recipients, ended));
    }
}

fn run(kind: &str, database: &str, recipients: i64, ended: i64) {
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("DATA_DIR", folder.path().to_str().unwrap()),
        ("DATABASE_URL", database),
        ("UNVERIFIED_DOMAINS", "allow"),
        ("DNS_SERVER", "127.0.0.1:1"),
        ("RELAY_URL", "tray:"),
    ];
    let settings: BTreeMap<String, String> =
        settings.iter().map(|(name, value)| (format!("ESTAMPILLE_{name}"), (*value).to_owned())).collect();
    let app = App::open(Settings::from_values(&settings).unwrap()).unwrap();
    let mut conn = databases::connect(database);
    migrate(&mut conn).unwrap();
    let list = list_of(&app, &mut conn, recipients);
    let id = scheduled(&app, &list);
    let (took, signups) = started(&app, &list, id);
    let bare = bare(&mut conn);
    println!(
        "{kind}\t{recipients}\tstart {:.1} s\tbare inserts {:.1} s\tratio {:.2}\tsignups {}\tlongest {} ms",
        took.as_secs_f64(),
        bare.as_secs_f64(),
        took.as_secs_f64() / bare.as_secs_f64(),
        signups.len(),
        signups.iter().max().map_or(0, Duration::as_millis)
    );
    let later = app.clock.now() + TimeDelta::days(5);
    claims(kind, recipients, &mut conn, later);
    if ended > 0 {
        end_long_ago(&mut conn, ended);
        println!("{kind}\t{recipients}\tbeside {ended} deliveries of campaigns that ended:");
        claims(kind, recipients, &mut conn, later);
    }
}

/// Rows of one statement.
const CHUNK: i64 = 100_000;

/// Deliveries of campaigns that ended, a million each.
fn end_long_ago(conn: &mut Conn, rows: i64) {
    for first in (0..rows).step_by(usize::try_from(CHUNK).unwrap()) {
        let (numbers, id) = numbers(conn, first, (first + CHUNK).min(rows));
        let (campaign, subscriber, subscription) = (id("n / 1000000", 3), id("n", 4), id("n", 5));
        let sql = format!(
            "INSERT INTO deliveries (kind, account_id, campaign_id, list_id, subscriber_id, subscription_id, address, \
             lane, position, state, attempts, created_at, due_at, expires_at, last_code, last_reply, finished_at) \
             SELECT 'campaign', (SELECT account_id FROM lists LIMIT 1), {campaign}, (SELECT id FROM lists LIMIT 1), \
             {subscriber}, {subscription}, 'person' || n || '@reader.example', 'other', n % 1000000, 'accepted', 1, 1, 1, \
             2, 250, '250 2.0.0 Ok: queued as ' || n, 2 FROM {numbers} AS numbers"
        );
        conn.in_write(|conn| Ok(diesel::sql_query(&sql).execute(conn)?)).unwrap();
    }
}

/// An SQL expression for an id of some kind that belongs to a number.
type IdOf = fn(&str, u8) -> String;

/// A table of the numbers from `first` to before `end`, and how ids are made of them.
fn numbers(conn: &Conn, first: i64, end: i64) -> (String, IdOf) {
    match conn {
        Conn::Sqlite(_) => (
            format!(
                "(WITH RECURSIVE c(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM c WHERE n < {}) SELECT n FROM c)",
                end - 1
            ),
            |number, kind| format!("unhex(printf('0192%08x000070008000000000{kind:02x}', {number}))"),
        ),
        Conn::Postgres(_) => (format!("(SELECT n FROM generate_series({first}, {}) AS n)", end - 1), |number, kind| {
            format!("CAST('0192' || lpad(to_hex({number}), 8, '0') || '000070008000000000{kind:02x}' AS UUID)")
        }),
    }
}

/// A list of so many confirmed readers.
fn list_of(app: &App, conn: &mut Conn, readers: i64) -> List {
    let now = app.clock.now();
    let account = settle::account(conn, "Papeterie", now);
    let list = settle::list(conn, account, "news@sender.example", now);
    conn.in_write(receiving_domains::prepare).unwrap();
    let known = [("microsoft365.example", "microsoft-365"), ("ovh.example", "ovh"), ("ionos.example", "ionos")];
    for (domain, lane) in known {
        let sql = format!(
            "INSERT INTO receiving_domains (name, lane, expires_at) VALUES ('{domain}', '{lane}', {})",
            i64::MAX
        );
        diesel::sql_query(sql).execute(conn).unwrap();
    }
    for sql in people(conn, readers, now) {
        diesel::sql_query(sql).execute(conn).unwrap();
    }
    list
}

/// As an import leaves them: ids of version 7, one after the other, and nobody has counted them for the planner.
fn people(conn: &Conn, readers: i64, now: Timestamp) -> [String; 2] {
    let domains: Vec<String> =
        DOMAINS.iter().enumerate().map(|(at, name)| format!("WHEN {at} THEN '{name}'")).collect();
    let domain = format!("CASE n % {} {} END", DOMAINS.len(), domains.join(" "));
    let (numbers, id) = numbers(conn, 0, readers);
    let hash = match conn {
        Conn::Sqlite(_) => "randomblob(32)",
        Conn::Postgres(_) => "decode(md5(random()::text), 'hex')",
    };
    let now = now.micros();
    [
        format!(
            "INSERT INTO subscribers (id, account_id, address, address_hash, attributes, created_at) SELECT {}, \
             (SELECT account_id FROM lists LIMIT 1), 'person' || n || '@' || {domain}, {hash}, '{{}}', {now} - 1000 \
             FROM {numbers} AS numbers",
            id("n", 1)
        ),
        format!(
            "INSERT INTO subscriptions (id, account_id, subscriber_id, list_id, state, requested_at, confirmed_at) SELECT {}, \
             (SELECT account_id FROM lists LIMIT 1), {}, (SELECT id FROM lists LIMIT 1), 'confirmed', {now} - 1000, \
             {now} - 1000 FROM {numbers} AS numbers",
            id("n", 2),
            id("n", 1)
        ),
    ]
}

/// A campaign over ten days that is due.
fn scheduled(app: &App, list: &List) -> CampaignId {
    let now = app.clock.now();
    let content = Content {
        subject: "A start".to_owned(),
        preheader: String::new(),
        body_format: BodyFormat::Markdown,
        body: "Hello".to_owned(),
        body_text: None,
    };
    let (account, draft) = (list.account_id, Draft { list_id: list.id, content });
    let made = app.db.write_blocking(|conn| campaigns::create(conn, account, &draft, now)).unwrap();
    let CreateOutcome::Created(campaign) = made else { panic!("no list") };
    let pace = Pace::SpreadOver { seconds: 10 * 86_400 };
    let schedule = Schedule { start_at: None, pace, hours: None, allows_unverified_domains: true };
    let told = app.db.write_blocking(|conn| campaigns::schedule(conn, account, campaign.id, &schedule, now)).unwrap();
    assert!(matches!(told, ScheduleOutcome::Scheduled(_)), "{told:?}");
    campaign.id
}

/// How long the worker takes until the audience is frozen, and how long each signup took meanwhile.
fn started(app: &App, list: &List, id: CampaignId) -> (Duration, Vec<Duration>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (is_over, began) = (Arc::new(AtomicBool::new(false)), Instant::now());
    let people = std::thread::spawn({
        let (app, list, is_over) = (app.clone(), list.clone(), Arc::clone(&is_over));
        move || signups(&app, &list, &is_over)
    });
    let took = runtime.block_on(async {
        let worker = worker::start(app.clone()).await.unwrap();
        let account = list.account_id;
        while app.db.read(move |conn| campaigns::find(conn, account, id)).await.unwrap().unwrap().frozen_at.is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let took = began.elapsed();
        is_over.store(true, Ordering::SeqCst);
        worker.stop().await;
        took
    });
    (took, people.join().unwrap())
}

/// Twenty people a second sign up.
fn signups(app: &App, list: &List, is_over: &AtomicBool) -> Vec<Duration> {
    let mut took = Vec::new();
    while !is_over.load(Ordering::SeqCst) {
        let asked = Signup {
            account_id: list.account_id,
            list_id: list.id,
            address: format!("new{}@reader.example", took.len()).parse().unwrap(),
            attributes: Attributes::new(),
            form: None,
            shown_in: None,
            wording: "I want the letter.".to_owned(),
            language: None,
            via: Via::Form,
            circumstances: Circumstances::default(),
            detail: String::new(),
        };
        let (keys, now, began) = (app.keys.clone(), app.clock.now(), Instant::now());
        app.db.write_blocking(|conn| subscriptions::signup(conn, &keys, &asked, now)).unwrap();
        took.push(began.elapsed());
        std::thread::sleep(Duration::from_millis(50));
    }
    took
}

/// One statement that inserts the same rows into a table of the same shape with the same indexes.
fn bare(conn: &mut Conn) -> Duration {
    let make = match conn {
        Conn::Sqlite(_) => "CREATE TABLE bare AS SELECT * FROM deliveries WHERE false",
        Conn::Postgres(_) => "CREATE TABLE bare (LIKE deliveries)",
    };
    let indexes = [
        make,
        "CREATE INDEX bare_id ON bare (id)",
        "CREATE INDEX bare_released ON bare (campaign_id, lane, position) WHERE kind = 'campaign' AND state = 'queued'",
        "CREATE INDEX bare_campaign ON bare (campaign_id, id)",
        "CREATE INDEX bare_subscription ON bare (subscription_id, id)",
        "CREATE INDEX bare_subscriber ON bare (subscriber_id, id)",
        "CREATE UNIQUE INDEX bare_once ON bare (campaign_id, subscription_id) WHERE kind = 'campaign'",
    ];
    for sql in indexes {
        diesel::sql_query(sql).execute(conn).unwrap();
    }
    let began = Instant::now();
    diesel::sql_query("INSERT INTO bare SELECT * FROM deliveries").execute(conn).unwrap();
    let took = began.elapsed();
    diesel::sql_query("DROP TABLE bare").execute(conn).unwrap();
    took
}

/// Claims a thousand again and again, each time rolled back; prints statements and time of one.
fn claims(kind: &str, recipients: i64, conn: &mut Conn, now: Timestamp) {
    let statements = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&statements);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { .. } = event {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    let lanes = "SELECT count(*) AS number FROM campaign_lanes";
    let lanes = diesel::sql_query(lanes).get_result::<Number>(conn).unwrap().number;
    for limit in [100, 1000] {
        let wanted = Claim { node: "bench".to_owned(), limit, spare: 0, until: now + TimeDelta::minutes(5) };
        let (mut times, mut got, mut asked) = (Vec::new(), 0, 0);
        for _ in 0..20 {
            let undone: Result<(), StoreError> = conn.in_write(|conn| {
                let (began, before) = (Instant::now(), statements.load(Ordering::SeqCst));
                got = queue::claim(conn, &wanted, &mut Turn::default(), now)?.len();
                times.push(began.elapsed());
                asked = statements.load(Ordering::SeqCst) - before;
                Err(StoreError::Refused("only to see".to_owned()))
            });
            assert!(undone.is_err());
        }
        times.sort_unstable();
        let median = times.get(times.len() / 2).map_or(0, Duration::as_micros);
        println!("{kind}\t{recipients}\tclaim of {got} over {lanes} lanes: {asked} statements, {median} µs");
    }
}
