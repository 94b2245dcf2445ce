//! Every key of the configuration file: one row per setting.
//!
//! The rows decide which keys are known (others are reported with did-you-mean), supply the example in
//! "is missing", and print docs/configuration.md. A reader that asks for a key without a row fails in tests.

/// One setting.
pub(super) struct Key {
    pub(super) name: &'static str,
    /// Written as it stands in TOML; for sections, what the section is for.
    pub(super) example: &'static str,
    /// `required`, or the value that holds when the key is absent.
    pub(super) default: &'static str,
    pub(super) about: &'static str,
}

const fn key(name: &'static str, example: &'static str, default: &'static str, about: &'static str) -> Key {
    Key { name, example, default, about }
}

const fn part(name: &'static str, about: &'static str) -> Key {
    Key { name, example: "", default: "", about }
}

/// Headings with their keys, in the order of the documentation. `[[x]]` may be repeated.
pub(super) const SECTIONS: &[(&str, &[Key])] = &[
    ("[server]", SERVER),
    ("[database]", DATABASE),
    ("[keys]", KEYS),
    ("[[tenant]]", TENANT),
    ("[tenant.mail]", TENANT_MAIL),
    ("[tenant.brand]", TENANT_BRAND),
    ("[tenant.templates]", TENANT_TEMPLATES),
    ("[[application]]", APPLICATION),
    ("[application.redirect_uris]", REDIRECT_URIS),
    ("[application.api]", APPLICATION_API),
    ("[smtp]", SMTP),
    ("[sms]", SMS),
    ("[limits]", LIMITS),
    ("[hashing]", HASHING),
    ("[lockout]", LOCKOUT),
    ("[session]", SESSION),
    ("[behaviour]", BEHAVIOUR),
    ("[openid]", OPENID),
    ("[outbound]", OUTBOUND),
    ("[log]", LOG),
    ("[lints]", LINTS),
];

pub(super) const ROOT: &[Key] = &[
    part("server", "Public address, listener, TLS or trusted proxies."),
    part("database", "Where users, applications, keys, journeys and sessions are kept."),
    part("keys", "The master key, under which everything secret is sealed at rest."),
    part("tenant", "A tenant and its policies; repeat the heading for more."),
    part("application", "An application that signs people in; repeat the heading for more."),
    part("smtp", "The mail server that carries codes and notices."),
    part("sms", "The gateway that carries codes by text message and call."),
    part("limits", "How often one client may ask. Limits answer 429 with `Retry-After`."),
    part("hashing", "Cost of password hashes (argon2id) and the threads that may compute them."),
    part("lockout", "When tries with a wrong password lock an account, and for how long."),
    part("session", "Journeys under way, browser sessions and their cookies."),
    part("behaviour", "Named differences from the cloud; the defaults are the safe ones."),
    part(
        "openid",
        "What the server can do beyond the cloud. Each is off, and in no discovery document, until it is turned on.",
    ),
    part("outbound", "Requests that the server itself makes: page templates, REST profiles."),
    part("log", "What is written to standard error."),
    part(
        "lints",
        "What `vestibule check` says beyond errors: each entry is a code (`V1011`), a name (`unused-claim-type`) or a family (`comments`, `unused`, `journeys`, `security`, `passwords`, `patterns`, `pages`, `traps`). A single lint may differ from its family; what is named nowhere keeps its own level, and the list of docs/diagnostics says what each finds. In a policy, `<!-- vestibule: allow V1011 (reason) -->` on an element, or before the root element, does the same for one place.",
    ),
];

