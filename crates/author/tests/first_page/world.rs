//! The rehearsed world with services that answer everybody alike: every output claim of a call gets a value of its type.

use std::collections::BTreeMap;

use jiff::Timestamp;
use vestibule_author::rehearsal::Stage;
use vestibule_engine::claims::{DataType, Value};
use vestibule_engine::journey::world::{Answer, Call, Failure, What, World};
use vestibule_engine::kind::{Kind, Mfa};
use vestibule_engine::policy::Profile;

/// Answers of services that a policy cannot do without, by profile: partner name and text in the claim's form.
pub(crate) type Answers = &'static [(&'static str, &'static [(&'static str, &'static str)])];

/// The world.
pub(crate) struct Services {
    pub(crate) stage: Stage,
    answers: Answers,
}

impl Services {
    pub(crate) fn new(answers: Answers) -> Services {
        Services { stage: Stage::new(), answers }
    }

    /// What a service says: the table's answer, else something of each output's type.
    fn answer(&self, profile: &Profile) -> Answer {
        let own = self.answers.iter().find(|(id, _)| profile.id.eq_ignore_ascii_case(id));
        let own: BTreeMap<&str, &str> =
            own.map(|(_, values)| values.iter().copied().collect()).unwrap_or_default();
        let mut answer = Answer::empty();
        for output in &profile.outputs {
            let value = match own.get(output.partner.as_str()) {
                Some(text) => Value::parse(text, output.data_type).ok(),
                None if output.default.is_none() => something(output.data_type, &output.partner),
                None => None,
            };
            if let Some(value) = value {
                answer.give(output.partner.clone(), value);
            }
        }
        answer
    }
}

fn something(kind: DataType, name: &str) -> Option<Value> {
    let text = match kind {
        DataType::Boolean => "true".to_owned(),
        DataType::Int | DataType::Long => "1".to_owned(),
        DataType::Date => "2001-02-03".to_owned(),
        DataType::DateTime => "2026-11-24T09:00:00Z".to_owned(),
        DataType::PhoneNumber => "+14255550123".to_owned(),
        DataType::String if name.to_lowercase().contains("mail") => "ada@example.test".to_owned(),
        DataType::String | DataType::StringCollection => format!("some {name}"),
        _ => return None,
    };
    Value::parse(&text, kind).ok()
}

impl World for Services {
    async fn call(&self, call: Call<'_>) -> Result<Answer, Failure> {
        if let What::Profile { profile, .. } = &call.what {
            let stays = matches!(profile.kind, Kind::Mfa(Mfa::SendSms | Mfa::VerifySms));
            if matches!(profile.kind, Kind::Rest(_) | Kind::Mfa(_) | Kind::ConditionalAccess(_)) && !stays {
                return Ok(self.answer(profile));
            }
        }
        if let What::ReadHint { profile, .. } = &call.what {
            return Ok(self.answer(profile));
        }
        self.stage.call(call).await
    }

    fn now(&self) -> Timestamp {
        self.stage.now()
    }

    fn random(&self, bytes: &mut [u8]) {
        self.stage.random(bytes);
    }

    async fn secret(&self, container: &str) -> Option<Vec<u8>> {
        self.stage.secret(container).await
    }
}
