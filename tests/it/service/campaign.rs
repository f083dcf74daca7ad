//! A campaign across a stop, a crash and a restart of the program: nobody is lost, and hardly anybody gets it twice.

use serde_json::Value;

use super::said;
use super::story::{READERS, Story};
use crate::support::{binary, on_both_databases};

#[test]
fn sigterm_in_the_middle_of_a_campaign_loses_nobody_and_doubles_nobody() {
    on_both_databases(|kind| async move {
        let (story, service) = Story::begin(kind).await;
        story.inbox.wait_for(READERS / 4).await;
        assert!(service.terminate().await.success());
        story.is_stopped_and_whole();
        story.goes_on_to_the_end(0).await;
    });
}

#[test]
fn kill_9_in_the_middle_of_a_campaign_loses_nobody_and_doubles_no_more_than_the_connections_in_use() {
    on_both_databases(|kind| async move {
        let (story, service) = Story::begin(kind).await;
        story.inbox.wait_for(READERS / 4).await;
        service.kill();
        assert!(story.inbox.count() < READERS, "it was over before the kill");
        story.goes_on_to_the_end(story.connections()).await;
    });
}

#[test]
fn a_command_follows_a_campaign_to_its_end() {
    on_both_databases(|kind| async move {
        let (story, service) = Story::begin(kind).await;
        let (settings, campaign) = (story.settings.clone(), story.campaign.clone());
        let follow = move || binary::run(&["send", "--campaign", &campaign, "--wait"], &settings);
        let followed = tokio::task::spawn_blocking(follow).await.unwrap();
        assert!(followed.status.success(), "{}", said(&followed));
        let told: Value = serde_json::from_slice(&followed.stdout).unwrap();
        assert_eq!(
            (told["state"].as_str(), told["counts"]["accepted"].as_u64()),
            (Some("finished"), Some(READERS as u64))
        );
        assert_eq!(story.copies().await.len(), READERS);
        assert!(service.terminate().await.success());
    });
}
