//! The two thin faces of Amtstermin, GraphQL and web pages, with configuration, telemetry and the
//! command line around them.

mod account;
mod bounces;
pub mod cli;
mod config;
mod demo;
mod embedding;
mod graphql;
mod health;
pub mod in_process;
mod jobs;
mod keys;
mod layer;
mod limits;
mod listen;
mod mail_texts;
mod openid;
mod passkeys;
mod qr;
mod retention;
mod sender_check;
mod server;
mod staff;
mod state;
mod stored;
mod telemetry;
mod template;
mod throttle;
mod town;
mod trial;
mod waiting;
mod web;
