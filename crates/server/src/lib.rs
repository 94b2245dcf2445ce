//! The server.

pub mod applications;
pub mod chance;
pub mod clock;
pub mod commands;
pub mod config;
pub mod http;
pub mod keys;
pub mod limits;
pub mod listen;
pub mod mail;
pub mod seal;
pub mod store;
pub mod telemetry;
pub mod tls;
pub mod watch;
pub mod web;
