//! What the relay took of a campaign, written as one statement where the database can, else row by row: both say the same.

use chrono::TimeDelta;
use estampille::deliveries::queue::{self, Outcome, Verdict};
use estampille::deliveries::{self, Delivery, Kind};
use estampille::storage::Timestamp;

use super::{frozen, stamp, take};
use crate::people::world::World;
use crate::support::DatabaseKind;

fn outcomes(claimed: &[Delivery]) -> Vec<Outcome> {
    let accepted = |delivery: &Delivery| Outcome {
        delivery: Box::new(delivery.clone()),
        verdict: Verdict::Accepted { code: 250, reply: format!("250 2.0.0 queued\r\nas {}", delivery.id) },
    };
    claimed.iter().map(accepted).collect()
}

fn write(world: &mut World, kind: DatabaseKind, outcomes: &[Outcome], now: Timestamp) {
    match kind {
        DatabaseKind::Sqlite => {
            world.conn.in_write(|conn| queue::record(conn, "a", outcomes, queue::Along::Curve, now)).unwrap();
        }
        DatabaseKind::Postgres => queue::accept(&mut world.conn, outcomes, now).unwrap(),
    }
}

#[test]
fn what_the_relay_took_is_written_once_and_counted_once_even_of_a_claim_that_was_lost() {
    for kind in [DatabaseKind::Sqlite, DatabaseKind::Postgres] {
        let mut world = World::new(kind);
        stamp(&mut world, 3);
        let id = frozen(&mut world, None);
        let now = world.now + TimeDelta::hours(1);
        let mut claimed = take(&mut world, "a", 100, now);
        claimed.retain(|delivery| delivery.kind == Kind::Campaign);
        assert_eq!(claimed.len(), 3, "{kind:?}");
        assert!(world.conn.in_write(|conn| queue::release_of_node(conn, "a")).unwrap() >= 3, "{kind:?}");
        let outcomes = outcomes(&claimed);
        assert!(queue::are_accepted(&outcomes));
        for _ in 0..2 {
            write(&mut world, kind, &outcomes, now);
        }
        let counts = deliveries::counts(&mut world.conn, id).unwrap();
        assert_eq!((counts.accepted, counts.queued), (3, 0), "{kind:?}");
        let on_the_curve = "SELECT accepted AS number FROM campaign_progress";
        assert_eq!(world.count(on_the_curve), 3, "{kind:?}");
        for delivery in &claimed {
            let written = deliveries::find(&mut world.conn, delivery.id).unwrap().unwrap();
            assert_eq!(
                (written.attempts, written.last_code, written.finished_at),
                (1, Some(250), Some(now)),
                "{kind:?}"
            );
            assert_eq!(written.last_reply, Some(format!("250 2.0.0 queued  as {}", delivery.id)), "{kind:?}");
        }
        let still_held = "SELECT count(*) AS number FROM deliveries WHERE kind = 'campaign' AND claimed_by IS NOT NULL";
        assert_eq!(world.count(still_held), 0, "{kind:?}");
    }
}

#[test]
fn only_acceptances_of_campaigns_are_written_as_one_statement() {
    let mut world = World::new(DatabaseKind::Sqlite);
    stamp(&mut world, 1);
    frozen(&mut world, None);
    let now = world.now + TimeDelta::hours(1);
    let claimed = take(&mut world, "a", 100, now);
    let (of_campaign, single): (Vec<_>, Vec<_>) =
        claimed.into_iter().partition(|delivery| delivery.kind == Kind::Campaign);
    let (of_campaign, single) = (outcomes(&of_campaign), outcomes(&single));
    assert!(queue::are_accepted(&of_campaign));
    assert!(!single.is_empty() && !queue::are_accepted(&single), "a confirmation is proved with its acceptance");
    let mut given_back = of_campaign.clone();
    given_back.push(Outcome { verdict: Verdict::GivenBack, ..of_campaign[0].clone() });
    assert!(!queue::are_accepted(&given_back));
    assert!(!queue::are_accepted(&[]));
}
