//! What a signup form says, as a form.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::forms::{self, Field, Flaw, Form, FormChange};
use crate::texts::Texts;
use crate::web::page::Problems;

/// Empty rows for further questions on each page.
const SPARE_ROWS: usize = 2;
/// Rows that are looked for in what was sent.
const MOST_ROWS: usize = 25;

/// What is typed about a signup form.
#[derive(Deserialize, Default)]
pub(super) struct FormForm {
    #[serde(default)]
    pub(super) title: String,
    #[serde(default)]
    pub(super) consent_text: String,
    #[serde(default)]
    pub(super) allowed_origins: String,
    #[serde(default)]
    pub(super) redirect_url: String,
    /// `name_1`, `label_1`, `required_1`, `name_2` …
    #[serde(flatten)]
    pub(super) rows: BTreeMap<String, String>,
}

/// One question, as the page asks about it.
pub(super) struct Row {
    pub(super) number: usize,
    pub(super) name: String,
    pub(super) label: String,
    pub(super) is_required: bool,
}

impl FormForm {
    pub(super) fn of(form: &Form) -> Self {
        let mut rows = BTreeMap::new();
        for (at, field) in (1..).zip(&form.wording.fields) {
            rows.insert(format!("name_{at}"), field.name.clone());
            rows.insert(format!("label_{at}"), field.label.clone());
            if field.required {
                rows.insert(format!("required_{at}"), "yes".to_owned());
            }
        }
        Self {
            title: form.wording.title.clone(),
            consent_text: form.wording.consent_text.clone(),
            allowed_origins: form.allowed_origins.join("\n"),
            redirect_url: form.redirect_url.clone().unwrap_or_default(),
            rows,
        }
    }

    /// The questions that were typed and some empty rows after them.
    pub(super) fn rows(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = self.fields().into_iter().enumerate().map(|(at, field)| row(at + 1, field)).collect();
        for _ in 0..SPARE_ROWS {
            let empty = Field { name: String::new(), label: String::new(), required: false };
            rows.push(row(rows.len() + 1, empty));
        }
        rows
    }

    /// The questions that were typed; one without a name gets it from its label.
    pub(super) fn fields(&self) -> Vec<Field> {
        let text = |key: String| self.rows.get(&key).map(|text| text.trim().to_owned()).unwrap_or_default();
        (1..=MOST_ROWS)
            .map(|at| (text(format!("name_{at}")), text(format!("label_{at}")), text(format!("required_{at}"))))
            .filter(|(name, label, _)| !name.is_empty() || !label.is_empty())
            .map(|(name, label, required)| Field {
                name: if name.is_empty() { name_of(&label) } else { name },
                label,
                required: !required.is_empty(),
            })
            .collect()
    }

    fn origins(&self) -> Vec<String> {
        let lines = self.allowed_origins.split_whitespace();
        lines.map(|line| line.trim_end_matches('/').to_owned()).collect()
    }

    fn redirect(&self) -> Option<String> {
        Some(self.redirect_url.trim().to_owned()).filter(|url| !url.is_empty())
    }

    /// The form that was typed, every part of it, or what is wrong.
    pub(super) fn read(&self, texts: Texts) -> Result<FormChange, Problems> {
        let (fields, origins, redirect) = (self.fields(), self.origins(), self.redirect());
        let mut problems = Problems::default();
        for flaw in forms::flaws(&self.title, &self.consent_text, &fields, &origins, redirect.as_deref()) {
            match flaw {
                Flaw::Title => problems.add("title", texts.say("form-flaw-title")),
                Flaw::ConsentText => problems.add("consent_text", texts.say("form-flaw-consent-text")),
                Flaw::FieldName(name) => problems.add("fields", texts.say1("form-flaw-field-name", "name", name)),
                Flaw::FieldLabel(name) => problems.add("fields", texts.say1("form-flaw-field-label", "name", name)),
                Flaw::TooManyFields => problems.add("fields", texts.say("form-flaw-too-many-fields")),
                Flaw::Origin(origin) => problems.add("allowed_origins", texts.say1("form-flaw-origin", "name", origin)),
                Flaw::RedirectUrl => problems.add("redirect_url", texts.say("form-flaw-redirect-url")),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(FormChange {
            title: Some(self.title.trim().to_owned()),
            consent_text: Some(self.consent_text.trim().to_owned()),
            fields: Some(fields),
            allowed_origins: Some(origins),
            redirect_url: Some(redirect),
        })
    }
}

fn row(number: usize, field: Field) -> Row {
    Row { number, name: field.name, label: field.label, is_required: field.required }
}

/// `First name` becomes `first_name`; what is neither a letter of ASCII nor a digit becomes `_`.
fn name_of(label: &str) -> String {
    let plain: String = label
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' })
        .collect();
    plain.split('_').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_without_a_name_is_named_after_its_label_and_empty_rows_are_left_out() {
        let rows = [
            ("label_1", "First name"),
            ("required_1", "yes"),
            ("label_2", ""),
            ("label_3", "Town"),
            ("name_3", "city"),
        ];
        let form = FormForm {
            rows: rows.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            ..FormForm::default()
        };
        let fields: Vec<(String, bool)> = form.fields().into_iter().map(|field| (field.name, field.required)).collect();
        assert_eq!(fields, [("first_name".to_owned(), true), ("city".to_owned(), false)]);
        assert_eq!(form.rows().len(), 4);
    }
}
