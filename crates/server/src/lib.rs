//! The server.

pub mod chance;
pub mod clock;
pub mod commands;
pub mod config;
pub mod http;
pub mod limits;
pub mod listen;
pub mod mail;
pub mod store;
pub mod telemetry;
pub mod tls;
pub mod watch;
pub mod web;
