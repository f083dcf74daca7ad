//! `/imports`: the files of an account, and a new one.

use actix_multipart::Multipart;
use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::visit::{Visit, again};
use crate::imports::{self, Delimiter, Encoding, FileError, Import, ReceiveOutcome, USUAL_PER_DAY};
use crate::lists;
use crate::storage::StoreError;
use crate::texts::Texts;
use crate::web::csrf;
use crate::web::error::PageError;
use crate::web::page::{self, Choice, Page, Place, Problems, see_other};
use crate::web::upload::{ImportFlaw, UploadError, lay_down, upload, wanted};

#[derive(Template)]
#[template(path = "admin/imports.html")]
struct ImportsPage {
    page: Page,
    imports: Vec<Import>,
}

/// What is typed about a file.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed {
    list_id: String,
    source: String,
    collected_at: String,
    basis: String,
    encoding: String,
    delimiter: String,
    per_day: String,
}

#[derive(Template)]
#[template(path = "admin/import_form.html")]
struct ImportFormPage {
    page: Page,
    typed: Typed,
    problems: Problems,
    lists: Vec<Choice>,
    encodings: Vec<Choice>,
    delimiters: Vec<Choice>,
}

/// Imports that are shown.
const SHOWN: i64 = 50;

pub(super) async fn all(visit: Visit) -> Result<HttpResponse, PageError> {
    let account = visit.account_id()?;
    let imports = visit.read(move |conn| imports::page(conn, account, None, SHOWN)).await?;
    Ok(page::show(&ImportsPage { page: visit.page_of(Place::Subscribers, "imports-title").await?, imports }))
}

pub(super) async fn show_new(visit: Visit) -> Result<HttpResponse, PageError> {
    let list_id = visit.query("list").unwrap_or_default().to_owned();
    let typed = Typed { list_id, per_day: USUAL_PER_DAY.to_string(), ..Typed::default() };
    Ok(page::show(&form(&visit, typed, Problems::default()).await?))
}

async fn form(visit: &Visit, typed: Typed, problems: Problems) -> Result<ImportFormPage, PageError> {
    let (account, texts) = (visit.account_id()?, visit.texts());
    let lists = visit.read(move |conn| lists::of_account(conn, account)).await?;
    let choice = |value: &str, text: String| Choice { value: value.to_owned(), text };
    let found = || choice("", texts.say("import-found"));
    let encodings = Encoding::ALL.iter().map(|encoding| choice(encoding.word(), encoding.word().to_uppercase()));
    let delimiters = Delimiter::ALL
        .iter()
        .map(|delimiter| choice(delimiter.word(), texts.say(&format!("import-delimiter-{}", delimiter.word()))));
    Ok(ImportFormPage {
        page: visit.page_of(Place::Subscribers, "import-new").await?,
        typed,
        problems,
        lists: lists.into_iter().map(|list| choice(&list.id.to_string(), list.name)).collect(),
        encodings: std::iter::once(found()).chain(encodings).collect(),
        delimiters: std::iter::once(found()).chain(delimiters).collect(),
    })
}

/// Takes a file in; its first rows are shown before anything is done with it.
pub(super) async fn create(visit: Visit, request: HttpRequest, payload: Payload) -> Result<HttpResponse, PageError> {
    let account = visit.account_id()?;
    if !csrf::is_from_our_pages(request.headers(), &visit.app.settings) {
        return Err(PageError::ForeignForm);
    }
    let form_data = Multipart::new(request.headers(), payload);
    let texts = visit.texts();
    let mut upload = match upload(form_data, &visit.app.settings.data_dir).await {
        Ok(upload) => upload,
        Err(UploadError::Disk(error)) => return Err(PageError::Unavailable(error.to_string())),
        Err(UploadError::Broken(text)) => return Err(PageError::Unreadable(text)),
        Err(UploadError::TooLarge) => {
            let mut problems = Problems::default();
            problems.add("file", texts.say("import-flaw-large"));
            return shown_again(&visit, Typed::default(), problems).await;
        }
    };
    let token = upload.fields.remove("csrf").unwrap_or_default();
    if !csrf::is_token(&visit.app.keys, &visit.user, &token) {
        return Err(PageError::ForeignForm);
    }
    let typed = Typed::of(&upload.fields);
    let (app, now) = (visit.app.clone(), visit.now);
    let received = web::block(move || -> Result<_, StoreError> {
        Ok(match wanted(&app, account, upload, now, true)? {
            Ok((new, file)) => Ok(lay_down(&app, &new, file, now)?),
            Err(flaws) => Err(flaws),
        })
    });
    match received.await.map_err(|error| PageError::Unavailable(error.to_string()))?? {
        Ok(ReceiveOutcome::Received(import)) => Ok(see_other(&format!("/imports/{}", import.id))),
        Ok(ReceiveOutcome::Known(import)) => Ok(see_other(&format!("/imports/{}?done=import-known", import.id))),
        Err(flaws) => {
            let mut problems = Problems::default();
            flaws.iter().for_each(|(field, flaw)| problems.add(field, said(flaw, texts)));
            shown_again(&visit, typed, problems).await
        }
    }
}

async fn shown_again(visit: &Visit, typed: Typed, problems: Problems) -> Result<HttpResponse, PageError> {
    Ok(again(&problems, &form(visit, typed, problems.clone()).await?))
}

impl Typed {
    fn of(fields: &std::collections::BTreeMap<String, String>) -> Self {
        let text = |name: &str| fields.get(name).cloned().unwrap_or_default();
        Self {
            list_id: text("list_id"),
            source: text("source"),
            collected_at: text("collected_at"),
            basis: text("basis"),
            encoding: text("encoding"),
            delimiter: text("delimiter"),
            per_day: text("per_day"),
        }
    }
}

fn said(flaw: &ImportFlaw, texts: Texts) -> String {
    match flaw {
        ImportFlaw::Missing => texts.say("import-flaw-missing"),
        ImportFlaw::Unreadable | ImportFlaw::Unknown => texts.say("import-flaw-unreadable"),
        ImportFlaw::NoList => texts.say("choose-one"),
        ImportFlaw::Origin(refusal) => texts.say(refusal.key()),
        ImportFlaw::File(FileError::FirstColumn(name)) => texts.say1("import-flaw-first-column", "name", name),
        ImportFlaw::File(FileError::Column(name)) => texts.say1("import-flaw-column", "name", name),
        ImportFlaw::File(FileError::TooManyColumns) => texts.say("import-flaw-columns"),
        ImportFlaw::File(FileError::NoRows) => texts.say("import-flaw-no-rows"),
        ImportFlaw::File(FileError::Csv(error)) => texts.say1("import-flaw-csv", "name", error.to_string()),
        ImportFlaw::File(FileError::Io(_)) => texts.say("import-flaw-unreadable"),
    }
}
