//! The variables of the environment that are settings.
//!
//! A variable with our prefix that is no setting is an error, as in the file: whoever misspells a setting must not believe
//! that it is in force. Only what a container platform writes for a service called `estampille` is passed over
//! (`ESTAMPILLE_SERVICE_HOST`, `ESTAMPILLE_PORT_8080_TCP_ADDR` …), because nobody there chose those names.

use std::collections::BTreeMap;

use super::{ConfigError, KEYS, nearest};

const PREFIX: &str = "ESTAMPILLE_";

/// Puts the settings among these variables over the values of the file.
///
/// # Errors
/// The first variable with our prefix that is no setting, with the one that is nearest to it.
pub(super) fn take(
    values: &mut BTreeMap<String, String>,
    variables: impl Iterator<Item = (String, String)>,
) -> Result<(), ConfigError> {
    for (name, value) in variables.filter(|(name, _)| name.starts_with(PREFIX)) {
        if KEYS.iter().any(|key| key.variable() == name) {
            values.insert(name, value);
        } else if !is_of_a_platform(name.trim_start_matches(PREFIX)) {
            return Err(ConfigError::UnknownKey { nearest: nearest(&name), key: name });
        }
    }
    Ok(())
}

/// The names that Kubernetes and the links of Docker make of a service's name.
fn is_of_a_platform(rest: &str) -> bool {
    let is_port = rest.strip_prefix("PORT_").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let is_service = rest == "SERVICE_HOST" || rest == "SERVICE_PORT" || rest.starts_with("SERVICE_PORT_");
    is_port || is_service || matches!(rest, "PORT" | "NAME") || rest.starts_with("ENV_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(name: &str) -> Result<BTreeMap<String, String>, ConfigError> {
        let mut values = BTreeMap::new();
        take(&mut values, [(name.to_owned(), "x".to_owned())].into_iter()).map(|()| values)
    }

    #[test]
    fn a_misspelt_setting_is_an_error_that_names_the_nearest() {
        for (name, wanted) in [
            ("ESTAMPILLE_RELAY_URI", "ESTAMPILLE_RELAY_URL"),
            ("ESTAMPILLE_DATABSE_URL", "ESTAMPILLE_DATABASE_URL"),
            ("ESTAMPILLE_BASEURL", "ESTAMPILLE_BASE_URL"),
        ] {
            match taken(name) {
                Err(ConfigError::UnknownKey { key, nearest }) => {
                    assert_eq!((key.as_str(), nearest.as_str()), (name, wanted));
                }
                other => panic!("{name}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_a_platform_writes_and_what_is_not_ours_is_passed_over() {
        for name in [
            "ESTAMPILLE_SERVICE_HOST",
            "ESTAMPILLE_SERVICE_PORT_HTTP",
            "ESTAMPILLE_PORT",
            "ESTAMPILLE_PORT_8080_TCP_ADDR",
            "ESTAMPILLE",
            "PATH",
        ] {
            assert_eq!(taken(name).unwrap(), BTreeMap::new(), "{name}");
        }
        assert_eq!(taken("ESTAMPILLE_LISTEN").unwrap().len(), 1);
    }
}
