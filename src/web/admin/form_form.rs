//! What a signup form says, as a form.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::form_flaws::said;
use crate::forms::{
    self, Changed, Colour, Corners, Field, FieldKind, Font, Form, FormChange, Look, Purpose, Style, Wording, name_of,
};
use crate::storage::ListId;
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
    pub(super) language: String,
    #[serde(default)]
    pub(super) allowed_origins: String,
    #[serde(default)]
    pub(super) redirect_url: String,
    /// `name_1`, `label_1`, `kind_1`, `options_1`, `required_1`, `box_name_1`, `box_text_1`, `list_…`, `look_accent` …
    #[serde(flatten)]
    pub(super) rows: BTreeMap<String, String>,
}

/// One question, as the page asks about it.
pub(super) struct Row {
    pub(super) number: usize,
    pub(super) field: Field,
    /// One option a line.
    pub(super) options: String,
}

/// One box, as the page asks about it.
pub(super) struct BoxRow {
    pub(super) number: usize,
    pub(super) purpose: Purpose,
}

impl FormForm {
    pub(super) fn of(form: &Form) -> Self {
        let (wording, look) = (&form.wording, &form.wording.look);
        let mut rows = BTreeMap::new();
        let mut put = |key: String, value: String| drop(rows.insert(key, value));
        for (at, field) in (1..).zip(&wording.fields) {
            put(format!("name_{at}"), field.name.clone());
            put(format!("label_{at}"), field.label.clone());
            put(format!("kind_{at}"), field.kind.to_string());
            put(format!("options_{at}"), field.options.join("\n"));
            put(format!("required_{at}"), yes(field.required));
        }
        for (at, purpose) in (1..).zip(&wording.purposes) {
            put(format!("box_name_{at}"), purpose.name.clone());
            put(format!("box_text_{at}"), purpose.text.clone());
            put(format!("box_required_{at}"), yes(purpose.required));
        }
        wording.offers.iter().for_each(|offer| put(format!("list_{}", offer.list_id), yes(true)));
        put("look_style".to_owned(), look.style.to_string());
        put("look_corners".to_owned(), look.corners.to_string());
        put("look_font".to_owned(), look.font.to_string());
        for (key, colour) in [("accent", look.accent), ("text", look.text), ("background", look.background)] {
            put(format!("look_{key}"), colour.map(|colour| colour.to_string()).unwrap_or_default());
        }
        put("refuses_roles".to_owned(), yes(!form.rules.takes_roles));
        put("refuses_disposable".to_owned(), yes(!form.rules.takes_disposable));
        Self {
            title: wording.title.clone(),
            consent_text: wording.consent_text.clone(),
            language: wording.language.to_string(),
            allowed_origins: form.allowed_origins.join("\n"),
            redirect_url: form.redirect_url.clone().unwrap_or_default(),
            rows,
        }
    }

    /// What a new form starts with: our styles, nothing set.
    pub(super) fn new(title: &str, language: &str) -> Self {
        let rows = [("look_style", "styled"), ("look_corners", "soft"), ("look_font", "page")];
        Self {
            title: title.to_owned(),
            language: language.to_owned(),
            rows: rows.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            ..Self::default()
        }
    }

    /// What was typed under a name, trimmed.
    pub(super) fn typed(&self, key: &str) -> String {
        self.rows.get(key).map(|text| text.trim().to_owned()).unwrap_or_default()
    }

    /// Whether a box of the page was ticked.
    pub(super) fn is_ticked(&self, key: &str) -> bool {
        !self.typed(key).is_empty()
    }

    /// Whether a list is among those to choose from.
    pub(super) fn offers(&self, list: &ListId) -> bool {
        self.is_ticked(&format!("list_{list}"))
    }

    /// The questions that were typed and some empty rows after them.
    pub(super) fn rows(&self) -> Vec<Row> {
        let mut fields = self.fields();
        fields.extend((0..SPARE_ROWS).map(|_| Field::text("", "", false)));
        let row = |(number, field): (usize, Field)| Row { number, options: field.options.join("\n"), field };
        (1..).zip(fields).map(row).collect()
    }

    /// The boxes that were typed and an empty row after them.
    pub(super) fn box_rows(&self) -> Vec<BoxRow> {
        let mut purposes = self.purposes();
        purposes.push(Purpose { name: String::new(), text: String::new(), required: false });
        (1..).zip(purposes).map(|(number, purpose)| BoxRow { number, purpose }).collect()
    }

    /// The questions that were typed; one without a name gets it from its label.
    pub(super) fn fields(&self) -> Vec<Field> {
        let field = |at: usize| {
            let (name, label) = (self.typed(&format!("name_{at}")), self.typed(&format!("label_{at}")));
            let options = self.typed(&format!("options_{at}"));
            (!name.is_empty() || !label.is_empty()).then(|| Field {
                name: if name.is_empty() { name_of(&label) } else { name },
                label,
                required: self.is_ticked(&format!("required_{at}")),
                kind: self.typed(&format!("kind_{at}")).parse().unwrap_or(FieldKind::Text),
                options: options.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect(),
            })
        };
        (1..=MOST_ROWS).filter_map(field).collect()
    }

