//! What reports tell of a lane, later and by the word of others.

use chrono::TimeDelta;
use estampille::audit::Actor;
use estampille::deliveries::queue;
use estampille::pacing::lanes::{self, Answer, HearOutcome, Told};
use estampille::pacing::{Heard, Standing};
use estampille::storage::Timestamp;

use crate::people::world::{World, on_both};

const BLOCKED: &str = "554 5.7.9 Message not accepted for policy reasons";
const TSS04: &str = "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume";

fn told(world: &mut World, (reply, heard): (&str, Heard), times: usize, left_at: Timestamp) -> HearOutcome {
    let answer = Answer { lane: "yahoo".to_owned(), account: Some(world.account), reply: reply.to_owned(), heard };
    let told = Told { answer, left: vec![Some(left_at); times] };
    world.write(|conn, _, now| lanes::hear_told(conn, &told, now))
}

/// The lane of everybody, and the one of the account.
fn standing(world: &mut World) -> (Standing, Standing) {
    let (now, account) = (world.now, world.account);
    let all = lanes::all(&mut world.conn).unwrap();
    let of_account = lanes::of_account(&mut world.conn, account).unwrap();
    let own = of_account.get(&(account, "yahoo".to_owned())).map_or(Standing::Open, |lane| lane.state.standing(now));
    (all.get("yahoo").unwrap().state.standing(now), own)
}

/// PAC-02: also where the wire would have stopped the lane for everybody, because anybody may write a report.
#[test]
fn reports_about_five_deliveries_move_the_lane_of_their_account_and_nobody_elses() {
    on_both(|mut world| {
        let left = world.now - TimeDelta::hours(3);
        assert_eq!(told(&mut world, (TSS04, Heard::Throttled), 4, left), HearOutcome::Nothing);
        world.later(TimeDelta::minutes(40));
        assert_eq!(told(&mut world, (TSS04, Heard::Throttled), 4, left), HearOutcome::Nothing, "long after the others");
        assert_ne!(told(&mut world, (TSS04, Heard::Throttled), 1, left), HearOutcome::Nothing);
        let (all, own) = standing(&mut world);
        assert!(all == Standing::Open && matches!(own, Standing::Stopped(_)), "{all:?}, {own:?}");
    });
}

/// A relay's queue tells for hours of mail that left before: it halves nothing twice, and closes nothing again.
#[test]
fn mail_that_left_before_the_lane_changed_changes_it_no_more() {
    on_both(|mut world| {
        let left = world.now - TimeDelta::minutes(1);
        told(&mut world, ("451 4.7.1 rate limited", Heard::Throttled), 20, left);
        assert_eq!(standing(&mut world).1, Standing::Slowed(500));
        for _ in 0..10 {
            world.later(TimeDelta::minutes(2));
            assert_eq!(told(&mut world, ("451 4.7.1 rate limited", Heard::Throttled), 50, left), HearOutcome::Nothing);
        }
        assert_eq!(standing(&mut world).1, Standing::Slowed(700), "it climbs meanwhile");
        let (now, since) = (world.now, world.now - TimeDelta::minutes(5));
        assert_eq!(
            told(&mut world, ("451 4.7.1 rate limited", Heard::Throttled), 5, since),
            HearOutcome::ChangedFor(world.account, Standing::Slowed(350))
        );
        told(&mut world, (BLOCKED, Heard::Blocked), 5, now);
        assert!(matches!(standing(&mut world).1, Standing::Stopped(_)));
        world.later(TimeDelta::minutes(1));
        world.write(|conn, _, now| queue::open_lane(conn, "yahoo", "they answered", Actor::System, now));
        assert_eq!(
            told(&mut world, (BLOCKED, Heard::Blocked), 50, now),
            HearOutcome::Nothing,
            "somebody opened it since"
        );
        assert_eq!(standing(&mut world), (Standing::Open, Standing::Open));
        let later = world.now;
        assert_eq!(told(&mut world, (BLOCKED, Heard::Blocked), 4, later), HearOutcome::Nothing, "few again");
        told(&mut world, (BLOCKED, Heard::Blocked), 1, later);
        assert!(matches!(standing(&mut world).1, Standing::Stopped(_)), "what left since then counts");
    });
}
