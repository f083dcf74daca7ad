//! The fifty people of the demo.

/// Fifty given and family names; the address is made from both.
const NAMES: [(&str, &str); 47] = [
    ("Anne", "Martin"),
    ("Louis", "Bernard"),
    ("Chloé", "Dubois"),
    ("Hugo", "Thomas"),
    ("Inès", "Robert"),
    ("Jules", "Richard"),
    ("Léa", "Petit"),
    ("Gabriel", "Durand"),
    ("Manon", "Leroy"),
    ("Raphaël", "Moreau"),
    ("Camille", "Simon"),
    ("Arthur", "Laurent"),
    ("Sarah", "Lefebvre"),
    ("Paul", "Michel"),
    ("Jade", "Garcia"),
    ("Victor", "David"),
    ("Alice", "Bertrand"),
    ("Nathan", "Roux"),
    ("Rose", "Vincent"),
    ("Simon", "Fournier"),
    ("Emma", "Morel"),
    ("Adam", "Girard"),
    ("Julia", "André"),
    ("Martin", "Mercier"),
    ("Clara", "Dupont"),
    ("Emily", "Carter"),
    ("Oliver", "Hughes"),
    ("Sophie", "Turner"),
    ("Harry", "Collins"),
    ("Grace", "Bennett"),
    ("Jack", "Murphy"),
    ("Lily", "Foster"),
    ("George", "Palmer"),
    ("Ella", "Reed"),
    ("Oscar", "Shaw"),
    ("Freya", "Knight"),
    ("Noah", "Barnes"),
    ("Ivy", "Webb"),
    ("Leo", "Hayes"),
    ("Ruby", "Grant"),
    ("Theo", "Walsh"),
    ("Mia", "Stone"),
    ("Max", "Doyle"),
    ("Isla", "Hart"),
    ("Finn", "Lowe"),
    ("Nora", "Blake"),
    ("Evan", "Cross"),
];

/// Those whose mail does not arrive: the tray answers them as real servers would.
const TROUBLED: [(&str, &str); 3] = [
    // Accepted, then a report comes back: no such mailbox.
    ("gone.pierre.morin", "Pierre Morin"),
    // Accepted, then a report comes back: the mailbox is full.
    ("full.lucy.ward", "Lucy Ward"),
    // Refused at once.
    ("refused.tom.price", "Tom Price"),
];

/// The receiving domains of the demo; none of them exists.
const DOMAINS: [&str; 4] = ["mail.example", "courrier.example", "post.example", "boite.example"];

/// One of the fifty.
pub(super) struct Person {
    /// The address.
    pub(super) address: String,
    /// The name, for the merge field.
    pub(super) name: String,
}

/// All fifty, always the same.
pub(super) fn fifty() -> Vec<Person> {
    let well = NAMES.iter().map(|(given, family)| (plain(&format!("{given}.{family}")), format!("{given} {family}")));
    let troubled = TROUBLED.iter().map(|(local, name)| ((*local).to_owned(), (*name).to_owned()));
    let person =
        |((local, name), domain): ((String, String), &&str)| Person { address: format!("{local}@{domain}"), name };
    well.chain(troubled).zip(DOMAINS.iter().cycle()).map(person).collect()
}

/// Lower-case ASCII, as people write their names in addresses.
fn plain(text: &str) -> String {
    let fold = |character| match character {
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'ï' | 'î' => 'i',
        other => other,
    };
    text.to_lowercase().chars().map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::EmailAddress;

    #[test]
    fn there_are_fifty_different_people_with_addresses_that_can_be_written_to() {
        let addresses: std::collections::BTreeSet<String> = fifty().into_iter().map(|person| person.address).collect();
        assert_eq!(addresses.len(), 50);
        assert!(addresses.iter().all(|address| EmailAddress::parse(address).is_ok()));
    }
}
