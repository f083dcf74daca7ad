//! The late check's decisions.

use super::*;
use crate::deliveries::queue::Above;
use crate::worker::testing::{self, NOW};

fn delivery(kind: Kind) -> Delivery {
    testing::delivery(1, kind)
}

fn standing() -> Standing {
    let above =
        Above { installation_paused_at: None, account_paused_at: None, campaign_state: Some("sending".to_owned()) };
    let address = "anne@example.org".to_owned();
    Standing { above, state: State::Claimed, claimed_by: Some("me".to_owned()), address }
}

/// The same, but for what stands above it.
fn under(change: impl FnOnce(&mut Above)) -> Standing {
    let mut standing = standing();
    change(&mut standing.above);
    standing
}

#[test]
fn a_pause_gives_back_and_loses_nobody() {
    for paused in [
        under(|above| above.installation_paused_at = Some(NOW)),
        under(|above| above.account_paused_at = Some(NOW)),
        under(|above| above.campaign_state = Some("paused".to_owned())),
        Standing { claimed_by: Some("another node".to_owned()), ..standing() },
        Standing { state: State::Queued, claimed_by: None, ..standing() },
    ] {
        assert_eq!(judge(&delivery(Kind::Campaign), &paused, "me", NOW), Check::NotNow, "{paused:?}");
    }
}

#[test]
fn confirmations_go_on_while_an_account_is_paused_and_stop_with_everything() {
    let account = under(|above| above.account_paused_at = Some(NOW));
    let everything = under(|above| above.installation_paused_at = Some(NOW));
    for (kind, goes) in [(Kind::Confirmation, true), (Kind::Invitation, true), (Kind::Test, false)] {
        assert_eq!(matches!(judge(&delivery(kind), &account, "me", NOW), Check::Go(_)), goes, "{kind}");
        assert_eq!(judge(&delivery(kind), &everything, "me", NOW), Check::NotNow, "{kind}");
    }
}

#[test]
fn what_is_over_is_skipped_with_its_cause() {
    for over in [
        under(|above| above.campaign_state = Some("cancelled".to_owned())),
        Standing { address: String::new(), ..standing() },
    ] {
        assert!(matches!(judge(&delivery(Kind::Campaign), &over, "me", NOW), Check::Over(_)), "{over:?}");
    }
    let late = Delivery { expires_at: NOW, ..delivery(Kind::Confirmation) };
    assert!(matches!(judge(&late, &standing(), "me", NOW), Check::Over(_)));
    let late = Delivery { expires_at: NOW, ..delivery(Kind::Campaign) };
    assert!(matches!(judge(&late, &standing(), "me", NOW), Check::Go(_)), "a campaign may last");
}