    fn purposes(&self) -> Vec<Purpose> {
        let purpose = |at: usize| {
            let (name, text) = (self.typed(&format!("box_name_{at}")), self.typed(&format!("box_text_{at}")));
            (!name.is_empty() || !text.is_empty()).then(|| Purpose {
                name: if name.is_empty() { name_of(&text).chars().take(40).collect() } else { name },
                text,
                required: self.is_ticked(&format!("box_required_{at}")),
            })
        };
        (1..=MOST_ROWS).filter_map(purpose).collect()
    }

    fn lists(&self) -> Vec<ListId> {
        let ticked = self.rows.iter().filter(|(_, value)| !value.trim().is_empty());
        ticked.filter_map(|(key, _)| key.strip_prefix("list_")?.parse().ok()).collect()
    }

    fn origins(&self) -> Vec<String> {
        let lines = self.allowed_origins.split_whitespace();
        lines.map(|line| line.trim_end_matches('/').to_owned()).collect()
    }

    fn redirect(&self) -> Option<String> {
        Some(self.redirect_url.trim().to_owned()).filter(|url| !url.is_empty())
    }

    /// The look that was typed; what is no colour is a problem.
    fn look(&self, texts: Texts, problems: &mut Problems) -> Look {
        let mut colour = |key: &str| -> Option<Colour> {
            let typed = self.typed(key);
            if typed.is_empty() {
                return None;
            }
            typed.parse().map_err(|_no_colour| problems.add(key, texts.say1("form-flaw-colour", "name", typed))).ok()
        };
        let usual = Look::default();
        Look {
            accent: colour("look_accent"),
            text: colour("look_text"),
            background: colour("look_background"),
            style: self.typed("look_style").parse().unwrap_or(Style::Bare),
            corners: self.typed("look_corners").parse::<Corners>().unwrap_or(usual.corners),
            font: self.typed("look_font").parse::<Font>().unwrap_or(usual.font),
        }
    }

    /// The form that was typed, every part of it, or what is wrong.
    pub(super) fn read(&self, texts: Texts) -> Result<FormChange, Problems> {
        let mut problems = Problems::default();
        let change = self.change(&mut problems, texts);
        let Changed { wording, allowed_origins, redirect_url, .. } = change.on_new(&Wording::default());
        for flaw in forms::flaws(&wording, &allowed_origins, redirect_url.as_deref()) {
            let (field, text) = said(flaw, texts);
            problems.add(field, text);
        }
        if problems.is_empty() { Ok(change) } else { Err(problems) }
    }

    /// Everything that was typed, as a change; what cannot be read at all is a problem.
    pub(super) fn change(&self, problems: &mut Problems, texts: Texts) -> FormChange {
        FormChange {
            title: Some(self.title.trim().to_owned()),
            consent_text: Some(self.consent_text.trim().to_owned()),
            fields: Some(self.fields()),
            purposes: Some(self.purposes()),
            lists: Some(self.lists()),
            look: Some(self.look(texts, problems)),
            language: self.language.parse().ok(),
            takes_roles: Some(!self.is_ticked("refuses_roles")),
            takes_disposable: Some(!self.is_ticked("refuses_disposable")),
            allowed_origins: Some(self.origins()),
            redirect_url: Some(self.redirect()),
        }
    }
}

/// What a ticked box sends.
fn yes(is_so: bool) -> String {
    if is_so { "yes".to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Language;

    fn typed(rows: &[(&str, &str)]) -> FormForm {
        let rows = rows.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        FormForm { title: "Title".to_owned(), rows, ..FormForm::default() }
    }

    #[test]
    fn a_question_without_a_name_is_named_after_its_label_and_empty_rows_are_left_out() {
        let form = typed(&[
            ("label_1", "First name"),
            ("required_1", "yes"),
            ("label_2", ""),
            ("label_3", "Town"),
            ("name_3", "city"),
            ("kind_3", "choice"),
            ("options_3", "Lyon\r\n\r\n Nantes "),
        ]);
        let fields: Vec<(String, bool)> = form.fields().into_iter().map(|field| (field.name, field.required)).collect();
        assert_eq!(fields, [("first_name".to_owned(), true), ("city".to_owned(), false)]);
        assert_eq!(form.fields()[1].options, ["Lyon", "Nantes"]);
        assert_eq!(form.rows().len(), 4);
    }

    #[test]
    fn what_cannot_be_a_colour_is_a_problem_of_its_own_field() {
        let read = typed(&[("look_accent", "red"), ("look_text", "#777777"), ("look_background", "#ffffff")])
            .read(Texts(Language::ENGLISH));
        let problems = read.err().unwrap();
        assert!(!problems.of("look_accent").is_empty() && !problems.of("look_text").is_empty());
        assert_eq!(problems.of("look_background"), "");
    }
}
