//! Names of the countries that have a calling code, in our five languages and in the order of each: what the phone page
//! offers where the policy names no countries of its own.
//!
//! In: a language tag. Out: `countryList` as the cloud writes it, JSON of ISO 3166 codes and names (user-interface 7.4). The names
//! are those of the Unicode CLDR, version 48, for the regions of libphonenumber (Unicode License v3).

const NAMES: &[(&str, &str, &str)] = &[
    ("en", "Country/Region", include_str!("countries/en.txt")),
    ("de", "Land/Region", include_str!("countries/de.txt")),
    ("fr", "Pays/région", include_str!("countries/fr.txt")),
    ("es", "País o región", include_str!("countries/es.txt")),
    ("ar", "البلد/المنطقة", include_str!("countries/ar.txt")),
];

/// The list of a language, by its primary tag.
pub(super) fn list(tag: &str) -> String {
    let found = NAMES.iter().find(|(known, _, _)| *known == tag).or_else(|| NAMES.first());
    let Some((_, default, names)) = found else { return String::new() };
    let rows = names.lines().filter_map(|line| line.split_once(' '));
    let all = std::iter::once(("DEFAULT", *default)).chain(rows);
    let map: serde_json::Map<String, serde_json::Value> =
        all.map(|(code, name)| (code.to_owned(), name.into())).collect();
    serde_json::Value::Object(map).to_string()
}
