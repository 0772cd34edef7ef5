//! A tenant and an actor: the capability every use case asks for.

use std::{collections::BTreeSet, net::IpAddr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Error;

/// Identity of a town on the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TenantId(pub Uuid);

impl std::fmt::Display for TenantId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What a member of staff may do in one town; each role includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Looks, changes nothing.
    Reader,
    /// Runs the counter day and books for callers.
    Clerk,
    /// Changes the town's set-up.
    Admin,
}

impl Role {
    /// The word kept in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Clerk => "clerk",
            Self::Admin => "admin",
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Role {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        [Self::Reader, Self::Clerk, Self::Admin]
            .into_iter()
            .find(|role| role.as_str() == word)
            .ok_or_else(|| Error::Corrupt(format!("no such role: {word}")))
    }
}

/// The locations to which a role is limited; none means that it is not. Kept in place rather than in
/// a list, so that a scope stays a plain value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Places([Option<Uuid>; Places::MOST]);

impl Places {
    /// A role is limited to at most so many locations.
    pub const MOST: usize = 6;

    /// The role holds everywhere.
    pub const EVERYWHERE: Self = Self([None; Self::MOST]);

    /// Only these; everywhere where none is named.
    ///
    /// # Errors
    /// [`Error::TooManyPlaces`].
    pub fn only(locations: &[Uuid]) -> Result<Self, Error> {
        let mut places = Self::EVERYWHERE;
        let locations: BTreeSet<Uuid> = locations.iter().copied().collect();
        if locations.len() > Self::MOST {
            return Err(Error::TooManyPlaces);
        }
        for (place, location) in places.0.iter_mut().zip(locations) {
            *place = Some(location);
        }
        Ok(places)
    }

    /// The locations; empty where the role is not limited.
    #[must_use]
    pub fn all(&self) -> Vec<Uuid> {
        self.0.iter().flatten().copied().collect()
    }

    /// Whether the role holds at a location.
    #[must_use]
    pub fn include(&self, location: Uuid) -> bool {
        *self == Self::EVERYWHERE || self.0.contains(&Some(location))
    }
}

/// The departments to which a role is limited, by their slugs; none means that it is not. Kept in
/// place as [`Places`] are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Departments([Option<Name>; Departments::MOST]);

/// A slug: its length and its letters.
type Name = (u8, [u8; Departments::LONGEST]);

impl Departments {
    /// A role is limited to at most so many departments.
    pub const MOST: usize = 6;

    /// Longest slug, in letters.
    const LONGEST: usize = 60;

    /// The role holds for all.
    pub const ALL: Self = Self([None; Self::MOST]);

    /// Only these; all where none is named.
    ///
    /// # Errors
    /// [`Error::TooManyDepartments`], [`Error::Corrupt`] for what is no slug.
    pub fn only<'a>(slugs: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        let mut departments = Self::ALL;
        let mut free = departments.0.iter_mut();
        for slug in slugs.into_iter().collect::<BTreeSet<&str>>() {
            let (mut letters, bytes) = ([0; Self::LONGEST], slug.as_bytes());
            let fits = letters.get_mut(..bytes.len()).zip(u8::try_from(bytes.len()).ok());
            let (place, length) = fits.ok_or_else(|| Error::Corrupt("no slug".to_owned()))?;
            place.copy_from_slice(bytes);
            *free.next().ok_or(Error::TooManyDepartments)? = Some((length, letters));
        }
        Ok(departments)
    }

    /// Their slugs; empty where the role is not limited.
    pub fn slugs(&self) -> impl Iterator<Item = &str> {
        let names = self.0.iter().flatten();
        names.filter_map(|(length, letters)| {
            std::str::from_utf8(letters.get(..usize::from(*length))?).ok()
        })
    }

    /// Whether the role holds for a department.
    #[must_use]
    pub fn include(&self, slug: &str) -> bool {
        *self == Self::ALL || self.slugs().any(|own| own == slug)
    }
}

/// Where a role holds: at which locations, and for which departments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// At which locations.
    pub places: Places,
    /// For which departments.
    pub departments: Departments,
}

/// By which way a member of staff asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The console's pages.
    Page,
    /// The API.
    Api,
}

