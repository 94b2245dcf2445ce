//! One whole sign-in over the router, in process: page, answer, end, code redeemed, refreshed. The password hash is the
//! cheapest that argon2 takes, so that what is measured is everything else.

use axum::body::Body;
use axum::http::{Request, header};
use criterion::Criterion;
use serde_json::Value;

use crate::site::{self, PASSWORD, POLICY, Reply, Site, TENANT};

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const REDIRECT: &str = "http://localhost/";

pub(crate) fn benches(criterion: &mut Criterion) {
    let runtime = site::runtime();
    let site = runtime.block_on(Site::new(site::CHEAPEST));
    runtime.block_on(site.user("ada"));
    let mut group = criterion.benchmark_group("sign_in");
    group.sample_size(50);
    group.bench_function("first page", |bencher| {
        bencher.iter(|| runtime.block_on(Browser::at_first_page(&site)).csrf.len());
    });
    group.bench_function("page, answer and code", |bencher| {
        bencher.iter(|| runtime.block_on(code(&site)));
    });
    group.bench_function("the same with the code redeemed", |bencher| {
        bencher.iter(|| runtime.block_on(tokens(&site)));
    });
    let mut refresh = runtime.block_on(tokens(&site));
    group.bench_function("refresh grant", |bencher| {
        bencher.iter(|| refresh = runtime.block_on(refreshed(&site, &refresh)));
    });
    group.finish();
}

/// A browser at a page: its cookies and what the page told it.
struct Browser<'a> {
    site: &'a Site,
    cookies: String,
    tenant_path: String,
    csrf: String,
    tx: String,
}

impl<'a> Browser<'a> {
    async fn at_first_page(site: &'a Site) -> Browser<'a> {
        let query = [
            ("client_id", site.client_id.as_str()),
            ("response_type", "code"),
            ("redirect_uri", REDIRECT),
            ("scope", "openid offline_access"),
            ("nonce", "n"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let path = format!("/{TENANT}/{POLICY}/oauth2/v2.0/authorize?{}", encode(&query));
        let reply = site.send(request("GET", &path, "").body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let (_, rest) = reply.text.split_once("var SETTINGS = ").unwrap();
        let settings = serde_json::Deserializer::from_str(rest).into_iter::<Value>().next().unwrap().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Browser {
            site,
            cookies: cookies(&reply),
            tenant_path: text(&settings["hosts"]["tenant"]),
            csrf: text(&settings["csrf"]),
            tx: text(&settings["transId"]),
        }
    }

    fn path(&self, tail: &str, more: &[(&str, &str)]) -> String {
        let mut query = more.to_vec();
        query.extend([("tx", self.tx.as_str()), ("p", POLICY)]);
        format!("{}/{tail}?{}", self.tenant_path, encode(&query))
    }

    async fn answer(&self) {
        let form = [("request_type", "RESPONSE"), ("signInName", "ada@example.com"), ("password", PASSWORD)];
        let posted = request("POST", &self.path("SelfAsserted", &[]), &self.cookies)
            .header("x-csrf-token", &self.csrf)
            .body(Body::from(encode(&form)))
            .unwrap();
        let reply = self.site.send(posted).await;
        assert!(reply.text.contains("\"200\""), "{}", reply.text);
    }

    async fn end(&self) -> String {
        let query = [("rememberMe", "false"), ("csrf_token", self.csrf.as_str())];
        let path = self.path("api/CombinedSigninAndSignup/confirmed", &query);
        let reply = self.site.send(request("GET", &path, &self.cookies).body(Body::empty()).unwrap()).await;
        let location = reply.headers.get(header::LOCATION).unwrap().to_str().unwrap();
        let url = url::Url::parse(location).unwrap();
        url.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned()
    }
}

async fn code(site: &Site) -> String {
    let browser = Browser::at_first_page(site).await;
    browser.answer().await;
    browser.end().await
}

async fn tokens(site: &Site) -> String {
    let code = code(site).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", &site.client_id),
        ("code", &code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    redeem(site, &form).await
}

async fn refreshed(site: &Site, token: &str) -> String {
    let form = [("grant_type", "refresh_token"), ("client_id", &site.client_id), ("refresh_token", token)];
    redeem(site, &form).await
}

async fn redeem(site: &Site, form: &[(&str, &str)]) -> String {
    let path = format!("/{TENANT}/{POLICY}/oauth2/v2.0/token");
    let reply = site.send(request("POST", &path, "").body(Body::from(encode(form))).unwrap()).await;
    let answer: Value = serde_json::from_str(&reply.text).unwrap();
    answer["refresh_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

fn request(method: &str, path: &str, cookies: &str) -> axum::http::request::Builder {
    let request = Request::builder().method(method).uri(path).header("host", "localhost:8080");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    if cookies.is_empty() { request } else { request.header("cookie", cookies) }
}

fn cookies(reply: &Reply) -> String {
    let lines = reply.headers.get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.filter_map(|line| line.split(';').next()).collect::<Vec<_>>().join("; ")
}

fn encode(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
