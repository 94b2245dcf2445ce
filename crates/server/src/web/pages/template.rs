//! Which template a page stands in: one of ours, or a customer's (user-interface 2.5, attack 43).
//!
//! In: the page's template address. Out: a template, never a failure: whatever goes wrong with a customer's is logged
//! with its cause and ours takes its place. Hosts are those a loaded policy names or the operator lists; time, size and
//! private addresses are the outbound client's business.

use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lol_html::{RewriteStrSettings, element, rewrite_str};
use url::Url;

use super::look::Look;
use super::security;
use crate::http::{Bounds, Http};

/// A template to put content into.
#[derive(Clone, Debug)]
pub enum Template {
    /// Ours.
    BuiltIn(Look),
    /// A customer's.
    Custom(Arc<Custom>),
}

/// A customer's template, read through and found usable.
#[derive(Debug)]
pub struct Custom {
    text: String,
    origins: Vec<String>,
}

/// Where templates come from.
pub struct Templates {
    http: Http,
    bounds: Bounds,
    fetched: moka::future::Cache<String, Arc<Custom>>,
}

/// Who may be asked for a template.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// Hosts named by a loaded policy or listed by the operator, in lower case.
    pub hosts: &'a [String],
    /// Local folders.
    pub folders: &'a [PathBuf],
}

/// How long a fetched template is used before it is fetched again.
const FRESH: Duration = Duration::from_secs(60);
/// Fetched templates kept at most.
const MOST: u64 = 500;

impl Templates {
    /// Templates fetched by that client within those bounds.
    pub fn new(http: Http, bounds: Bounds) -> Templates {
        let fetched = moka::future::Cache::builder().max_capacity(MOST).time_to_live(FRESH).build();
        Templates { http, bounds, fetched }
    }

    /// The template of an address, whatever parameters go along in it.
    pub async fn find(&self, address: &str, sources: Sources<'_>) -> Template {
        if let Some(look) = Look::of(address) {
            return Template::BuiltIn(look);
        }
        match self.custom(address, sources).await {
            Ok(custom) => Template::Custom(custom),
            Err(cause) => {
                tracing::warn!(template = address, %cause, "the page template cannot be used; the built-in one stands in");
                Template::BuiltIn(Look::Lobby)
            }
        }
    }

    async fn custom(&self, address: &str, sources: Sources<'_>) -> Result<Arc<Custom>, String> {
        if let Some(path) = local_file(address, sources.folders) {
            return read_local(&path, self.bounds.bytes).await.map(Arc::new);
        }
        let url = Url::parse(address).map_err(|error| format!("not an address: {error}"))?;
        let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
        if !sources.hosts.contains(&host) {
            return Err(format!("no policy names the host `{host}`, and the operator does not list it"));
        }
        let fetched = self.fetched.try_get_with(url.to_string(), self.fetch(&url)).await;
        fetched.map_err(|cause| (*cause).clone())
    }

    async fn fetch(&self, url: &Url) -> Result<Arc<Custom>, String> {
        let answer = self.http.get(url, self.bounds).await.map_err(|error| error.to_string())?;
        if answer.status != 200 {
            return Err(format!("the answer is {}, not 200; redirects are not followed", answer.status));
        }
        let kind = answer.content_type.unwrap_or_default().to_ascii_lowercase();
        if !kind.starts_with("text/html") && !kind.starts_with("application/xhtml+xml") {
            return Err(format!("the content type is `{kind}`, not text/html"));
        }
        Custom::read(answer.body, Some(url)).map(Arc::new)
    }
}

