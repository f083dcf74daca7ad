//! SIGTERM while the relay is slow: what is under way has the set time to end, and nobody is lost.

use super::story::{READERS, Story};
use crate::support::{Stage, TestDatabase, Trouble, on_both_databases, until};

#[test]
fn sigterm_waits_for_a_slow_relay_and_doubles_nobody() {
    on_both_databases(|kind| async move {
        let (story, service) = Story::begin(kind).await;
        story.inbox.wait_for(READERS / 4).await;
        story.inbox.hold_answers();
        until("somebody waits for the relay", || async { (story.inbox.held() > 0).then_some(()) }).await;
        let stopping = service.terminate();
        let answering = async {
            until("it is being stopped", || async { story.log().contains("stopping").then_some(()) }).await;
            story.inbox.let_answers_go();
        };
        let (ended, ()) = tokio::join!(stopping, answering);
        assert!(ended.success());
        story.is_stopped_and_whole();
        story.goes_on_to_the_end(0).await;
    });
}

#[test]
fn sigterm_waits_no_longer_than_the_set_time_for_a_relay_that_never_answers_and_loses_nobody() {
    on_both_databases(|kind| async move {
        let (story, service) = Story::begin_with(TestDatabase::new(kind), &[("STOP_TIMEOUT", "PT2S")]).await;
        story.inbox.wait_for(READERS / 4).await;
        story.inbox.hold_answers();
        until("somebody waits for the relay", || async { (story.inbox.held() > 0).then_some(()) }).await;
        let begun = std::time::Instant::now();
        assert!(service.terminate().await.success());
        assert!(begun.elapsed().as_secs() >= 2, "it had two seconds: {:?}", begun.elapsed());
        assert!(story.inbox.count() < READERS, "it was over before the signal");
        // The relay took those messages, though nobody heard it: they are the few that crashes may double.
        story.inbox.let_answers_go();
        assert_eq!(story.in_state("claimed"), 0, "another node may go on at once");
        story.goes_on_to_the_end(story.connections()).await;
    });
}

/// The next message is announced with the one before; its silence must not keep what came of that one from the record.
#[test]
fn sigterm_while_the_relay_is_silent_about_the_next_message_doubles_nobody() {
    on_both_databases(|kind| async move {
        let (story, service) = Story::begin_with(TestDatabase::new(kind), &[("STOP_TIMEOUT", "PT2S")]).await;
        story.inbox.wait_for(1).await;
        // While nobody is answered more lies ready than there are senders, and each has a next one.
        story.inbox.hold_answers();
        let many = i64::try_from(story.connections()).unwrap() * 2;
        until("more lies ready", || async { (story.in_state("claimed") > many).then_some(()) }).await;
        story.inbox.makes_trouble(Stage::Announced, Trouble::SaysNothing);
        story.inbox.let_answers_go();
        until("an announcement is not answered", || async { (story.inbox.troubled() > 0).then_some(()) }).await;
        assert!(service.terminate().await.success());
        story.is_stopped_and_whole();
        story.inbox.behaves();
        story.goes_on_to_the_end(0).await;
    });
}
