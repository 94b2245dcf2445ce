//! OpenID Connect over HTTP.

mod attacks;
mod authorize;
mod channels;
mod codes;
mod documents;
mod extensions;
mod grants;
mod sessions;
mod sign_out;
mod stories;
mod tokens;
mod user_info;

/// The members of a token answer that has everything, in the cloud's order (protocols 3).
const MEMBERS: [&str; 13] = [
    "access_token",
    "id_token",
    "token_type",
    "not_before",
    "expires_in",
    "expires_on",
    "resource",
    "id_token_expires_in",
    "profile_info",
    "scope",
    "refresh_token",
    "refresh_token_expires_in",
    "client_info",
];
