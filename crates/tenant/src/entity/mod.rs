//! Rows of the ground floor.

pub mod account;
pub mod audit_entry;
pub mod county;
pub mod membership;
pub mod session;
pub mod tenant;
pub mod tenant_host;
pub mod tenant_key;