pub(super) const SERVER: &[Key] = &[
    key(
        "public_url",
        "\"https://login.example.com\"",
        "required",
        "The origin that browsers and applications see. Every link, issuer and cookie is built from it, never from a request's headers. `https`, except on loopback.",
    ),
    key(
        "more_public_urls",
        "[\"https://contoso.b2clogin.com\"]",
        "[]",
        "Further origins under which the same server answers, such as a `b2clogin.com` name that applications still use.",
    ),
    key("listen", "\"0.0.0.0:8443\"", "\"127.0.0.1:8080\"", "Address and port to listen on."),
    key(
        "tls_certificate",
        "\"/etc/vestibule/fullchain.pem\"",
        "none",
        "Certificate chain in PEM, leaf first. Read anew when the file changes.",
    ),
    key("tls_key", "\"/etc/vestibule/privkey.pem\"", "none", "Private key of the certificate in PEM."),
    key(
        "trusted_proxies",
        "[\"10.0.0.0/8\"]",
        "[]",
        "Networks whose `X-Forwarded-For` is believed. With them the server may listen without TLS; from everyone else the header is ignored.",
    ),
    key(
        "health_networks",
        "[\"10.20.0.0/16\"]",
        "loopback and private",
        "Networks from which `/health/…` answers; for everyone else there is nothing there.",
    ),
    key("connections", "4000", "4000", "Most connections open at once; further ones wait to be accepted."),
    key(
        "header_seconds",
        "10",
        "10",
        "A connection that has not sent its request's head by then is closed; the same for the TLS handshake.",
    ),
    key("body_seconds", "30", "30", "A request whose body has not come whole by then is given up."),
    key("idle_seconds", "60", "60", "A connection on which nothing moved for so long is closed."),
    key("drain_seconds", "20", "20", "After SIGTERM requests under way may take so long to finish."),
];

pub(super) const DATABASE: &[Key] = &[
    key(
        "url",
        "\"postgres://vestibule@db/vestibule\"",
        "required",
        "`sqlite:PATH` (one machine; the file is made if absent) or `postgres://USER:PASSWORD@HOST/NAME`.",
    ),
    key(
        "connections",
        "8",
        "4 with SQLite, 16 with PostgreSQL",
        "Connections kept: for reading with SQLite, which always has one more for writing; for everything with PostgreSQL.",
    ),
    key(
        "audit_days",
        "90",
        "365",
        "Entries of the audit log older than so many days are removed; 0 keeps them for ever.",
    ),
];

pub(super) const KEYS: &[Key] = &[
    key(
        "master_key",
        "{ file = \"/etc/vestibule/master.key\" }",
        "required",
        "32 random bytes in base64. What it seals is lost with it: policy keys, saved claims and sessions. See docs/keys.md.",
    ),
    key(
        "previous_master_keys",
        "[{ file = \"/etc/vestibule/master.old\" }]",
        "[]",
        "Older master keys that may still open what they sealed, while the master key is being changed.",
    ),
];

pub(super) const TENANT: &[Key] = &[
    key(
        "name",
        "\"contoso.onmicrosoft.com\"",
        "required",
        "The tenant's name as the policies' `TenantId` says it.",
    ),
    key(
        "id",
        "\"3f2c0a4e-6f0b-4c58-9f5e-2f6d1f0c7a11\"",
        "required",
        "The tenant's GUID: `tid`, `{Policy:TenantObjectId}` and part of the issuer. Keep the cloud tenant's when moving.",
    ),
    key(
        "policies",
        "\"policies\"",
        "required",
        "Folder with the policy files. Relative paths start at the configuration file.",
    ),
    key(
        "environment",
        "\"Production\"",
        "the first",
        "Which environment of the `appsettings.json` in or above the policies' folder fills their `{Settings:…}`. `serve --environment` goes before it.",
    ),
    key(
        "language",
        "\"en\"",
        "\"en\"",
        "Language of pages and mails where neither request nor policy names one.",
    ),
    part("mail", "Whom mails come from and what they are called."),
    part("brand", "Name, picture and colours for the built-in page templates."),
    part("templates", "Where a policy's `LoadUri` may point."),
];

pub(super) const TENANT_MAIL: &[Key] = &[
    key("from", "\"no-reply@example.com\"", "required with [smtp]", "Sender address of this tenant's mails."),
    key(
        "name",
        "\"Contoso\"",
        "the brand's name",
        "Sender name of this tenant's mails, and the name in their text.",
    ),
    key(
        "subject",
        "\"Your Contoso code\"",
        "by language",
        "Subject of the code mail. The code itself is put before it.",
    ),
];

