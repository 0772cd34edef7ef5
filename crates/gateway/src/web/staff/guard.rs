//! Who may open which page. Each route says it once: [`super::desk::Desk`] and
//! [`super::desk::SignedInAccount`] hold everybody to it, and what is listed is what there is, so that
//! a test can go through all of it.

use std::fmt;

use axum::{
    Extension, Router,
    handler::Handler,
    http::Method,
    routing::{MethodFilter, on},
};
use tenant::Role;

use crate::state::AppState;

/// Whom a page is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    /// Anybody: the entrance.
    Anybody,
    /// Whoever is signed in.
    Account,
    /// The town's staff, from this role on.
    Staff(Role),
    /// Who compares the towns of the county, or runs the platform.
    County,
    /// Who runs the platform.
    Platform,
}

impl fmt::Display for For {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anybody => "anybody",
            Self::Account => "account",
            Self::Staff(role) => role.as_str(),
            Self::County => "county",
            Self::Platform => "platform",
        })
    }
}

/// The console's pages: routes, and whom each is for.
#[derive(Default)]
pub(super) struct Pages {
    router: Router<AppState>,
    listed: Vec<(Method, &'static str, For)>,
}

impl Pages {
    /// A page that is opened.
    pub(super) fn get<H, T>(self, whom: For, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.add(Method::GET, MethodFilter::GET, whom, path, handler)
    }

    /// A form that is sent.
    pub(super) fn post<H, T>(self, whom: For, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.add(Method::POST, MethodFilter::POST, whom, path, handler)
    }

    fn add<H, T>(
        mut self,
        method: Method,
        filter: MethodFilter,
        whom: For,
        path: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let guarded = on(filter, handler).route_layer(Extension(whom));
        self.router = self.router.route(path, guarded);
        self.listed.push((method, path, whom));
        self
    }

    /// The routes.
    pub(super) fn into_router(self) -> Router<AppState> {
        self.router
    }

    /// A line for each page: method, address, whom it is for.
    pub(super) fn lines(&self, prefix: &str) -> Vec<String> {
        let lines = self.listed.iter();
        lines.map(|(method, path, whom)| format!("{method} {prefix}{path} {whom}")).collect()
    }
}
