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
