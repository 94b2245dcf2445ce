//! A server without sockets for the benches: real parts, a database in a folder of its own, our policies.

use std::path::{Path, PathBuf};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;
use vestibule::app::Shared;
use vestibule::applications::{self, Application, ClientKind, RedirectKind, RedirectUri};
use vestibule::clock::Clock;
use vestibule::config::{Config, DevArguments, SecretDigest};
use vestibule::directory::{Lookup, Mode, Write};
use vestibule::{serving, web};

pub(crate) const TENANT: &str = "vestibule.onmicrosoft.com";
pub(crate) const POLICY: &str = "B2C_1A_SignUpOrSignIn";
pub(crate) const PASSWORD: &str = "Correct-Horse1";

/// The least that argon2 takes: what is measured then is everything else.
pub(crate) const CHEAPEST: (u32, u32) = (8, 1);

/// The server.
pub(crate) struct Site {
    pub(crate) app: Shared,
    pub(crate) client_id: String,
    router: Router,
    _folder: tempfile::TempDir,
}

/// An answer.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

impl Site {
    pub(crate) async fn new((memory_kib, passes): (u32, u32)) -> Site {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir_all(&data).unwrap();
        let arguments = DevArguments {
            policies: policies(),
            environment: None,
            listen: "127.0.0.1:8080".parse().unwrap(),
            data,
            tls: false,
            names: Vec::new(),
            client_id: None,
            redirect_uris: Vec::new(),
            smtp: None,
            trace_file: None,
            rate_limits: false,
            lenient: false,
        };
        let mut config = Config::dev(&arguments, TENANT, SecretDigest([0; 32])).unwrap();
        config.hashing.memory_kib = memory_kib;
        config.hashing.passes = passes;
        config.hashing.threads = 1;
        let app = serving::prepare(config, Clock::System, None).await.unwrap();
        let mut application = Application::new(TENANT, "Bench", ClientKind::Public);
        let uri = "http://localhost/".to_owned();
        application.redirect_uris = vec![RedirectUri { kind: RedirectKind::Native, uri }];
        applications::put(&app.store, &application, app.clock.now()).await.unwrap();
        let router = web::routes::router(&app);
        Site { app, client_id: application.client_id, router, _folder: folder }
    }

    pub(crate) async fn user(&self, name: &str) {
        let address = format!("{name}@example.com");
        let lookup = Lookup::SignInName { sign_in_type: Some("emailAddress".into()), name: address };
        let writes = [Write::text("displayName", name), Write::text("password", PASSWORD)];
        self.app.directory.write(TENANT, &lookup, &writes, Mode::Create).await.unwrap();
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = to_bytes(body, 1 << 22).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Reply { status: parts.status, headers: parts.headers, text }
    }
}

fn policies() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies")
}
