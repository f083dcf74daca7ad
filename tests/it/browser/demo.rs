//! The demo as a newcomer goes through it: sign up, confirm from the tray, see the stamp, send, leave, see a bounce.

use crate::support::binary::Demo;
use crate::support::browser::Browser;

/// The subject of the campaign that waits as a draft.
const SUBJECT: &str = "The paper of the month";
const NEWCOMER: &str = "newcomer@reader.example";

#[tokio::test]
async fn a_newcomer_goes_through_the_demo() {
    let demo = Demo::start().await;
    let browser = Browser::open(1280, 1000).await;

    // 1. Sign up on the form.
    browser.visit(&demo.link("/forms/")).await;
    browser.fill("address", NEWCOMER).await;
    browser.tick("consent").await;
    browser.press("Sign up").await;
    browser.see("Look into your mailbox").await;

    // 2. The mail is in the tray; its link shows, the button stamps.
    browser.open_from_tray(&demo.url, NEWCOMER, "").await;
    browser.press_in_frame("/confirm/").await;
    browser.press("Yes, I confirm").await;
    browser.see("Confirmed").await;
    assert!(browser.count("svg").await > 0, "the stamp is shown");

    // 3. The sender sees the stamp on the subscriber's page.
    browser.sign_in(&demo.url, &demo.word_after("address"), &demo.word_after("password")).await;
    browser.visit(&format!("{}/subscribers?address={NEWCOMER}", demo.url)).await;
    browser.press(NEWCOMER).await;
    browser.see("Confirmed").await;
    assert!(browser.count("svg.stamp, .stamp svg").await > 0, "the stamp is shown\n{}", browser.text().await);

    // 4. The campaign that waits is sent, spread over a minute, and its curves are drawn.
    let schedule = demo.link("/campaigns/");
    browser.visit(&schedule).await;
    browser.fill("spread_hours", "0").await;
    browser.fill("spread_minutes", "1").await;
    assert!(browser.count("svg").await > 0, "the planned curve is drawn");
    browser.press("Plan the campaign").await;
    browser.wait_until_gone("form#schedule").await;
    let campaign = schedule.trim_end_matches("/schedule").to_owned();

    // 5. The newcomer's copy comes to the tray; one press there takes the address out.
    browser.open_from_tray(&demo.url, NEWCOMER, SUBJECT).await;
    browser.press("Unsubscribe").await;
    browser.wait_until_gone("iframe").await;
    browser.visit(&format!("{}/subscribers?address={NEWCOMER}", demo.url)).await;
    browser.press(NEWCOMER).await;
    browser.see("Left").await;

    // 6. A report comes in and its address leaves.
    browser.see_at(&format!("{}/bounces", demo.url), "gone.pierre.morin").await;
    browser.see_at(&campaign, "Finished").await;
    assert!(browser.count("svg").await > 0, "the real curve is drawn beside the planned one");
    browser.close().await;

    // 7. Ctrl-C leaves nothing behind.
    let (status, left) = demo.interrupt().await;
    assert!(status.success(), "{status}");
    assert_eq!(left, Vec::<String>::new());
}
