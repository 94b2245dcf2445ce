//! `[[tenant]]`: name, GUID, policies folder, mail sender, brand, where templates may come from.

use std::collections::BTreeMap;
use std::path::PathBuf;

use url::Url;
use uuid::Uuid;

use super::document::{Section, Wrong, nearest, wrong};
use super::{keys, parts};

/// Names of the design tokens, without their `--v-`.
const TOKENS: &[&str] = &[
    "accent",
    "accent-text",
    "ground",
    "surface",
    "text",
    "muted",
    "line",
    "danger",
    "success",
    "radius",
    "font",
    "logo",
    "background-image",
];

/// One tenant.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// As the policies' `TenantId`; compares case-insensitively.
    pub name: String,
    /// GUID of the tenant.
    pub id: Uuid,
    /// Folder of the policy files.
    pub policies: PathBuf,
    /// Environment of the `appsettings.json` beside the policies; None: the first.
    pub environment: Option<String>,
    /// BCP 47 tag where nobody names another.
    pub language: String,
    /// Whom mails come from.
    pub mail: MailIdentity,
    /// How built-in pages look.
    pub brand: Brand,
    /// Where page templates may come from.
    pub templates: Templates,
}

/// Sender of a tenant's mails.
#[derive(Debug, Clone)]
pub struct MailIdentity {
    /// Address in `From`.
    pub from: String,
    /// Name in `From` and in the text.
    pub name: String,
    /// Subject of the code mail; None: built-in, by language.
    pub subject: Option<String>,
    /// `https` address of a logo shown in the mail.
    pub logo: Option<Url>,
    /// Accent colour of the mail's heading line, such as `#0b57d0`.
    pub accent: Option<String>,
}

/// Looks of the built-in templates.
#[derive(Debug, Clone, Default)]
pub struct Brand {
    /// The name people know.
    pub name: String,
    /// `https` address of a logo.
    pub logo: Option<Url>,
    /// Design tokens (`accent` → `--v-accent`): safe CSS values.
    pub tokens: BTreeMap<String, String>,
    /// The same for dark.
    pub dark_tokens: BTreeMap<String, String>,
}

/// Where `LoadUri` may point.
#[derive(Debug, Clone, Default)]
pub struct Templates {
    /// Hosts in lower case, allowed even with private addresses.
    pub hosts: Vec<String>,
    /// Local folders.
    pub folders: Vec<PathBuf>,
}

pub(super) fn read(root: &Section<'_>, warnings: &mut Vec<String>) -> Vec<Tenant> {
    let sections = root.sections("tenant", keys::TENANT);
    if !root.has("tenant") {
        root.report("tenant", wrong("is missing", "add a `[[tenant]]` with name, id and policies"));
    }
    let needs_sender = root.has("smtp");
    let mut tenants: Vec<Tenant> = Vec::new();
    for section in sections {
        let Some(tenant) = one(&section, needs_sender, warnings) else { continue };
        let again = "every tenant stands once; remove one of the two";
        if tenants.iter().any(|other| other.name.eq_ignore_ascii_case(&tenant.name)) {
            section.report("name", wrong(format!("`{}` is there already", tenant.name), again));
        }
        if tenants.iter().any(|other| other.id == tenant.id) {
            section.report("id", wrong(format!("`{}` is there already", tenant.id), again));
        }
        tenants.push(tenant);
    }
    tenants
}

fn one(section: &Section<'_>, needs_sender: bool, warnings: &mut Vec<String>) -> Option<Tenant> {
    for name in ["name", "id", "policies"] {
        if !section.has(name) {
            section.missing(name);
        }
    }
    let name = section.parsed("name", tenant_name);
    let id = section.parsed("id", |text| {
        Uuid::try_parse(text).map_err(|_| {
            wrong(format!("`{text}` is no GUID"), "write the tenant's GUID, 8-4-4-4-12 hexadecimal digits")
        })
    });
    let policies = section.parsed("policies", |path| parts::folder(section, path));
    let environment = section.parsed("environment", |name| Ok(name.to_owned()));
    let language = section.parsed("language", language).unwrap_or_else(|| "en".to_owned());
    let brand = brand(&section.section("brand", keys::TENANT_BRAND), name.as_deref().unwrap_or_default());
    let mail = mail(&section.section("mail", keys::TENANT_MAIL), &brand, needs_sender);
    let templates = templates(&section.section("templates", keys::TENANT_TEMPLATES));
    contrast_warning(&brand, warnings);
    Some(Tenant { name: name?, id: id?, policies: policies?, environment, language, mail, brand, templates })
}

fn tenant_name(text: &str) -> Result<String, Wrong> {
    let fits = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_');
    match !text.is_empty() && text.len() <= 200 && text.chars().all(fits) && Uuid::try_parse(text).is_err() {
        true => Ok(text.to_owned()),
        false => Err(wrong(
            format!("`{text}` is no tenant name"),
            "write it as the policies do: \"contoso.onmicrosoft.com\"",
        )),
    }
}

