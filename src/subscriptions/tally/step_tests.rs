use super::super::NetworkRate;
use super::*;

fn rate(tried: i64, mailed: i64, usual: i64) -> Rate {
    Rate { tried, mailed, usual }
}

fn form(tried: i64, mailed: i64, usual: i64) -> Tally {
    Tally { form: Some(rate(tried, mailed, usual)), ..Tally::default() }
}

fn network(tried: i64, mailed: i64, is_site: bool) -> Tally {
    Tally { networks: vec![NetworkRate { tried, mailed, is_site }], ..Tally::default() }
}

#[test]
fn a_form_demands_more_step_by_step() {
    for (tally, expected) in [
        (form(0, 0, 0), Step::Calm),
        (form(59, 59, 0), Step::Calm),
        (form(60, 10, 0), Step::Work),
        (form(1_000_000, 599, 0), Step::Work),
        (form(600, 600, 0), Step::Slow),
        (form(3_000, 3_000, 0), Step::Held),
        // A large sender's ordinary hour is no flood, and neither are five of them.
        (form(400, 400, 100), Step::Calm),
        (form(500, 400, 100), Step::Work),
        (form(5_000, 5_000, 100), Step::Slow),
    ] {
        assert_eq!(tally.step(), expected, "{tally:?}");
    }
}

#[test]
fn account_list_installation_and_network_each_bring_their_step() {
    let account = |tried, mailed| Tally { account: rate(tried, mailed, 0), ..Tally::default() };
    let list = |mailed| Tally { list: rate(0, mailed, 0), ..Tally::default() };
    let all = |tried, mailed| Tally { installation: rate(tried, mailed, 0), ..Tally::default() };
    for (tally, expected) in [
        (account(199, 0), Step::Calm),
        (account(200, 0), Step::Work),
        (account(9_999, 9_999), Step::Slow),
        (account(10_000, 10_000), Step::Held),
        (list(1_199), Step::Calm),
        (list(1_200), Step::Slow),
        (list(6_000), Step::Held),
        (all(1_000, 0), Step::Work),
        (all(100_000, 100_000), Step::Held),
        (network(59, 0, false), Step::Calm),
        (network(60, 0, false), Step::Work),
        (network(179, 0, true), Step::Calm),
    ] {
        assert_eq!(tally.step(), expected, "{tally:?}");
    }
}

#[test]
fn a_network_that_goes_on_has_to_come_back_later() {
    for (tally, expected) in [
        (network(999, 299, false), false),
        (network(1_000, 0, false), true),
        (network(300, 300, false), true),
        (network(2_999, 899, true), false),
        (network(3_000, 0, true), true),
    ] {
        assert_eq!(tally.is_network_too_busy(), expected, "{tally:?}");
    }
}

#[test]
fn people_who_did_not_ask_count_against_the_form() {
    let unwanted = |unwanted, mailed_a_week, tried| Tally { unwanted, mailed_a_week, ..form(tried, 0, 0) };
    for (tally, expected) in [
        (unwanted(2, 2, 0), Step::Calm),
        (unwanted(3, 60, 0), Step::Work),
        (unwanted(3, 61, 0), Step::Calm),
        (unwanted(3, 60, 60), Step::Slow),
    ] {
        assert_eq!((tally.of_form(), tally.step()), (expected, expected), "{tally:?}");
    }
}

#[test]
fn a11y_02_work_or_a_wait_opens_every_step() {
    let shown = |seconds, bits| Proof::Shown { pass_hash: Vec::new(), seconds, bits };
    let demanded = |step| Treatment::Demanded(demand(step).unwrap());
    for (step, proof, expected) in [
        (Step::Calm, Proof::Nothing, Treatment::Now),
        (Step::Calm, shown(2, 0), Treatment::Now),
        (Step::Calm, shown(1, 0), demanded(Step::Work)),
        (Step::Calm, shown(1, 14), Treatment::Now),
        (Step::Work, Proof::Nothing, demanded(Step::Work)),
        (Step::Work, shown(19, 0), demanded(Step::Work)),
        (Step::Work, shown(20, 0), Treatment::Now),
        (Step::Work, shown(0, 14), Treatment::Now),
        (Step::Work, shown(0, 13), demanded(Step::Work)),
        (Step::Slow, shown(0, 14), demanded(Step::Slow)),
        (Step::Slow, shown(0, 16), Treatment::Slowly),
        (Step::Slow, shown(60, 0), Treatment::Slowly),
        (Step::Held, shown(120, 0), Treatment::Held),
        (Step::Held, Proof::Nothing, demanded(Step::Held)),
    ] {
        assert_eq!(treat(step, &proof), expected, "{step} {proof:?}");
    }
}

proptest::proptest! {
    /// More of anything never makes a form demand less.
    #[test]
    fn a_flood_only_climbs(tried in 0i64..200_000, mailed in 0i64..200_000, usual in 0i64..2_000, more in 0i64..1_000) {
        let before = form(tried, mailed, usual).step();
        proptest::prop_assert!(form(tried + more, mailed, usual).step() >= before);
        proptest::prop_assert!(form(tried, mailed + more, usual).step() >= before);
    }
}