pub(super) const TENANT_BRAND: &[Key] = &[
    key("name", "\"Contoso\"", "the tenant's name up to its first dot", "The name people know."),
    key(
        "logo",
        "\"https://cdn.example.com/logo.svg\"",
        "none",
        "`https` address of a logo for pages and mails.",
    ),
    key(
        "tokens",
        "{ accent = \"#0b57d0\", radius = \"8px\" }",
        "{}",
        "Design tokens of the built-in templates without their `--v-`: accent, accent-text, ground, surface, text, muted, line, danger, success, radius, font, logo, background-image.",
    ),
    key("dark_tokens", "{ accent = \"#a8c7fa\" }", "{}", "The same where the browser asks for dark."),
];

pub(super) const TENANT_TEMPLATES: &[Key] = &[
    key(
        "hosts",
        "[\"pages.example.com\"]",
        "[]",
        "Hosts from which page templates may be fetched besides the public ones that loaded policies name. A host with a private address must stand here.",
    ),
    key("folders", "[\"/srv/pages\"]", "[]", "Local folders from which `LoadUri` may take templates."),
];

pub(super) const APPLICATION: &[Key] = &[
    key(
        "client_id",
        "\"8f6c2a0e-4b3d-4e7a-9a51-0d2b7c9e1f34\"",
        "required",
        "The application's id. Keep the cloud registration's when moving.",
    ),
    key("name", "\"Shop\"", "required", "Shown in lists and logs."),
    key("tenant", "\"contoso.onmicrosoft.com\"", "the only tenant", "Name of the tenant it belongs to."),
    part("redirect_uris", "Where tokens may be sent, by kind of application."),
    key(
        "secrets",
        "[\"sha256:…\"]",
        "[]",
        "SHA-256 of each secret, as `printf %s SECRET | sha256sum` prints it; ` until 2027-01-31` or a full time behind it ends the secret. With neither secrets nor `client_keys` the application is public.",
    ),
    key(
        "client_keys",
        "[\"shop.pem\", \"shop.jwks.json\"]",
        "[]",
        "Files with the public keys or certificates (PEM, JWK, JWK set) that sign the application's assertions; needs `private_key_jwt` under `[openid]`.",
    ),
    key(
        "implicit_id_token",
        "true",
        "false",
        "May receive an id token straight from the authorize endpoint.",
    ),
    key(
        "implicit_access_token",
        "true",
        "false",
        "May receive an access token straight from the authorize endpoint.",
    ),
    part("api", "The web API that the application is, if it is one."),
    key(
        "delegated_permissions",
        "[\"https://contoso.onmicrosoft.com/api/read\"]",
        "[]",
        "Scopes of APIs that it may ask for in the name of its users; `URI/.default` is all of an API. Its own need no permission.",
    ),
    key(
        "application_permissions",
        "[\"https://contoso.onmicrosoft.com/api/Orders.Read\"]",
        "[]",
        "Roles of APIs that it has in its own name, for client credentials; `URI/.default` is all of an API.",
    ),
    key("policies", "[\"B2C_1A_signup_signin\"]", "all", "Policies the application may use."),
    key(
        "logout_url",
        "\"https://shop.example.com/signed-out\"",
        "none",
        "Loaded in a hidden frame when a session that the application took part in ends.",
    ),
    key(
        "backchannel_logout_url",
        "\"https://shop.example.com/backchannel\"",
        "none",
        "Gets a logout token when a session that the application took part in ends, where `session.backchannel_logout` is on. `https`, or `http` on this machine; a private address must stand in `outbound.allow`.",
    ),
    key(
        "password_grant",
        "true",
        "false",
        "May send names and passwords to the token endpoint. Only for applications that cannot be changed.",
    ),
    key(
        "lift_pkce",
        "true",
        "false",
        "Lets a public application redeem codes without PKCE, or with the method `plain`. Only for applications that cannot be changed.",
    ),
    key(
        "userinfo_token",
        "true",
        "false",
        "`openid` alone gets it an access token for UserInfo, as OpenID Connect has it and the cloud has not.",
    ),
    key(
        "id_token_algorithm",
        "\"ES256\"",
        "that of the policy's active key",
        "Signs its id tokens: `RS256`, `PS256`, `ES256` or `EdDSA`. The policy's key container must hold a key for it.",
    ),
    key(
        "object_id",
        "\"0b7c1f52-22a4-4c5e-9a36-1f0e6f0b6a77\"",
        "made from tenant and client id",
        "`sub` and `oid` of its client-credentials tokens. Keep the cloud's service principal's when moving.",
    ),
    key("disabled", "true", "false", "Refuses it everywhere (AADB2C90092) without forgetting it."),
];

