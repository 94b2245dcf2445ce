//! The phone page's messages and calls (technical-profiles 13).
//!
//! In: a number in E.164 and how it is proven, later the code, or nothing but the question whether the call was confirmed. Out:
//! nothing, `answered`, or a refusal in the page's own words. Codes and calls are bound to the journey, its page and the
//! number (attack 29).

use vestibule_engine::claims::Value;
use vestibule_engine::journey::world::{Answer, Carrier, Failure, Refusal};

use super::codes::{self, Place, Terms, Tried};
use super::numbers::{self, Undelivered, Voice};
use super::{Context, failed};
use crate::calls::{self, Heard};
use crate::chance;
use crate::sms::Proof;

const DIGITS: usize = 6;
const SECONDS: u32 = 600;

/// Sends a code to a number, or calls it; what was sent before on this page counts no more.
pub async fn dial(
    context: Context<'_>,
    number: &str,
    carrier: Carrier,
    tries: u32,
) -> Result<Answer, Failure> {
    let refuse = |why| Failure::from(refusal(why, carrier));
    numbers::allow(context, number).map_err(refuse)?;
    let voice = Voice::of(context);
    let page = context.page();
    match carrier {
        Carrier::Message => {
            let code = chance::digits(DIGITS);
            let place = Place { page: &page, what: "phone page" };
            let terms = Terms { seconds: SECONDS, tries };
            codes::keep(context, place, (number, &code), terms).await.map_err(failed)?;
            numbers::deliver(context, number, Proof::Code(&code), &voice).await.map_err(refuse)?;
        }
        Carrier::Call => {
            let (app, tenant) = (context.app, context.tenant);
            let place = format!("{page}|{number}");
            let token =
                calls::ring(&app.store, &tenant.name, &place, app.clock.now()).await.map_err(failed)?;
            let answer = answer_address(context, &token);
            numbers::deliver(context, number, Proof::PoundKey(&answer), &voice).await.map_err(refuse)?;
        }
    }
    Ok(Answer::empty())
}

/// Where the gateway posts that the key was pressed; without a gateway, where the developer presses it.
fn answer_address(context: Context<'_>, token: &str) -> String {
    let config = &context.app.config;
    let origin = config.server.public_url.as_str().trim_end_matches('/');
    match config.sms {
        Some(_) => format!("{origin}/gateway/{}/call/{token}", context.tenant.id),
        None => format!("{origin}/dev/call/{token}"),
    }
}

fn refusal(why: Undelivered, carrier: Carrier) -> Refusal {
    match (why, carrier) {
        (Undelivered::Throttled, Carrier::Message) => Refusal::key(90244, "error_sms_throttled"),
        (Undelivered::Throttled, Carrier::Call) => Refusal::key(90244, "error_phone_throttled"),
        (Undelivered::Unreachable, _) => Refusal::key(90161, "error_448"),
        (Undelivered::Failed, _) => Refusal::key(90161, "error_tryagain"),
    }
}

/// Checks the code that was sent to a number.
pub async fn check(context: Context<'_>, number: &str, code: &str) -> Result<Answer, Failure> {
    let page = context.page();
    let place = Place { page: &page, what: "phone page" };
    match codes::attempt(context, place, (number, code)).await.map_err(failed)? {
        Tried::Right => Ok(Answer::empty()),
        Tried::Wrong | Tried::Expired => Err(Refusal::key(90156, "error_incorrect_code").into()),
        Tried::Dead => Err(Refusal::key(90151, "error_449").into()),
    }
}

/// Whether the call to a number was confirmed.
pub async fn hear(context: Context<'_>, number: &str) -> Result<Answer, Failure> {
    let place = format!("{}|{number}", context.page());
    let (app, tenant) = (context.app, context.tenant);
    let mut answer = Answer::empty();
    match calls::hear(&app.store, &tenant.name, &place, app.clock.now()).await.map_err(failed)? {
        Heard::Confirmed => answer.give("answered", Value::Boolean(true)),
        Heard::Ringing => {}
        Heard::Failed => return Err(Refusal::key(90155, "error_448").into()),
    }
    Ok(answer)
}
