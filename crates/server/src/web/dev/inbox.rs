//! The development inbox: list on the left, the mail on the right, plain JSON for tests.

use askama::Template;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Dev, SCRIPT, STYLE, page};
use crate::mail::Kept;
use crate::web::error::ErrorPage;
use crate::web::headers::Csp;

#[derive(Deserialize)]
pub(super) struct Chosen {
    mail: Option<u64>,
    #[serde(default)]
    part: String,
    #[serde(default)]
    to: String,
}

/// A mail in `/dev/inbox.json`: newest first.
#[derive(Serialize)]
struct Mail {
    number: u64,
    at: Timestamp,
    from: String,
    to: String,
    subject: String,
    text: String,
    html: String,
}

impl From<Kept> for Mail {
    fn from(kept: Kept) -> Mail {
        let letter = kept.letter;
        let from = letter.sender.address;
        Mail {
            number: kept.number,
            at: kept.at,
            from,
            to: letter.to,
            subject: letter.subject,
            text: letter.text,
            html: letter.html,
        }
    }
}

#[derive(Template)]
#[template(path = "dev/inbox.html")]
struct Html<'a> {
    style: &'static str,
    script: &'static str,
    here: &'static str,
    mails: &'a [Row],
    chosen: Option<&'a Row>,
    as_text: bool,
    newest: u64,
}

struct Row {
    number: u64,
    time: String,
    day: String,
    mail: Kept,
}

/// `GET /dev/inbox[?mail=N][&part=text]`.
pub(super) async fn list(State(dev): State<Dev>, Query(chosen): Query<Chosen>) -> Response {
    let rows: Vec<Row> = dev.pages.inbox.letters().into_iter().map(row).collect();
    let found = match chosen.mail {
        Some(number) => rows.iter().find(|row| row.number == number),
        None => rows.first(),
    };
    let html = Html {
        style: STYLE,
        script: SCRIPT,
        here: "inbox",
        mails: &rows,
        chosen: found,
        as_text: chosen.part == "text",
        newest: rows.first().map_or(0, |row| row.number),
    };
    page(html.render())
}

fn row(mail: Kept) -> Row {
    let (time, day) = (mail.at.strftime("%T").to_string(), mail.at.strftime("%F").to_string());
    Row { number: mail.number, time, day, mail }
}

/// `GET /dev/inbox.json[?to=ADDRESS]`: all kept mails, newest first.
pub(super) async fn json(State(dev): State<Dev>, Query(chosen): Query<Chosen>) -> Response {
    let letters = dev.pages.inbox.letters().into_iter();
    let wanted =
        letters.filter(|kept| chosen.to.is_empty() || kept.letter.to.eq_ignore_ascii_case(&chosen.to));
    Json(wanted.map(Mail::from).collect::<Vec<_>>()).into_response()
}

/// `GET /dev/inbox/{number}`: the HTML part alone, for the frame; it can run nothing and reach nothing of ours.
pub(super) async fn body(State(dev): State<Dev>, Path(number): Path<u64>) -> Response {
    let Some(kept) = dev.pages.inbox.letters().into_iter().find(|kept| kept.number == number) else {
        return ErrorPage::not_found().into_response();
    };
    let mut response = ([(CONTENT_TYPE, "text/html; charset=utf-8")], kept.letter.html).into_response();
    let csp = Csp::closed()
        .allow("style-src", "'unsafe-inline'")
        .allow("img-src", "https:")
        .allow("img-src", "data:")
        .allow("frame-ancestors", "'self'")
        .allow("sandbox", "allow-popups");
    csp.put(response.headers_mut());
    response
}
