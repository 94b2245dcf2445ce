//! The three looks of our own and what a tenant may change in them.
//!
//! In: a template address and a tenant's brand. Out: which look, and the style that overrides its tokens.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::config;

/// Our templates (named by character, mapped onto the addresses policies use).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// A card on a quiet ground: `~/tenant/templates/AzureBlue/`.
    Lobby,
    /// Form on one side, a picture on the other: `~/tenant/templates/MSA/`.
    Window,
    /// Nothing but the form: `~/tenant/default/`, `~/common/`, and whatever else begins with `~/`.
    Plain,
}

impl Look {
    /// All looks with the folder below `static/` under which they can be fetched.
    pub const ALL: &'static [(Look, &'static str)] = &[
        (Look::Lobby, "tenant/templates/AzureBlue/"),
        (Look::Window, "tenant/templates/MSA/"),
        (Look::Plain, "tenant/default/"),
    ];

    /// The look of a built-in address; none where the address is not built in. `pageFlavor` among its parameters
    /// chooses another (user-interface 1.1). An absolute address below `/static/` of whatever host is the cloud's name
    /// for the same files, which policies and templates refer to (2.6).
    pub fn of(address: &str) -> Option<Look> {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let folder = |inside: &str| {
            let has = |folder: &str| {
                inside.get(..folder.len()).is_some_and(|start| start.eq_ignore_ascii_case(folder))
            };
            Self::ALL.iter().find(|(_, folder)| has(folder)).map(|(look, _)| *look)
        };
        let named = match path.strip_prefix("~/") {
            Some(inside) => folder(inside).unwrap_or(Look::Plain),
            None => {
                let (_, rest) = path.split_once("://")?;
                let (_, inside) = rest.split_once("/static/").filter(|(host, _)| !host.contains('/'))?;
                folder(inside)?
            }
        };
        Some(Self::flavor(query).unwrap_or(named))
    }

    fn flavor(query: &str) -> Option<Look> {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        let (_, wanted) = pairs.find(|(key, _)| key.eq_ignore_ascii_case("pageFlavor"))?;
        let flavors = [("oceanBlue", Look::Lobby), ("slateGray", Look::Window), ("classic", Look::Plain)];
        flavors.iter().find(|(name, _)| wanted.eq_ignore_ascii_case(name)).map(|(_, look)| *look)
    }

    /// The class of `body`.
    pub fn class(self) -> &'static str {
        match self {
            Look::Lobby => "v-lobby",
            Look::Window => "v-window",
            Look::Plain => "v-plain",
        }
    }
}

/// A tenant's looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brand {
    /// The name people know.
    pub name: String,
    /// Address of the logo.
    pub logo: Option<String>,
    /// Address of a picture for the ground, where one is set.
    pub background: Option<String>,
    /// Colour of the ground, where one is set.
    pub ground: Option<String>,
    /// Style rules that set the tenant's tokens; empty where it has none.
    pub style: String,
}

impl Brand {
    /// Reads the configuration's brand, whose values were checked to be plain CSS values.
    pub fn of(brand: &config::Brand) -> Brand {
        let mut style = rule(":root", &brand.tokens);
        if !brand.dark_tokens.is_empty() {
            let inner = rule(":root", &brand.dark_tokens);
            let _ = write!(style, "@media (prefers-color-scheme:dark){{{inner}}}");
        }
        let background = brand.tokens.get("background-image").and_then(|value| address_in(value));
        let ground = brand.tokens.get("ground").map(|value| inert(value));
        let logo = brand.logo.as_ref().map(ToString::to_string);
        Brand { name: brand.name.clone(), logo, background, ground, style }
    }

    /// The letter of the mark that stands where there is no logo.
    pub fn initial(&self) -> String {
        self.name
            .chars()
            .find(|c| c.is_alphanumeric())
            .map_or_else(|| "V".to_owned(), |c| c.to_uppercase().collect())
    }
}

fn rule(selector: &str, tokens: &BTreeMap<String, String>) -> String {
    if tokens.is_empty() {
        return String::new();
    }
    let mut out = format!("{selector}{{");
    for (name, value) in tokens {
        let _ = write!(out, "--v-{name}:{};", inert(value));
    }
    out.push('}');
    out
}

/// A second wall behind the configuration's check: nothing may leave the declaration or the element.
fn inert(value: &str) -> String {
    value.chars().filter(|c| !matches!(c, '<' | '>' | '{' | '}' | ';')).collect()
}

/// The address in `url("…")`.
fn address_in(value: &str) -> Option<String> {
    let inner = value.trim().strip_prefix("url(")?.strip_suffix(')')?;
    Some(inner.trim_matches(['"', '\'', ' ']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_addresses_have_a_look() {
        assert_eq!(Look::of("~/tenant/templates/AzureBlue/unified.cshtml"), Some(Look::Lobby));
        assert_eq!(Look::of("~/tenant/templates/msa/selfAsserted.cshtml"), Some(Look::Window));
        assert_eq!(Look::of("~/common/default_page_error.html"), Some(Look::Plain));
        assert_eq!(Look::of("https://example.com/unified.html"), None);
        let slate =
            "https://contoso.b2clogin.com/static/tenant/templates/MSA/unified.cshtml?slice=001-000&dc=AM3";
        assert_eq!(Look::of(slate), Some(Look::Window));
        assert_eq!(Look::of("https://example.com/x/static/tenant/templates/MSA/unified.cshtml"), None);
        assert_eq!(Look::of("https://example.com/static/mine.html"), None);
    }

    #[test]
    fn a_page_flavor_chooses_the_look() {
        let table = [
            ("oceanBlue", Look::Lobby),
            ("SlateGray", Look::Window),
            ("classic", Look::Plain),
            ("x", Look::Window),
        ];
        for (flavor, look) in table {
            let address = format!("~/tenant/templates/MSA/unified.cshtml?a=b&pageFlavor={flavor}");
            assert_eq!(Look::of(&address), Some(look), "{flavor}");
        }
    }

    #[test]
    fn a_brand_sets_tokens_and_cannot_leave_its_rule() {
        let tokens = BTreeMap::from([("accent".to_owned(), "red;}</style><b>".to_owned())]);
        let brand = config::Brand { tokens, ..config::Brand::default() };
        assert_eq!(Brand::of(&brand).style, ":root{--v-accent:red/styleb;}");
    }
}
