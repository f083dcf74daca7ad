//! The sample account: made through the same use cases as a real one, at moments of the last weeks.

use chrono::TimeDelta;

use super::super::stop::Stop;
use super::{content, people};
use crate::accounts::{self, CreateOutcome, NewAccount, users};
use crate::app::App;
use crate::audit::Actor;
use crate::campaigns::{self, Draft};
use crate::consent::Circumstances;
use crate::deliveries;
use crate::forms::{self, Attributes, Form, NewForm, Rules};
use crate::lists;
use crate::mail::EmailAddress;
use crate::storage::{AccountId, CampaignId, Conn, FormId, StoreError, SubscriptionId, Timestamp};
use crate::subscribers;
use crate::subscriptions::{self, Signup, SignupOutcome, Via};
use crate::texts::Language;

/// The user of the sample account.
pub(super) const OWNER: &str = "anne@imprimerie-martin.example";
/// The operator.
pub(super) const OPERATOR: &str = "operator@lists.example";

/// What the welcome points at.
pub(super) struct Sample {
    pub(super) english_form: FormId,
    pub(super) french_form: FormId,
    pub(super) campaign: CampaignId,
}

pub(super) fn seed(app: &App, password_hash: &str) -> Result<Sample, Stop> {
    let now = app.clock.now();
    let began = now - TimeDelta::days(60);
    let account = app.db.write_blocking(|conn| account(conn, password_hash, began))?;
    let from: EmailAddress = OWNER.parse().map_err(|error| Stop::NotSo(format!("{OWNER} {error}")))?;
    let languages = sample_languages()?;
    let mut made = Vec::new();
    for language in languages {
        made.push(app.db.write_blocking(|conn| list_with_form(conn, account, language, &from, began))?);
    }
    let [(english, campaign), (french, _)] = made.as_slice() else {
        return Err(Stop::NotSo("the demo needs two languages".to_owned()));
    };
    for (at, person) in people::fifty().iter().enumerate() {
        let asked_at = began + TimeDelta::hours(28 * i64::try_from(at).unwrap_or_default());
        app.db.write_blocking(|conn| stamp(conn, app, english, person, asked_at))?;
        if at % 3 == 0 {
            app.db.write_blocking(|conn| stamp(conn, app, french, person, asked_at + TimeDelta::hours(1)))?;
        }
    }
    Ok(Sample { english_form: english.id, french_form: french.id, campaign: *campaign })
}

fn sample_languages() -> Result<[Language; 2], Stop> {
    let french = "fr".parse().map_err(Stop::NotSo)?;
    Ok([Language::ENGLISH, french])
}

/// The account, its user, and the operator.
fn account(conn: &mut Conn, password_hash: &str, now: Timestamp) -> Result<AccountId, StoreError> {
    let address =
        |text: &str| text.parse::<EmailAddress>().map_err(|error| StoreError::Refused(format!("{text} {error}")));
    users::create_operator(conn, &address(OPERATOR)?, Some(password_hash), Language::ENGLISH, now)?;
    let new = NewAccount {
        name: "Imprimerie Martin".to_owned(),
        postal_address: "12 rue de la Presse, 69001 Lyon".to_owned(),
        owner: address(OWNER)?,
        language: Language::ENGLISH,
        password_hash: Some(password_hash.to_owned()),
    };
    match accounts::create(conn, &new, Actor::System, now)? {
        CreateOutcome::Created { account, .. } => Ok(account.id),
        outcome => Err(StoreError::Refused(format!("the sample account: {outcome:?}"))),
    }
}

/// A list of the account, its form, and a letter that waits to be sent.
fn list_with_form(
    conn: &mut Conn,
    account: AccountId,
    language: Language,
    from: &EmailAddress,
    now: Timestamp,
) -> Result<(Form, CampaignId), StoreError> {
    let list = lists::create(conn, account, &content::list(language, from), now)?;
    let new = NewForm {
        list_id: list.id,
        wording: content::wording(language),
        rules: Rules::default(),
        allowed_origins: Vec::new(),
        redirect_url: None,
    };
    let form = forms::create(conn, account, &new, now)?;
    let draft = Draft { list_id: list.id, content: content::campaign(language) };
    match campaigns::create(conn, account, &draft, now)? {
        campaigns::CreateOutcome::Created(campaign) => Ok((form, campaign.id)),
        campaigns::CreateOutcome::NoSuchList => Err(StoreError::Refused("the sample list is not there".to_owned())),
    }
}

/// One person signs up, reads the mail, and confirms.
fn stamp(conn: &mut Conn, app: &App, form: &Form, person: &people::Person, now: Timestamp) -> Result<(), StoreError> {
    let asked = signup(app, form, person)?;
    let SignupOutcome::Asked(subscription) = subscriptions::signup(conn, &app.keys, &asked, now)? else {
        return Err(StoreError::Refused(format!("{} could not sign up", person.address)));
    };
    let token = token_in_mail(conn, app, &asked, subscription)?;
    subscriptions::confirm(conn, &token, &asked.circumstances, now + TimeDelta::minutes(7))?;
    Ok(())
}

fn signup(app: &App, form: &Form, person: &people::Person) -> Result<Signup, StoreError> {
    let address: EmailAddress =
        person.address.parse().map_err(|error| StoreError::Refused(format!("{} {error}", person.address)))?;
    Ok(Signup {
        account_id: form.account_id,
        list_id: form.list_id,
        address,
        attributes: Attributes::from([("name".to_owned(), person.name.clone())]),
        form: Some((form.id, form.version)),
        shown_in: Some(form.wording.language),
        wording: form.wording.consent_text.clone(),
        language: Some(form.wording.language),
        via: Via::Form,
        circumstances: Circumstances {
            origin: app.settings.link(&format!("/forms/{}", form.id)),
            network: "192.0.2.20".to_owned(),
            user_agent: "Mozilla/5.0 (the demo)".to_owned(),
        },
        detail: String::new(),
    })
}

/// The token in the link of the confirmation mail, found as its reader would find it.
fn token_in_mail(
    conn: &mut Conn,
    app: &App,
    asked: &Signup,
    subscription: SubscriptionId,
) -> Result<String, StoreError> {
    let reader = subscribers::find_by_address(conn, asked.account_id, &asked.address)?;
    let received = match reader {
        Some(reader) => deliveries::of_subscriber(conn, reader.id, 10)?,
        None => Vec::new(),
    };
    let mail = match received.iter().find(|delivery| delivery.subscription_id == Some(subscription)) {
        Some(delivery) => subscriptions::confirmation_mail(conn, &app.keys, &app.settings, delivery)?,
        None => None,
    };
    let text = mail.map(|notice| notice.text).unwrap_or_default();
    let start = text.split_once("/confirm/").map(|(_, rest)| rest).unwrap_or_default();
    Ok(start.chars().take_while(char::is_ascii_alphanumeric).collect())
}
