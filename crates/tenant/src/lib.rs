//! Ground floor: who is asking, for which town, and the only door to the rows.
//!
//! * [`Scope`]: a tenant and an actor, the capability every use case asks for.
//! * [`Db`] and [`TenantTx`]: the scoped transaction, the only door to tenant rows.
//! * `later`: what is inserted together with others.
//! * [`directory`]: host name or slug → tenant.
//! * [`seal`]: personal data is encrypted before it reaches a row.
//! * [`accounts`]: staff accounts, sessions and roles.
//! * [`town_secrets`]: what a town needs to sign and to sign in elsewhere.
//! * [`erasing`]: a town that leaves is deleted as a whole.
//! * [`audit`]: who did what, from where.
//! * [`kept`] and [`moment`]: what is kept in memory of a town, and how long it may be shown.
//! * `watch`: what other processes change, asked for all towns at once.
//! * [`Clock`]: time arrives as an argument.

pub mod accounts;
pub mod audit;
mod busy;
mod clock;
mod db;
pub mod directory;
pub mod entity;
pub mod erasing;
mod error;
pub mod kept;
mod later;
pub mod moment;
mod primary;
mod scope;
pub mod seal;
pub mod town_secrets;
mod watch;

pub use busy::is_deadlock;
pub use clock::{Clock, ManualClock, ShiftedClock, SystemClock};
pub use db::{Db, TenantEntity, TenantSelect, TenantTx};
pub use error::Error;
pub use scope::{Actor, Departments, Origin, Places, Reach, Role, Scope, TenantId, Way};
