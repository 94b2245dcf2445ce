//! A directory for tests, on every database there is, with quick hashes and a clock moved by hand.

use std::net::{IpAddr, Ipv4Addr};

use jiff::Timestamp;

use super::*;
use crate::seal::MasterKey;
use crate::store::testing::{Opened, stores};

pub(super) const TENANT: &str = "contoso.onmicrosoft.com";
pub(super) const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
pub(super) const PASSWORD: &str = "Correct-Horse-1";

pub(super) struct Bench {
    pub(super) database: &'static str,
    pub(super) directory: Directory,
    pub(super) clock: Clock,
    pub(super) opened: Opened,
    pub(super) sealer: Sealer,
}

pub(super) fn quick() -> HasherSettings {
    HasherSettings { memory_kib: 64, passes: 1, threads: 2, ..HasherSettings::default() }
}

pub(super) async fn benches() -> Vec<Bench> {
    benches_with(DirectorySettings::default()).await
}

pub(super) async fn benches_with(settings: DirectorySettings) -> Vec<Bench> {
    let mut all = Vec::new();
    for opened in stores().await {
        let clock = Clock::test(Timestamp::from_second(1_800_000_000).unwrap());
        let store = opened.store.clone();
        let sealer = Sealer::open(store.clone(), MasterKey::generate(), clock.now()).await.unwrap();
        let hasher = Hasher::start(quick()).unwrap();
        let directory = Directory::new(store, sealer.clone(), clock.clone(), hasher, settings.clone());
        all.push(Bench { database: opened.database, directory, clock, opened, sealer });
    }
    all
}

pub(super) fn by_mail(address: &str) -> Lookup {
    Lookup::SignInName { sign_in_type: Some("emailAddress".to_owned()), name: address.to_owned() }
}

/// What the starter pack's sign-up persists.
pub(super) fn sign_up(address: &str) -> Vec<Write> {
    vec![
        Write::text("signInNames.emailAddress", address),
        Write::text("password", PASSWORD),
        Write::text("displayName", "Ann"),
        Write::text("passwordPolicies", "DisablePasswordExpiration"),
    ]
}

impl Bench {
    pub(super) async fn create(&self, address: &str) -> User {
        let done = self.directory.write(TENANT, &by_mail(address), &sign_up(address), Mode::Create).await;
        done.unwrap().user
    }

    pub(super) async fn set_password(&self, user: &User, password: &str) {
        let lookup = Lookup::ObjectId(user.object_id.clone());
        let writes = [Write::text("password", password)];
        self.directory.write(TENANT, &lookup, &writes, Mode::Update).await.unwrap();
    }

    pub(super) async fn sign_in(&self, name: &str, password: &str) -> SignIn {
        self.sign_in_from(name, password, HOME, None).await
    }

    pub(super) async fn sign_in_from(
        &self,
        name: &str,
        password: &str,
        address: IpAddr,
        device: Option<&str>,
    ) -> SignIn {
        let attempt = Attempt { tenant: TENANT, name, password, address, device };
        self.directory.sign_in(&attempt).await.unwrap()
    }
}

/// The outcome's name.
pub(super) fn kind(outcome: &SignIn) -> &'static str {
    match outcome {
        SignIn::Ok { must_change: false, .. } => "ok",
        SignIn::Ok { must_change: true, .. } => "must change",
        SignIn::UnknownUser => "unknown",
        SignIn::WrongPassword => "wrong",
        SignIn::OldPassword => "old",
        SignIn::Disabled => "disabled",
        SignIn::Locked => "locked",
        SignIn::Busy { .. } => "busy",
    }
}
