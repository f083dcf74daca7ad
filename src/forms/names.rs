//! The name under which an answer is kept, made from the words that a person wrote above it.

/// Letters that are written in other ways too: what stands behind each group replaces every letter of it.
const PLAIN: [(&str, &str); 19] = [
    ("àáâãäåăą", "a"),
    ("çćč", "c"),
    ("ďđð", "d"),
    ("èéêëęě", "e"),
    ("ğ", "g"),
    ("ìíîïı", "i"),
    ("ł", "l"),
    ("ñńň", "n"),
    ("òóôõöøő", "o"),
    ("ř", "r"),
    ("śšşș", "s"),
    ("ťţț", "t"),
    ("ùúûüůű", "u"),
    ("ýÿ", "y"),
    ("źżž", "z"),
    ("æ", "ae"),
    ("œ", "oe"),
    ("ß", "ss"),
    ("þ", "th"),
];

/// `First name` becomes `first_name` and `Prénom` `prenom`: letters of ASCII, digits and `_`. Empty where none is left.
#[must_use]
pub fn name_of(words: &str) -> String {
    let mut plain = String::with_capacity(words.len());
    for letter in words.to_lowercase().chars() {
        match PLAIN.iter().find(|(letters, _)| letters.contains(letter)) {
            Some((_, instead)) => plain.push_str(instead),
            None if letter.is_ascii_alphanumeric() => plain.push(letter),
            // An accent that is written behind its letter.
            None if ('\u{300}'..='\u{36f}').contains(&letter) => {}
            None => plain.push('_'),
        }
    }
    plain.split('_').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_names() {
        for (words, name) in [
            ("First name", "first_name"),
            ("first_name", "first_name"),
            ("Prénom", "prenom"),
            ("Pre\u{301}nom", "prenom"),
            ("N° d’adhérent·e", "n_d_adherent_e"),
            ("Œuvre préférée ?", "oeuvre_preferee"),
            ("Straße", "strasse"),
            (" — ", ""),
            ("名前", ""),
        ] {
            assert_eq!(name_of(words), name, "{words}");
        }
    }
}
