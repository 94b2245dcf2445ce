//! The server.
pub mod commands;
pub mod config;
pub mod http;
pub mod listen;
pub mod mail;
pub mod tls;
