//! The server.
pub mod commands;
pub mod config;
pub mod http;
pub mod mail;