pub(super) const APPLICATION_API: &[Key] = &[
    key("uri", "\"https://contoso.onmicrosoft.com/api\"", "required", "Identifier URI of the API."),
    key("scopes", "[\"read\", \"write\"]", "[]", "Names of its scopes; asked for as `URI/NAME`."),
    key(
        "roles",
        "[\"Orders.Read\"]",
        "[]",
        "Names of the roles that applications can have in their own name (client credentials).",
    ),
];

pub(super) const REDIRECT_URIS: &[Key] = &[
    key(
        "web",
        "[\"https://shop.example.com/signin\"]",
        "[]",
        "Server-side applications, which keep a secret.",
    ),
    key(
        "spa",
        "[\"https://shop.example.com/\"]",
        "[]",
        "Applications in the browser: codes with PKCE, token endpoint with CORS.",
    ),
    key(
        "native",
        "[\"http://localhost\", \"msal8f6c2a0e://auth\"]",
        "[]",
        "Installed applications; any port of a loopback address matches.",
    ),
];

pub(super) const SMTP: &[Key] = &[
    key(
        "url",
        "\"smtp://mail.example.com:587\"",
        "required",
        "`smtp://HOST[:PORT]` (port 587, STARTTLS required), `smtps://HOST[:PORT]` (port 465). `?starttls=opportunistic` or `?starttls=never` weakens it.",
    ),
    key("user", "\"vestibule\"", "none", "User name for the mail server."),
    key(
        "password",
        "{ env = \"SMTP_PASSWORD\" }",
        "none",
        "Password for the mail server; best not written into this file.",
    ),
    key(
        "ca_file",
        "\"/etc/vestibule/mail-ca.pem\"",
        "none",
        "Certificate authority of the mail server in PEM, beside the public ones.",
    ),
    key("seconds", "10", "10", "Time for one mail in all: connecting, greeting, sending, trying again."),
    key("tries", "3", "3", "Tries for one mail when the server answers with a passing error."),
    key("hello_name", "\"login.example.com\"", "the public URL's host", "Name told in EHLO."),
];

pub(super) const LIMITS: &[Key] = &[
    key("enabled", "true", "true", "Turns all rate limits off at once."),
    key("pages_per_minute", "240", "240", "Page requests and posts of one client address."),
    key("sign_ins_per_minute", "30", "30", "Tries with a password of one client address."),
    key("sign_ins_per_minute_network", "120", "120", "Tries with a password of one network (/24, /64)."),
    key("tokens_per_minute", "600", "600", "Token requests of one client address."),
    key("codes_per_hour_mailbox", "10", "10", "One-time codes for one mail address or telephone number."),
    key("codes_per_hour", "20", "20", "One-time codes asked for by one client address."),
    key(
        "codes_per_hour_range",
        "30",
        "30",
        "Messages and calls to telephone numbers that differ in their last four digits alone.",
    ),
];

pub(super) const HASHING: &[Key] = &[
    key("memory_kib", "19456", "19456", "Memory of one hash in KiB (OWASP: 19456)."),
    key("passes", "2", "2", "Passes over the memory (OWASP: 2)."),
    key("threads", "2", "number of cores", "Hashes computed at once; each thread keeps its memory."),
    key("queue_seconds", "5", "5", "A sign-in that waited so long for a thread gets 503 with `Retry-After`."),
];

