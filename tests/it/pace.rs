//! The pace of a campaign, whatever happens beside it: a stop, a night, a pause, and a second writer.

mod accepted;
mod beside;
mod clock;
mod course;
mod digests;
mod lanes;
mod lost;
mod places;
mod told;
mod warm_up;

use chrono::TimeDelta;
use estampille::campaigns::{
    self, BodyFormat, Campaign, Content, CreateOutcome, Draft, FreezeOutcome, Schedule, ScheduleOutcome,
};
use estampille::deliveries::{Delivery, Kind, queue};
use estampille::pacing::{Hours, Pace};
use estampille::storage::{CampaignId, Conn, Timestamp};

use crate::people::world::World;

const ONE_A_SECOND: Pace = Pace::PerHour { count: 3600 };

/// Stamps so many readers.
fn stamp(world: &mut World, readers: usize) {
    for reader in 1..=readers {
        world.stamp(&format!("reader{reader}@reader.example"));
    }
}

/// A campaign that begins to be sent now; nothing of its audience is written yet.
fn begun(world: &mut World, hours: Option<Hours>) -> CampaignId {
    begun_at(world, ONE_A_SECOND, hours)
}

/// [`begun`] at another pace.
fn begun_at(world: &mut World, pace: Pace, hours: Option<Hours>) -> CampaignId {
    let content = Content {
        subject: "Keeping pace".to_owned(),
        preheader: String::new(),
        body_format: BodyFormat::Markdown,
        body: "Hello".to_owned(),
        body_text: None,
    };
    let (account, draft) = (world.account, Draft { list_id: world.list.id, content });
    let made = world.write(|conn, _, now| campaigns::create(conn, account, &draft, now));
    let CreateOutcome::Created(Campaign { id, .. }) = made else { panic!("no list: {made:?}") };
    let plan = Schedule { start_at: None, pace, hours, allows_unverified_domains: true };
    let scheduled = world.write(|conn, _, now| campaigns::schedule(conn, account, id, &plan, now));
    assert!(matches!(scheduled, ScheduleOutcome::Scheduled(_)), "{scheduled:?}");
    id
}

/// A campaign whose audience is written, at one a second.
fn frozen(world: &mut World, hours: Option<Hours>) -> CampaignId {
    let id = begun(world, hours);
    assert_eq!(world.write(|conn, _, now| campaigns::start(conn, now)), [id]);
    assert_eq!(world.write(|conn, _, now| campaigns::freeze(conn, id, now)), FreezeOutcome::Frozen);
    id
}

/// A campaign whose audience is written, at this pace, all day long.
fn going(world: &mut World, pace: Pace) -> CampaignId {
    let id = begun_at(world, pace, None);
    assert!(world.write(|conn, _, now| campaigns::start(conn, now)).contains(&id));
    assert_eq!(world.write(|conn, _, now| campaigns::freeze(conn, id, now)), FreezeOutcome::Frozen);
    id
}

fn found(world: &mut World, id: CampaignId) -> Campaign {
    campaigns::find(&mut world.conn, world.account, id).unwrap().unwrap()
}

/// What a node would claim, at most so many.
fn wanted(node: &str, limit: usize, now: Timestamp) -> queue::Claim {
    queue::Claim { node: node.to_owned(), limit, spare: 0, until: now + TimeDelta::minutes(5) }
}

/// Claims so many for a node.
fn take(world: &mut World, node: &str, limit: usize, now: Timestamp) -> Vec<Delivery> {
    let wanted = wanted(node, limit, now);
    world.conn.in_write(|conn| queue::claim(conn, &wanted, &mut queue::Turn::default(), now)).unwrap()
}

/// Claims for a node; how many of a campaign it got.
fn claimed(conn: &mut Conn, now: Timestamp) -> usize {
    let claimed = queue::claim(conn, &wanted("a", 1000, now), &mut queue::Turn::default(), now).unwrap();
    claimed.iter().filter(|delivery| delivery.kind == Kind::Campaign).count()
}
