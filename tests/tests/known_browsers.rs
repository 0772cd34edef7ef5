//! Whoever guesses passwords from a town hall's address keeps nobody out who has signed in there before.

use serde_json::json;
use system_tests::{
    citizen::code,
    office::{Office, Server, Storage},
    on_both,
    staff::PASSWORD,
    visitor::{Answered, Visitor},
};

const MORNING: &str = "2026-11-23T08:00:00Z";

on_both!(
    who_has_signed_in_before_is_not_kept_out_by_others_from_the_same_address,
    a_browser_is_known_for_those_alone_who_have_signed_in_in_it,
    a_browser_that_guesses_itself_has_to_wait,
);

async fn altena(storage: Storage) -> (Office, Server) {
    let office = Office::at(storage, &["altena"], Some(MORNING)).await;
    for role in ["clerk", "admin"] {
        office.employ(role, "altena");
    }
    let server = office.serve().await;
    (office, server)
}

async fn sign_in(visitor: &mut Visitor, server: &Server, role: &str, password: &str) -> Answered {
    let email = format!("{role}@altena.example");
    let form = [("email", email.as_str()), ("kennwort", password), ("weiter", "")];
    visitor.post(server, "/anmelden", &form).await
}

/// A browser in which the clerk has signed in and out.
async fn known(server: &Server) -> Visitor {
    let mut visitor = Visitor::default();
    assert_eq!(sign_in(&mut visitor, server, "clerk", PASSWORD).await.status, 303);
    visitor.cookies.remove("session");
    assert!(visitor.cookies.contains_key("browser"), "{:?}", visitor.cookies);
    visitor
}

/// Tries passwords at many accounts until the address has to wait.
async fn guess(server: &Server) {
    let attempt = |at: usize| {
        format!(
            "mutation {{ signIn(email: \"guess-{at}@altena.example\", password: \"a guess\") }}"
        )
    };
    for at in 0..30 {
        let answer = server.graphql(&attempt(at), json!({})).await;
        assert_eq!(code(&answer), "WRONG_CREDENTIALS", "{answer}");
    }
    let answer = server.graphql(&attempt(30), json!({})).await;
    assert_eq!(code(&answer), "TOO_MANY_ATTEMPTS", "{answer}");
}

async fn who_has_signed_in_before_is_not_kept_out_by_others_from_the_same_address(
    storage: Storage,
) {
    let (office, server) = altena(storage).await;
    let mut own = known(&server).await;
    guess(&server).await;
    let mut other = Visitor::default();
    assert_eq!(sign_in(&mut other, &server, "clerk", PASSWORD).await.status, 429);
    other.cookies.insert("browser".to_owned(), "made-up".to_owned());
    assert_eq!(sign_in(&mut other, &server, "clerk", PASSWORD).await.status, 429);
    assert_eq!(sign_in(&mut own, &server, "clerk", PASSWORD).await.status, 303);
    // It is known by a hash, for a time, and once.
    let written = office.everything_written().await;
    let secret = own.cookies["browser"].as_bytes();
    assert!(!written.windows(secret.len()).any(|part| part == secret));
    assert_eq!(office.count("known_browser").await, 1);
    office.execute("UPDATE known_browser SET expires_at = '2026-11-23T07:59:59+00:00'").await;
    assert_eq!(sign_in(&mut own, &server, "clerk", PASSWORD).await.status, 429);
}

async fn a_browser_is_known_for_those_alone_who_have_signed_in_in_it(storage: Storage) {
    let (office, server) = altena(storage).await;
    let mut own = known(&server).await;
    let held = own.cookies["browser"].clone();
    assert_eq!(sign_in(&mut own, &server, "admin", PASSWORD).await.status, 303);
    assert_eq!(own.cookies["browser"], held, "one browser is known by one thing");
    assert_eq!(office.count("known_browser").await, 2);
    office.execute("DELETE FROM known_browser WHERE account_id = (SELECT id FROM account WHERE email = 'admin@altena.example')").await;
    guess(&server).await;
    assert_eq!(sign_in(&mut own, &server, "admin", PASSWORD).await.status, 429);
    assert_eq!(sign_in(&mut own, &server, "clerk", PASSWORD).await.status, 303);
}

async fn a_browser_that_guesses_itself_has_to_wait(storage: Storage) {
    let (_office, server) = altena(storage).await;
    let mut own = known(&server).await;
    for _ in 0..5 {
        assert_eq!(sign_in(&mut own, &server, "clerk", "a guess").await.status, 422);
    }
    assert_eq!(sign_in(&mut own, &server, "clerk", PASSWORD).await.status, 429);
    // And it alone.
    assert_eq!(sign_in(&mut Visitor::default(), &server, "clerk", PASSWORD).await.status, 303);
}