pub(super) const LOCKOUT: &[Key] = &[
    key("tries", "10", "10", "Wrong passwords in a row before an account is locked."),
    key("first_seconds", "60", "60", "Length of the first lock; each further one is longer."),
    key("longest_seconds", "18000", "18000", "No lock is longer."),
];

pub(super) const SESSION: &[Key] = &[
    key("journey_seconds", "3600", "3600", "A sign-in begun and not finished is forgotten after this."),
    key("single_sign_on_seconds", "86400", "86400", "Life of a browser session where the policy sets none."),
    key(
        "frames",
        "true",
        "true",
        "Cookies work when other sites frame the pages or post to them (`SameSite=None; Secure`). `false` makes them `Lax`.",
    ),
    key(
        "end_with_password",
        "false",
        "true",
        "A new password ends all browser sessions of the user, on every machine. `false` leaves them, as the cloud does; refresh tokens and codes end either way.",
    ),
    key(
        "frontchannel_logout",
        "true",
        "false",
        "OpenID Connect Front-Channel Logout 1.0: at sign-out every application of the session that has a `logout_url` is loaded in a frame, the asking one too, with `iss` and `sid`; id tokens carry `sid`; discovery says so. `false` is the cloud's way: the others' addresses only, as they are, where the policy's JWT issuer names a session profile of its own.",
    ),
    key(
        "backchannel_logout",
        "true",
        "false",
        "OpenID Connect Back-Channel Logout 1.0: at sign-out, and when a new password ends a user's sessions, every application of the session that has a `backchannel_logout_url` gets a logout token; id tokens carry `sid`; discovery says so.",
    ),
];

pub(super) const BEHAVIOUR: &[Key] = &[
    key(
        "equal_messages",
        "true",
        "false",
        "An unknown account and a wrong password get the same message, whatever the policy writes.",
    ),
    key(
        "trim_spaces_in_password",
        "false",
        "true",
        "Pages trim outer spaces of passwords as the cloud's do; then no route may set a password that has them.",
    ),
    key(
        "open_logout_redirect",
        "true",
        "false",
        "Sign-out follows any `post_logout_redirect_uri`, as the cloud does without `id_token_hint`. An open redirect.",
    ),
    key(
        "hintless_sign_out",
        "true",
        "false",
        "Where a policy has `EnforceIdTokenHintOnLogout`, a request that names no address to return to ends the session without a hint, and a page says so. The cloud refuses it (AADB2C90272).",
    ),
    key("ask_before_sign_out", "true", "false", "Sign-out without `id_token_hint` asks the person first."),
    key(
        "refresh_reuse_grace_seconds",
        "10",
        "10",
        "A refresh token used again within this time yields the same successor; later its family is revoked.",
    ),
    key(
        "refuse_markup",
        "true",
        "false",
        "Markup in a page's fields is refused (AADB2C90122), not merely shown as text.",
    ),
    key(
        "lenient_policies",
        "true",
        "false",
        "Upload rules that real deployments break in profiles nothing runs only warn, as in `vestibule check --lenient`; what cannot run as it is written fails when a journey reaches it. For policies on the move that cannot be repaired yet.",
    ),
    key(
        "error_line_breaks",
        "false",
        "true",
        "The lines of an `error_description` end in CR LF, as the cloud's do and its samples expect; RFC 6749 allows neither, so for clients that insist a space may stand instead.",
    ),
    key(
        "response_issuer",
        "true",
        "false",
        "Answers of the authorization endpoint carry `iss` (RFC 9207), which the cloud does not send; discovery says so.",
    ),
    key(
        "standard_claims",
        "true",
        "false",
        "The standard claims of OpenID Connect go out as its chapters 5.4 and 5.5 say: by the scopes `profile`, `email`, `address`, `phone` and the parameter `claims`, from UserInfo, and from the id token only where no access token is issued or it was asked by name. Otherwise every claim of the relying party stands in every token, as in the cloud. Discovery announces what can then be asked for.",
    ),
    key(
        "refuse_common_passwords",
        "true",
        "false",
        "Passwords that are guessed first, and those that only repeat a person's name or address or the product's name, cannot be set.",
    ),
    key(
        "common_passwords",
        "\"/etc/vestibule/passwords.txt\"",
        "none",
        "Further passwords for `refuse_common_passwords`, one a line, beside the 19,000 that are built in.",
    ),
    key(
        "conditional_access",
        "\"/etc/vestibule/risk.toml\"",
        "none",
        "Rules for conditional access profiles: a TOML file of `[[rule]]` with `networks`, `not_networks`, `users`, `applications`, `policies` and `challenge` (`block`, `mfa`, `chg_pwd`). Without it no sign-in is challenged.",
    ),
];

