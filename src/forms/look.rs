//! How a form looks: a handful of settings, whose contrast is checked, or none at all for the site's own styles.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::storage::words;

words! {
    /// Whether the form brings styles.
    pub enum Style {
        /// None inside the page: the site's own styles hold.
        Bare = "bare",
        /// Ours, with the settings of the look.
        Styled = "styled",
    }
}

words! {
    /// The corners of fields and buttons.
    pub enum Corners {
        /// Right angles.
        Square = "square",
        /// Slightly rounded.
        Soft = "soft",
        /// Round.
        Round = "round",
    }
}

words! {
    /// The letters of the form.
    pub enum Font {
        /// Those of the page that the form sits in.
        Page = "page",
        /// The reader's system font.
        System = "system",
        /// A serif of the reader's system.
        Serif = "serif",
    }
}

/// A colour of the screen, written `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour(u8, u8, u8);

impl Colour {
    /// White.
    pub const WHITE: Self = Self(255, 255, 255);
    /// Black.
    pub const BLACK: Self = Self(0, 0, 0);

    /// Relative luminance (WCAG 2.2, "relative luminance").
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// The contrast of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio").
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.to_string()
    }
}

impl FromStr for Colour {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("`{text}` is no colour such as #16213a");
        let digits =
            text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii()).ok_or_else(refused)?;
        let part = |from: usize| {
            let pair = digits.get(from..from + 2).filter(|pair| pair.bytes().all(|byte| byte.is_ascii_hexdigit()));
            pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()).ok_or_else(refused)
        };
        Ok(Self(part(0)?, part(2)?, part(4)?))
    }
}

impl TryFrom<String> for Colour {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The settings of a form's look. A version without any is bare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    /// Whether the form brings styles.
    pub style: Style,
    /// The colour of the button; our ink when absent.
    pub accent: Option<Colour>,
    /// The colour of the words; the page's when absent.
    pub text: Option<Colour>,
    /// The colour behind the words; the page's when absent.
    pub background: Option<Colour>,
    /// The corners.
    pub corners: Corners,
    /// The letters.
    pub font: Font,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            style: Style::Bare,
            accent: None,
            text: None,
            background: None,
            corners: Corners::Soft,
            font: Font::Page,
        }
    }
}

/// What is wrong with a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookFlaw {
    /// The words have a colour but what is behind them has none, or the other way round: nobody can say whether they
    /// can be read.
    HalfACouple,
    /// The words stand out from what is behind them by less than 4.5 to 1 (WCAG 2.2, 1.4.3).
    Words,
    /// The button stands out from what is behind it by less than 3 to 1 (WCAG 2.2, 1.4.11).
    Button,
}

/// Least contrast of words.
const LEAST_FOR_WORDS: f64 = 4.5;
/// Least contrast of a button with what is around it.
const LEAST_FOR_BUTTON: f64 = 3.0;
/// What says that an answer is wrong, on light and on dark; the first that can be read is taken.
const PROBLEMS: [Colour; 2] = [Colour(0xb3, 0x26, 0x1e), Colour(0xff, 0xb4, 0xab)];

impl Look {
    /// What is wrong with it.
    #[must_use]
    pub fn flaws(&self) -> Vec<LookFlaw> {
        let mut found = Vec::new();
        match (self.text, self.background) {
            (Some(text), Some(background)) if text.contrast(background) < LEAST_FOR_WORDS => {
                found.push(LookFlaw::Words);
            }
            (Some(_), None) | (None, Some(_)) => found.push(LookFlaw::HalfACouple),
            _ => {}
        }
        let behind = self.background.unwrap_or(Colour::WHITE);
        if self.accent.is_some_and(|accent| accent.contrast(behind) < LEAST_FOR_BUTTON) {
            found.push(LookFlaw::Button);
        }
        found
    }

    /// The words on the button: white where that can be read, else black, which then can.
    fn on_accent(accent: Colour) -> Colour {
        if Colour::WHITE.contrast(accent) >= LEAST_FOR_WORDS { Colour::WHITE } else { Colour::BLACK }
    }

