//! Members of a town's staff at the API.

use serde_json::{Value, json};

use crate::{
    office::{Office, Server},
    visitor::Visitor,
};

/// Of everybody who is employed by [`Office::employ`].
pub const PASSWORD: &str = "a-long-password-for-staff";

/// Somebody with a role in a town, signed in.
#[derive(Debug)]
pub struct Member {
    token: String,
}

impl Office {
    /// Gives `{role}@{town}.example` a role in a town.
    pub fn employ(&self, role: &str, town: &str) {
        let email = format!("{role}@{town}.example");
        self.succeed_with_input(&["staff", &email, town, role], PASSWORD);
    }
}

impl Member {
    /// Signs `{role}@{town}.example` in.
    pub async fn of(server: &Server, role: &str, town: &str) -> Self {
        let document = format!(
            "mutation {{ signIn(email: \"{role}@{town}.example\", password: \"{PASSWORD}\") }}"
        );
        let answer = server.graphql(&document, json!({})).await;
        let token = answer["data"]["signIn"].as_str().expect("a session").to_owned();
        Self { token }
    }

    /// The same person before the pages.
    #[must_use]
    pub fn at_a_browser(&self) -> Visitor {
        let mut visitor = Visitor::default();
        visitor.cookies.insert("session".to_owned(), self.token.clone());
        visitor
    }

    /// The session's token.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Asks the API; returns the whole answer.
    pub async fn ask(&self, server: &Server, document: &str, variables: Value) -> Value {
        server.graphql_as(Some(&self.token), document, variables).await
    }

    /// Asks for one root field, which must be answered; returns its value.
    pub async fn get(&self, server: &Server, document: &str, variables: Value) -> Value {
        let mut answer = self.ask(server, document, variables).await;
        assert!(answer["errors"].is_null(), "{answer}");
        let data = answer["data"].as_object_mut().expect("data");
        data.values_mut().next().expect("a field").take()
    }
}