impl Custom {
    /// Reads a template through once: UTF-8, well enough formed, one empty place for the page.
    pub fn read(bytes: Vec<u8>, from: Option<&Url>) -> Result<Custom, String> {
        let text = String::from_utf8(bytes).map_err(|_| "the text is not UTF-8".to_owned())?;
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        let places = Mutex::new(0_u32);
        let headed = Mutex::new(false);
        let addresses = Mutex::new(Vec::new());
        let found = |address: &str| {
            if let Ok(mut all) = addresses.lock() {
                all.push(address.to_owned());
            }
        };
        let handlers = vec![
            element!("#api", |_| {
                if let Ok(mut count) = places.lock() {
                    *count += 1;
                }
                Ok(())
            }),
            element!("head", |_| {
                if let Ok(mut seen) = headed.lock() {
                    *seen = true;
                }
                Ok(())
            }),
            element!("[src]", |any| {
                any.get_attribute("src").iter().for_each(|address| found(address));
                Ok(())
            }),
            element!("link[href]", |link| {
                link.get_attribute("href").iter().for_each(|address| found(address));
                Ok(())
            }),
        ];
        let settings = handlers
            .into_iter()
            .fold(RewriteStrSettings::new(), RewriteStrSettings::append_element_content_handler);
        rewrite_str(&text, settings).map_err(|error| format!("the HTML cannot be read: {error}"))?;
        let places = places.into_inner().unwrap_or_default();
        if places == 0 {
            return Err("there is no element with id=\"api\"".to_owned());
        }
        if !headed.into_inner().unwrap_or_default() {
            return Err("there is no head element".to_owned());
        }
        let addresses = addresses.into_inner().unwrap_or_default();
        let origins = origins(from, addresses.iter().map(String::as_str).chain(style_addresses(&text)));
        Ok(Custom { text, origins })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn origins(&self) -> &[String] {
        &self.origins
    }
}

/// Origins that a template loads from, its own first; at most as many as a header can hold.
fn origins<'a>(from: Option<&Url>, addresses: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut out: Vec<String> = from.and_then(|url| security::origin(url.as_str())).into_iter().collect();
    for address in addresses {
        let absolute = match address.strip_prefix("//") {
            Some(rest) => format!("https://{rest}"),
            None => address.to_owned(),
        };
        if let Some(origin) = security::origin(&absolute).filter(|origin| !out.contains(origin)) {
            out.push(origin);
        }
    }
    out.truncate(40);
    out
}

/// Addresses in `url(…)` and `@import` anywhere in the text: styles may stand in elements and attributes.
fn style_addresses(text: &str) -> impl Iterator<Item = &str> {
    let inside = text.split("url(").skip(1).filter_map(|rest| rest.split(')').next());
    let imported = text.split("@import").skip(1).filter_map(|rest| rest.split(';').next());
    inside.chain(imported).map(|address| address.trim().trim_matches(['"', '\'']))
}

/// The local file of an address: its path, or the end of its path, below one of the folders. Nothing leaves a folder.
fn local_file(address: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let path = match Url::parse(address) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => url.path().trim_start_matches('/').to_owned(),
        Ok(_) => return None,
        Err(_) => address.split(['?', '#']).next().unwrap_or_default().trim_start_matches("./").to_owned(),
    };
    let path = PathBuf::from(path);
    let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    if !inside || !is_html(&path) {
        return None;
    }
    let mut parts: Vec<Component<'_>> = path.components().collect();
    while !parts.is_empty() {
        let relative: PathBuf = parts.iter().collect();
        let found = folders.iter().map(|folder| folder.join(&relative)).find(|file| file.is_file());
        if found.is_some() {
            return found;
        }
        parts.remove(0);
    }
    None
}

fn is_html(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["html", "htm", "cshtml"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

async fn read_local(path: &Path, most: usize) -> Result<Custom, String> {
    let told = |error: std::io::Error| format!("{} cannot be read: {error}", path.display());
    let size = tokio::fs::metadata(path).await.map_err(told)?.len();
    if size > most as u64 {
        return Err(format!("{} is larger than {most} bytes", path.display()));
    }
    Custom::read(tokio::fs::read(path).await.map_err(told)?, None)
}
