//! What was sent, judged before anything is written: every problem with its field.

use super::form_answer::Sent;
use super::reader::circumstances;
use crate::forms::pass::{self, Pass, Proof};
use crate::forms::{self, Wording};
use crate::mail::EmailAddress;
use crate::subscriptions::{FormSignup, Signup, Via};
use crate::texts::{Language, Texts};
use crate::web::error::PageError;

/// What came of it.
pub(super) enum Judged {
    /// It can be taken.
    Fine(Box<FormSignup>),
    /// It comes back.
    Back {
        /// What is wrong, by posted name.
        problems: Vec<(String, String)>,
        /// An address that may have been meant.
        suggestion: Option<String>,
    },
}

pub(super) async fn judge(sent: &Sent<'_>) -> Result<Judged, PageError> {
    let texts = sent.texts();
    let opened = pass::open(&sent.app.keys, sent.form.id, &sent.filled.pass, sent.app.clock.now());
    let (version, wording, shown_in) = shown(sent, opened.as_ref()).await?;
    let mut problems = Vec::new();
    let (address, meant) = match fit_address(sent, texts).await {
        Ok(address) => (Some(address), None),
        Err((text, meant)) => {
            problems.push(("address".to_owned(), text));
            (None, meant)
        }
    };
    let answers = forms::check_answers(&wording, &sent.filled.given)
        .map_err(|flaws| problems.extend(flaws.into_iter().map(|(field, flaw)| (field, texts.say(flaw.key())))))
        .ok();
    let (Some(address), Some(answers)) = (address, answers) else {
        return Ok(Judged::Back { problems, suggestion: meant.map(|meant| meant.to_string()) });
    };
    let signup = Signup {
        account_id: sent.form.account_id,
        list_id: sent.form.list_id,
        address,
        attributes: answers.attributes,
        form: Some((sent.form.id, version)),
        shown_in,
        wording: answers.agreed,
        language: Some(wording.language),
        via: Via::Form,
        circumstances: circumstances(sent.req, &sent.app.settings),
        detail: String::new(),
    };
    let proof = opened.map_or(Proof::Nothing, |opened| proof(sent, &opened));
    Ok(Judged::Fine(Box::new(FormSignup { signup, lists: answers.lists, proof })))
}

fn proof(sent: &Sent<'_>, opened: &Pass) -> Proof {
    pass::prove(&sent.filled.pass, opened, &sent.filled.work, sent.app.clock.now())
}

/// The version that the person saw, as far as it is known, else the one in force; and in which language of ours.
async fn shown(sent: &Sent<'_>, opened: Option<&Pass>) -> Result<(i32, Wording, Option<Language>), PageError> {
    let (id, in_force) = (sent.form.id, sent.form.version);
    let (told, language) = sent.seen(opened);
    if told == Some(in_force) {
        return Ok((in_force, sent.form.wording.clone(), language));
    }
    if let Some(version) = told
        && let Some(wording) = sent.app.db.read(move |conn| forms::wording_of(conn, id, version)).await?
    {
        return Ok((version, wording, language));
    }
    Ok((in_force, sent.form.wording.clone(), None))
}

/// The address, if it can be one, is the one that was meant, the form takes such, and mail can reach it. Whoever slipped
/// is asked first: most slips name a domain that takes no mail.
async fn fit_address(sent: &Sent<'_>, texts: Texts) -> Result<EmailAddress, (String, Option<EmailAddress>)> {
    let address = EmailAddress::parse(&sent.filled.address).map_err(|flaw| (texts.say(flaw.key()), None))?;
    if let Some(why) = forms::unwanted(sent.form.rules, &address) {
        return Err((texts.say(why.key()), None));
    }
    if let Some(meant) = to_ask_about(sent, &address) {
        return Err((texts.say1("form-did-you-mean", "address", meant.as_str()), Some(meant)));
    }
    let domain = address.receiving_domain();
    if !sent.app.reach.takes_mail(domain, sent.app.clock.now()).await {
        return Err((texts.say1("form-address-unreachable", "domain", domain), None));
    }
    Ok(address)
}

/// What the reader is asked about once: the address that was probably meant. Never twice, and never where nobody can be
/// asked.
fn to_ask_about(sent: &Sent<'_>, address: &EmailAddress) -> Option<EmailAddress> {
    let asked_before = sent.filled.sure.as_deref()?;
    let is_sure = EmailAddress::parse(asked_before).is_ok_and(|before| before.folded() == address.folded());
    forms::probably_meant(address).filter(|_| !is_sure)
}
