//! One campaign through the real program, from its schedule to its last acceptance.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Nullable};
use estampille::audit::Actor;
use estampille::campaigns::{self, BodyFormat, Content, Draft, Schedule, ScheduleOutcome};
use estampille::clock::Clock;
use estampille::lists::{self, ListChange};
use estampille::pacing::Pace;
use estampille::sending_domains::{self, AddOutcome};
use estampille::storage::{CampaignId, Conn};

use super::Run;
use super::house::{House, Signing};
use super::peers::Sink;
use super::program::Program;

const PATIENCE: Duration = Duration::from_secs(1800);
/// What a message has beside its body: header fields, links, the footer in both parts.
const AROUND: usize = 3_400;
const GREETING: &str = "Dear {{ attributes.first_name }} in {{ attributes.town }},\n\n";
const SENTENCE: &str =
    "Paper is what remembers: ink, rules and thread, [from the shop](https://papeterie.example/shop).\n\n";

/// What came of it.
pub(crate) struct Sent {
    /// Of one message, as the sink read it, commands included.
    pub(crate) bytes: u64,
    /// Messages a second, from the frozen audience to the last acceptance in the database.
    pub(crate) rate: f64,
    pub(crate) processor_millis: f64,
    pub(crate) peak_kilobytes: u64,
    /// Seconds from the schedule to the frozen audience.
    pub(crate) frozen_in: f64,
}

#[derive(diesel::QueryableByName)]
struct Course {
    #[diesel(sql_type = Nullable<BigInt>)]
    frozen_at: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    finished_at: Option<i64>,
}

#[derive(diesel::QueryableByName)]
struct Ends {
    #[diesel(sql_type = BigInt)]
    accepted: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    last: Option<i64>,
}

pub(crate) fn send(house: &House, run: &Run, relay: SocketAddr, connections: usize, sink: &Sink) -> Sent {
    let mut conn = house.connect();
    let program = Program::start(&house.settings(&format!("smtp://{relay}"), connections));
    let (read_before, scheduled_at) = (sink.bytes(), Clock::System.now());
    let id = schedule(&mut conn, house, run);
    let frozen_at = wait(|| course(&mut conn, id).frozen_at);
    let busy_before = program.processor_millis();
    wait(|| course(&mut conn, id).finished_at);
    let busy = program.processor_millis() - busy_before;
    let ends = ends(&mut conn, id);
    let accepted = usize::try_from(ends.accepted).unwrap();
    assert_eq!(accepted, house.recipients, "some were not accepted");
    let sent = Sent {
        bytes: (sink.bytes() - read_before) / u64::try_from(accepted).unwrap(),
        rate: accepted as f64 / ((ends.last.unwrap() - frozen_at) as f64 / 1e6),
        processor_millis: busy / accepted as f64,
        peak_kilobytes: program.peak_kilobytes(),
        frozen_in: (frozen_at - scheduled_at.micros()) as f64 / 1e6,
    };
    program.stop();
    sent
}

/// A campaign of this size from the domain that is signed so, as fast as the relay takes it.
fn schedule(conn: &mut Conn, house: &House, run: &Run) -> CampaignId {
    let now = Clock::System.now();
    let domain = run.signing.domain();
    sign(conn, house, run.signing);
    let change = ListChange { from_address: Some(format!("rose@{domain}").parse().unwrap()), ..ListChange::default() };
    lists::change(conn, house.account, house.list.id, &change).unwrap().unwrap();
    // The text part has the sentence, the HTML part the sentence with its tags.
    let sentences = run.bytes.saturating_sub(AROUND) / (2 * SENTENCE.len() + 20) + 1;
    let content = Content {
        subject: "For {{ attributes.first_name }}".to_owned(),
        preheader: String::new(),
        body_format: BodyFormat::Markdown,
        body: format!("{GREETING}{}", SENTENCE.repeat(sentences)),
        body_text: None,
    };
    let draft = Draft { list_id: house.list.id, content };
    let campaigns::CreateOutcome::Created(campaign) = campaigns::create(conn, house.account, &draft, now).unwrap()
    else {
        panic!("the draft was refused")
    };
    let pace = Pace::SpreadOver { seconds: 1 };
    let schedule = Schedule { start_at: None, pace, hours: None, allows_unverified_domains: true };
    match campaigns::schedule(conn, house.account, campaign.id, &schedule, now).unwrap() {
        ScheduleOutcome::Scheduled(_) => campaign.id,
        refused => panic!("{refused:?}"),
    }
}

/// Gives the domain its keys, once.
fn sign(conn: &mut Conn, house: &House, signing: Signing) {
    if matches!(signing, Signing::None)
        || sending_domains::find_for(conn, house.account, signing.domain()).unwrap().is_some()
    {
        return;
    }
    let key = sending_domains::make_key().unwrap();
    let added =
        sending_domains::add(conn, house.account, signing.domain(), key, Actor::System, Clock::System.now()).unwrap();
    let AddOutcome::Added(domain) = added else { panic!("the domain was refused") };
    if matches!(signing, Signing::Ed25519) {
        let key = sending_domains::make_ed25519_key().unwrap();
        let both = (sending_domains::Signing::RsaAndEd25519, false);
        let by = (Actor::System, Clock::System.now());
        sending_domains::choose_signing(conn, (house.account, domain.id), both, key, by).unwrap();
        // As if its record had been found in DNS: the second key signs from then on.
        diesel::sql_query("UPDATE sending_domains SET ed25519_found_at = 1 WHERE ed25519_private_key IS NOT NULL")
            .execute(conn)
            .unwrap();
    }
}

fn course(conn: &mut Conn, id: CampaignId) -> Course {
    let sql = "SELECT frozen_at, finished_at FROM campaigns WHERE id = $1";
    diesel::sql_query(sql).bind::<estampille::storage::columns::PublicId, _>(id).get_result(conn).unwrap()
}

fn ends(conn: &mut Conn, id: CampaignId) -> Ends {
    let sql = "SELECT count(*) AS accepted, max(finished_at) AS last FROM deliveries \
               WHERE campaign_id = $1 AND state = 'accepted'";
    diesel::sql_query(sql).bind::<estampille::storage::columns::PublicId, _>(id).get_result(conn).unwrap()
}

/// Looks ten times a second until there is an answer.
fn wait<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "the campaign does not move on");
        std::thread::sleep(Duration::from_millis(100));
    }
}
