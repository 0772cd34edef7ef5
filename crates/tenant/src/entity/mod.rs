//! Rows of the ground floor.

pub mod account;
pub mod account_token;
pub mod audit_entry;
pub mod county;
pub mod county_operator;
pub mod known_browser;
pub mod membership;
pub mod passkey;
pub mod passkey_ceremony;
pub mod platform_operator;
pub mod provider_answer;
pub mod provider_identity;
pub mod session;
pub mod tenant;
pub mod tenant_host;
pub mod tenant_key;
pub mod town_secret;