fn language(text: &str) -> Result<String, Wrong> {
    let fits = text
        .split('-')
        .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    match fits {
        true => Ok(text.to_owned()),
        false => {
            Err(wrong(format!("`{text}` is no language tag"), "write a tag such as \"en\" or \"pt-BR\""))
        }
    }
}

fn mail(section: &Section<'_>, brand: &Brand, required: bool) -> MailIdentity {
    if required && !section.has("from") {
        section.missing("from");
    }
    let from = section.parsed("from", |text| match text.parse::<lettre::Address>() {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(wrong(
            format!("`{text}` is no mail address"),
            "write the bare address: \"no-reply@example.com\"",
        )),
    });
    let name = section.parsed("name", one_line).unwrap_or_else(|| brand.name.clone());
    MailIdentity {
        from: from.unwrap_or_default(),
        name,
        subject: section.parsed("subject", one_line),
        logo: brand.logo.clone(),
        accent: brand.tokens.get("accent").filter(|value| colour(value).is_some()).cloned(),
    }
}

fn one_line(text: &str) -> Result<String, Wrong> {
    match text.chars().any(char::is_control) || text.chars().count() > 200 {
        true => Err(wrong("has a line break or more than 200 characters", "write one short line")),
        false => Ok(text.to_owned()),
    }
}

fn brand(section: &Section<'_>, tenant: &str) -> Brand {
    let default = tenant.split('.').next().unwrap_or(tenant).to_owned();
    let logo = section.parsed("logo", |text| match Url::parse(text) {
        Ok(url) if url.scheme() == "https" => Ok(url),
        _ => Err(wrong(format!("`{text}` is no https address"), "write the logo's full https:// address")),
    });
    let name = section.parsed("name", one_line).unwrap_or(default);
    Brand { name, logo, tokens: tokens(section, "tokens"), dark_tokens: tokens(section, "dark_tokens") }
}

fn tokens(section: &Section<'_>, key: &str) -> BTreeMap<String, String> {
    let mut tokens = BTreeMap::new();
    for (name, text) in section.entries(key) {
        if !TOKENS.contains(&name.as_str()) {
            let remedy = match nearest(&name, TOKENS.iter().copied()) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("known: {}", TOKENS.join(", ")),
            };
            section.report_at(text.at, key, wrong(format!("`{name}` is no design token"), remedy));
        } else if !is_safe_css(&text.value) {
            let remedy = "write one plain CSS value: a colour, a length, a font list, url(\"https://…\")";
            section.report_at(
                text.at,
                key,
                wrong(format!("`{name}` has a value that could end the style rule"), remedy),
            );
        } else {
            tokens.insert(name, text.value);
        }
    }
    tokens
}

/// A value is put into a style sheet: nothing in it may end the declaration, the rule or the element.
fn is_safe_css(value: &str) -> bool {
    value.len() <= 500
        && !value.chars().any(|c| c.is_control() || matches!(c, ';' | '{' | '}' | '<' | '>' | '\\' | '@'))
}

fn templates(section: &Section<'_>) -> Templates {
    let hosts = section.list("hosts").into_iter().map(|host| host.value.to_ascii_lowercase()).collect();
    let mut folders = Vec::new();
    for text in section.list("folders") {
        match parts::folder(section, &text.value) {
            Ok(folder) => folders.push(folder),
            Err(wrong) => section.report_at(text.at, "folders", wrong),
        }
    }
    Templates { hosts, folders }
}

/// Text on the accent colour must be readable: WCAG 2 asks for 4.5:1.
fn contrast_warning(brand: &Brand, warnings: &mut Vec<String>) {
    for (key, tokens) in [("tokens", &brand.tokens), ("dark_tokens", &brand.dark_tokens)] {
        for (front, back) in
            [("accent-text", "accent"), ("text", "surface"), ("muted", "surface"), ("danger", "surface")]
        {
            let pair = tokens
                .get(front)
                .and_then(|one| colour(one))
                .zip(tokens.get(back).and_then(|one| colour(one)));
            if let Some(ratio) = pair.map(|(one, other)| contrast(one, other)).filter(|ratio| *ratio < 4.5) {
                let name = &brand.name;
                warnings.push(format!("brand `{name}`: `{front}` on `{back}` in `{key}` has a contrast of {ratio:.1}:1, below 4.5:1"));
            }
        }
    }
}

/// `#rgb` or `#rrggbb`; other notations are not judged.
fn colour(text: &str) -> Option<[u8; 3]> {
    let digits: Vec<u8> = text
        .strip_prefix('#')?
        .chars()
        .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect::<Option<_>>()?;
    match digits.as_slice() {
        [r, g, b] => Some([r * 17, g * 17, b * 17]),
        [r, rr, g, gg, b, bb] => Some([r * 16 + rr, g * 16 + gg, b * 16 + bb]),
        _ => None,
    }
}

/// Contrast ratio by WCAG 2.2, "relative luminance".
fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let linear = |channel: u8| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    let luminance = |[r, g, b]: [u8; 3]| 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}