pub(super) const OPENID: &[Key] = &[
    key(
        "private_key_jwt",
        "true",
        "false",
        "Clients may prove themselves by an assertion that one of their registered keys signed (RFC 7523), in place of a secret.",
    ),
    key("revocation", "true", "false", "Endpoint at which clients revoke their tokens (RFC 7009)."),
    key(
        "introspection",
        "true",
        "false",
        "Endpoint at which APIs and clients with a secret ask whether a token lives (RFC 7662).",
    ),
];

pub(super) const SMS: &[Key] = &[
    key(
        "url",
        "\"https://sms.example.com/send\"",
        "required",
        "Each message is posted here as JSON: `kind` (`sms` or `call`), `to`, `text`, `language`, `correlationId`; a message has its `code`, a call asks for the pound key and has `answer`, where the gateway posts `{\"answered\": true}` or `false`, signed the same way. 2xx: taken; 4xx: this number cannot be reached; anything else: try again later.",
    ),
    key(
        "secret",
        "\"${SMS_SECRET}\"",
        "required",
        "Signs each request: `X-Vestibule-Signature` is `sha256=` and the HMAC of `X-Vestibule-Timestamp`, a dot and the body.",
    ),
    key("seconds", "10", "10", "Time for one message."),
    key(
        "countries",
        "[\"DE\", \"AT\"]",
        "[]",
        "ISO 3166 codes of the countries whose numbers may be written to or called; empty: all.",
    ),
    key(
        "any_number",
        "false",
        "false",
        "Also numbers of premium, satellite and unassigned ranges, which cost more than they prove.",
    ),
];

pub(super) const OUTBOUND: &[Key] = &[
    key(
        "allow",
        "[\"intranet.example.com\"]",
        "[]",
        "Hosts that may be reached although their address is private, link-local or loopback, and that REST profiles may call without TLS.",
    ),
    key(
        "ca_file",
        "\"/etc/vestibule/ca.pem\"",
        "none",
        "Further certificate authorities in PEM, beside the public ones.",
    ),
    key("connect_seconds", "5", "5", "Time to connect."),
    key("template_seconds", "5", "5", "Time to fetch a page template; after it the built-in page is shown."),
    key("template_bytes", "1048576", "1048576", "Largest page template."),
    key("rest_seconds", "10", "30", "Time for one try of a REST profile, everything included."),
    key(
        "insights_url",
        "\"https://dc.services.visualstudio.com/v2/track\"",
        "none",
        "Where events of Application Insights profiles are sent, a few together; they are lines of the log in any case.",
    ),
    key(
        "rest_tries",
        "1",
        "3",
        "Tries of a REST profile while no answer comes; an answer, whatever it says, is the last. A service sees the same `Idempotency-Key` in each.",
    ),
];

pub(super) const LOG: &[Key] = &[
    key("format", "\"json\"", "\"text\"", "`text` or `json`; one line an event either way."),
    key(
        "level",
        "\"info\"",
        "\"info\"",
        "`error`, `warn`, `info`, `debug` or `trace`. No level shows a secret.",
    ),
];

pub(super) const LINTS: &[Key] = &[
    key("allow", "[\"unused\"]", "[]", "Lints that are not reported."),
    key("note", "[\"V1251\"]", "[]", "Lints that are reported as notes."),
    key(
        "warn",
        "[\"V1309\"]",
        "[]",
        "Lints that are reported as warnings, also those that are off by default.",
    ),
    key("deny", "[\"security\"]", "[]", "Lints that make `vestibule check` fail."),
];
