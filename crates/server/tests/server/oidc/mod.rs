//! OpenID Connect over HTTP.

mod authorize;
mod channels;
mod documents;
mod sessions;
mod sign_out;
mod stories;
mod tokens;
mod user_info;