impl Way {
    /// The word kept in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Api => "api",
        }
    }
}

impl std::str::FromStr for Way {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        [Self::Page, Self::Api]
            .into_iter()
            .find(|way| way.as_str() == word)
            .ok_or_else(|| Error::Corrupt(format!("no such way: {word}")))
    }
}

/// From where a member of staff asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The client's address; none where a proxy in front does not tell one.
    pub address: Option<IpAddr>,
    /// By which way.
    pub way: Way,
}

/// Who is asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant)] // a plain value, and copied once for a transaction
pub enum Actor {
    /// Anyone on the town's public pages.
    Citizen,
    /// A signed-in member of the town's staff.
    Staff {
        /// The account.
        account: Uuid,
        /// Its role in this town.
        role: Role,
        /// Where the role holds.
        reach: Reach,
        /// From where that person asks. Citizens' addresses are never kept.
        from: Origin,
    },
    /// Who runs the platform, and founds or shuts towns.
    Operator {
        /// The account.
        account: Uuid,
        /// From where that person asks.
        from: Origin,
    },
    /// The platform itself: workers and the command line.
    System,
}

impl std::fmt::Display for Actor {
    /// As written to the audit log: no personal data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Citizen => f.write_str("citizen"),
            Self::Staff { account, .. } => write!(f, "staff:{account}"),
            Self::Operator { account, .. } => write!(f, "operator:{account}"),
            Self::System => f.write_str("system"),
        }
    }
}

/// One town and who is asking there. Rows are reached only through a transaction opened from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The town.
    pub tenant: TenantId,
    /// Who is asking.
    pub actor: Actor,
}

impl Scope {
    /// A citizen in `tenant`.
    #[must_use]
    pub fn citizen(tenant: TenantId) -> Self {
        Self { tenant, actor: Actor::Citizen }
    }

    /// The platform itself in `tenant`.
    #[must_use]
    pub fn system(tenant: TenantId) -> Self {
        Self { tenant, actor: Actor::System }
    }

    /// From where staff or an operator asks; nobody else's address is looked at.
    #[must_use]
    pub fn origin(&self) -> Option<Origin> {
        match self.actor {
            Actor::Staff { from, .. } | Actor::Operator { from, .. } => Some(from),
            Actor::Citizen | Actor::System => None,
        }
    }

    /// Where the actor works: everywhere, but for staff whose role is limited.
    #[must_use]
    pub fn places(&self) -> Places {
        self.reach().places
    }

    /// For which departments the actor works: for all, but for staff whose role is limited.
    #[must_use]
    pub fn departments(&self) -> Departments {
        self.reach().departments
    }

    fn reach(&self) -> Reach {
        match self.actor {
            Actor::Staff { reach, .. } => reach,
            Actor::Citizen | Actor::Operator { .. } | Actor::System => Reach::default(),
        }
    }

    /// Whether staff (or the platform itself) is asking.
    #[must_use]
    pub fn is_staff(&self) -> bool {
        !matches!(self.actor, Actor::Citizen)
    }

    /// Passes when the actor has at least `needed`.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for citizens and for lesser roles.
    pub fn require(&self, needed: Role) -> Result<(), Error> {
        match self.actor {
            Actor::Operator { .. } | Actor::System => Ok(()),
            Actor::Staff { role, .. } if role >= needed => Ok(()),
            Actor::Staff { .. } | Actor::Citizen => Err(Error::Forbidden),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_limited_to_some_departments_or_to_none() {
        let own = Departments::only(["standesamt", "kfz-zulassung"]).unwrap();
        assert_eq!(own.slugs().collect::<Vec<_>>(), ["kfz-zulassung", "standesamt"]);
        let again = ["kfz-zulassung", "standesamt", "kfz-zulassung"];
        assert_eq!(Departments::only(again).unwrap(), own, "in any order, however often");
        assert!(own.include("standesamt") && !own.include("stand") && !own.include("buergerbuero"));
        assert!(Departments::only([]).unwrap().include("buergerbuero"));
        let seven = ["a", "b", "c", "d", "e", "f", "g"];
        assert!(matches!(Departments::only(seven), Err(Error::TooManyDepartments)));
        assert!(Departments::only(["x".repeat(61).as_str()]).is_err());
    }
}