    /// The style sheet of the settings; the rest stands in `static/form.css`. Made of checked values alone.
    #[must_use]
    pub fn stylesheet(&self) -> String {
        let radius = match self.corners {
            Corners::Square => "0",
            Corners::Soft => "4px",
            Corners::Round => "1.4em",
        };
        let mut rules = format!("--ef-radius:{radius};");
        if let Some(accent) = self.accent {
            rules.push_str(&format!("--ef-accent:{accent};--ef-on-accent:{};", Self::on_accent(accent)));
        }
        match self.font {
            Font::Page => {}
            Font::System => rules.push_str("--ef-font:system-ui,sans-serif;"),
            Font::Serif => rules.push_str("--ef-font:Georgia,\"Times New Roman\",serif;"),
        }
        let mut sheet = String::new();
        if let (Some(text), Some(background)) = (self.text, self.background) {
            let problem = PROBLEMS.into_iter().find(|colour| colour.contrast(background) >= LEAST_FOR_WORDS);
            let problem = problem.unwrap_or(text);
            // What the browser draws by itself, such as the calendar of a date, follows.
            let scheme =
                if background.contrast(Colour::WHITE) > background.contrast(Colour::BLACK) { "dark" } else { "light" };
            rules.push_str(&format!("color-scheme:{scheme};"));
            rules.push_str(&format!("--ef-text:{text};--ef-background:{background};--ef-problem:{problem};"));
            let around = format!("{{color:{text};background:{background}}}");
            sheet.push_str(&format!(".estampille-page>main{around}.estampille-framed{around}.estampille{around}"));
            sheet.push_str(".estampille-alone{padding:1.25em}.estampille-framed>main{padding:1.25em}");
        }
        format!(".estampille{{{rules}}}{sheet}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(text: &str) -> Colour {
        text.parse().unwrap()
    }

    #[test]
    fn contrast_is_the_one_of_wcag() {
        for (a, b, expected) in [
            ("#000000", "#ffffff", 21.0),
            ("#777777", "#ffffff", 4.48),
            ("#ff0000", "#ffffff", 4.0),
            ("#fff000", "#fff000", 1.0),
        ] {
            let found = colour(a).contrast(colour(b));
            assert!((found - expected).abs() < 0.01, "{a} on {b}: {found}");
        }
    }

    #[test]
    fn only_a_colour_is_a_colour() {
        for text in ["", "16213a", "#16213", "#16213a;}", "red", "#16213g", "#1é213", "#+1+2+3"] {
            assert!(text.parse::<Colour>().is_err(), "{text}");
        }
        assert_eq!(colour("#A0b1C2").to_string(), "#a0b1c2");
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let look = |text: Option<&str>, background: Option<&str>, accent: Option<&str>| {
            let read = |value: Option<&str>| value.map(colour);
            Look { text: read(text), background: read(background), accent: read(accent), ..Look::default() }.flaws()
        };
        assert_eq!(look(None, None, None), vec![]);
        assert_eq!(look(Some("#222222"), Some("#ffffff"), Some("#b3261e")), vec![]);
        assert_eq!(look(Some("#999999"), Some("#ffffff"), None), vec![LookFlaw::Words]);
        assert_eq!(look(Some("#222222"), None, None), vec![LookFlaw::HalfACouple]);
        assert_eq!(look(None, None, Some("#ffee00")), vec![LookFlaw::Button]);
        assert_eq!(look(Some("#ffffff"), Some("#000000"), Some("#222222")), vec![LookFlaw::Button]);
    }

    proptest::proptest! {
        #[test]
        fn the_words_of_every_button_can_be_read(r: u8, g: u8, b: u8) {
            let accent = Colour(r, g, b);
            proptest::prop_assert!(Look::on_accent(accent).contrast(accent) >= LEAST_FOR_WORDS);
        }
    }
}
