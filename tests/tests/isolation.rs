//! No row crosses a tenant. The lists are taken from the database and from the schema, so a new
//! table or field without a case here fails.

use std::collections::BTreeSet;

use sea_orm::{
    ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement, TransactionTrait as _,
};
use serde_json::{Value, json};
use system_tests::{
    citizen::PNG,
    identity::{CLIENT, Identity, Person, SECRET},
    office::{Office, Server, Storage},
    on_both,
    visitor::{Visitor, path_of},
};

on_both!(
    root_fields_refuse_what_belongs_to_another_town,
    fields_for_staff_open_from_their_role_on,
    fields_for_staff_open_for_limited_clerks_as_far_as_they_reach,
    fields_for_staff_stay_shut_for_operators_of_counties_and_the_platform,
);

const NOON: &str = "2026-11-23T11:00:00Z";

/// Both towns with a booking, a request's rows where a town takes requests, and a clerk each.
async fn two_busy_towns(storage: Storage) -> (Office, Server) {
    let identity = Identity::start(NOON).await;
    let provider = format!(
        "hold_minutes = 10\nstaff_provider = {{ name = \"P\", issuer = \"{}\", client_id = \"{CLIENT}\" }}",
        identity.issuer
    );
    let mut office = Office::at(storage, &["lengerich"], Some(NOON)).await;
    office.configure("ALLOW_PRIVATE_TARGETS", "true");
    let other = system_tests::office::shipped("lengerich")
        .replace("slug = \"lengerich\"", "slug = \"tecklenburg\"")
        .replace(
            "status = \"live\"",
            "status = \"live\"\nmail_from = \"a@tecklenburg.example\"\nhosts = [\"termine.tecklenburg.example\"]",
        )
        .replace("hold_minutes = 10", &provider);
    office.import(&other);
    let own = system_tests::office::shipped("lengerich").replace(
        "status = \"live\"",
        "status = \"live\"\nmail_from = \"a@lengerich.example\"\nhosts = [\"termine.lengerich.example\"]",
    );
    office.import(&own.replace("hold_minutes = 10", &provider));
    for town in ["lengerich", "tecklenburg"] {
        for role in ["clerk", "admin"] {
            let email = format!("{role}@{town}.example");
            office.succeed_with_input(&["staff", &email, town, role], "a long password\n");
        }
    }
    let server = office.serve().await;
    for town in ["lengerich", "tecklenburg"] {
        configure(&server, town).await;
        sign_in_elsewhere(&server, &identity, town).await;
        let location = location(&server, town).await;
        let book = format!(
            "mutation {{ bookAppointment(town: \"{town}\", basket: [{{ service: \"umzug\" }}], location: {location},
             startsAt: \"2026-11-24T07:00:00Z\", idempotencyKey: \"a-booking-in-each\", contact: {{ name: \"E\", email: \"e@example.org\" }}) {{ secret }} }}"
        );
        let answer = server.graphql(&book, json!({})).await;
        assert!(answer["errors"].is_null(), "{answer}");
        let request = format!(
            "mutation {{ requestAppointment(town: \"{town}\", basket: [{{ service: \"eheschliessung\" }}],
             wishes: [{{ date: \"2026-12-01\", from: \"08:00\", to: \"10:00\" }}], idempotencyKey: \"a-request-in-each\",
             contact: {{ name: \"E\", email: \"e@example.org\" }}) {{ secret }} }}"
        );
        let overview = format!(
            "mutation {{ requestMyAppointments(town: \"{town}\", email: \"e@example.org\") }}"
        );
        for document in [request, wait(town), overview] {
            let answer = server.graphql(&document, json!({})).await;
            assert!(answer["errors"].is_null(), "{answer}");
        }
        // A place that was given back is a row of its own for a while.
        let second =
            book.replace("T07:00", "T09:00").replace("a-booking-in-each", "one-to-be-given-back");
        let answer = server.graphql(&second, json!({})).await;
        let cancel = format!(
            "mutation {{ cancelAppointment(town: \"{town}\", appointment: {{ secret: {} }}) {{ status }} }}",
            answer["data"]["bookAppointment"]["secret"]
        );
        let answer = server.graphql(&cancel, json!({})).await;
        assert!(answer["errors"].is_null(), "{answer}");
        clerks_work(&server, town).await;
    }
    (office, server)
}

/// A clerk who signs in at the town's own provider.
async fn sign_in_elsewhere(server: &Server, identity: &Identity, town: &str) {
    identity.signs_in(Person::with("one-of-the-clerks", &format!("clerk@{town}.example")));
    let mut visitor = Visitor::default();
    let left = visitor.get(server, &format!("/{town}/anmelden/anbieter")).await;
    let back = visitor.get(server, &left.location).await;
    let signed_in = visitor.get(server, path_of(&back.location)).await;
    assert_eq!(signed_in.status, 303, "{}", signed_in.body);
}

/// What only an admin adds: a picture, and the secret of the town's provider.
async fn configure(server: &Server, town: &str) {
    let sign_in = format!(
        "mutation {{ signIn(email: \"admin@{town}.example\", password: \"a long password\") }}"
    );
    let token = server.graphql(&sign_in, json!({})).await["data"]["signIn"].clone();
    let token = token.as_str().expect("a token");
    let upload = format!("mutation {{ uploadLogo(town: \"{town}\", picture: \"{PNG}\") }}");
    let keep = format!(
        "mutation {{ keepProviderSecret(town: \"{town}\", side: STAFF, secret: {}) }}",
        json!(SECRET)
    );
    for document in [upload, keep] {
        let answer = server.graphql_as(Some(token), &document, json!({})).await;
        assert!(answer["errors"].is_null(), "{answer}");
    }
}

/// Joins the waiting list for times at which the town is closed.
fn wait(town: &str) -> String {
    format!(
        "mutation {{ joinWaitingList(town: \"{town}\", basket: [{{ service: \"umzug\" }}],
         wish: {{ first: \"2026-12-01\", last: \"2026-12-20\", from: \"03:00\", to: \"04:00\" }},
         idempotencyKey: \"a-wish-in-each-town\", contact: {{ name: \"E\", email: \"e@example.org\" }}) {{ secret }} }}"
    )
}

/// A clerk's note at the town's booking, and a closing that moves it.
async fn clerks_work(server: &Server, town: &str) {
    let token = clerk(server, town).await;
    let find = format!(
        "{{ findAppointments(town: \"{town}\", words: \"e@example.org\") {{ appointments {{ id }} }} }}"
    );
    let found = server.graphql_as(Some(&token), &find, json!({})).await;
    let id = &found["data"]["findAppointments"]["appointments"][0]["id"];
    let note = format!(
        "mutation {{ noteAppointment(town: \"{town}\", appointment: {id}, text: \"brings a dog\") }}"
    );
    // A closing keeps what it has changed.
    let place = location(server, town).await;
    let close = format!(
        "mutation {{ closeLocation(town: \"{town}\", location: {place}, affected: MOVE,
         closure: {{ from: \"2026-11-24\", to: \"2026-11-24\", counters: [\"platz-1\", \"platz-2\"] }}) {{ id }} }}"
    );
    for document in [note, close] {
        let answer = server.graphql_as(Some(&token), &document, json!({})).await;
        assert!(answer["errors"].is_null(), "{answer}");
    }
}

async fn clerk(server: &Server, town: &str) -> String {
    member(server, "clerk", town).await
}

async fn member(server: &Server, role: &str, town: &str) -> String {
    let sign_in = format!(
        "mutation {{ signIn(email: \"{role}@{town}.example\", password: \"a long password\") }}"
    );
    let answer = server.graphql(&sign_in, json!({})).await;
    answer["data"]["signIn"].as_str().expect("a token").to_owned()
}

async fn location(server: &Server, town: &str) -> Value {
    let query = format!("{{ town(town: \"{town}\") {{ locations {{ id }} }} }}");
    server.graphql(&query, json!({})).await["data"]["town"]["locations"][0]["id"].clone()
}

async fn strings(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.expect(sql);
    rows.iter().map(|row| row.try_get_by_index(0).expect("a text")).collect()
}

#[tokio::test]
async fn every_tenant_table_hides_and_refuses_the_rows_of_another_town() {
    let (office, _server) = two_busy_towns(Storage::Postgres).await;
    let owner = Database::connect(office.owner_url()).await.expect("PostgreSQL");
    let runtime = Database::connect(office.database_url()).await.expect("PostgreSQL");
    let towns = strings(&owner, "SELECT id::text FROM tenant ORDER BY slug").await;
    let (own, foreign) = (&towns[0], &towns[1]);
    let tables = strings(
        &owner,
        "SELECT table_name::text FROM information_schema.columns
         WHERE table_schema = 'public' AND column_name = 'tenant_id' ORDER BY 1",
    )
    .await;
    assert!(tables.len() >= 12, "{tables:?}");
    for (table, key) in
        tables.iter().map(|table| (table.as_str(), "tenant_id")).chain([("tenant", "id")])
    {
        let there = strings(
            &owner,
            &format!("SELECT count(*)::text FROM {table} WHERE {key} = '{foreign}'"),
        )
        .await;
        assert_ne!(there, ["0"], "{table}: the case needs a row of the other town");

        let tx = runtime.begin().await.expect("a transaction");
        let scope = format!("SELECT set_config('app.tenant_id', '{own}', true)");
        tx.execute_unprepared(&scope).await.expect("a scope");
        let seen = tx
            .query_one_raw(Statement::from_string(
                DbBackend::Postgres,
                format!("SELECT count(*) FROM {table} WHERE {key} <> '{own}'"),
            ))
            .await
            .expect("a count")
            .expect("a row");
        assert_eq!(
            seen.try_get_by_index::<i64>(0).expect("a number"),
            0,
            "{table} shows foreign rows"
        );
        let stolen =
            tx.execute_unprepared(&format!("UPDATE {table} SET {key} = '{foreign}'")).await;
        assert!(stolen.is_err(), "{table} takes a row for another town");
        drop(tx);

        let unscoped = runtime
            .query_one_raw(Statement::from_string(
                DbBackend::Postgres,
                format!("SELECT count(*) FROM {table}"),
            ))
            .await
            .expect("a count")
            .expect("a row");
        assert_eq!(
            unscoped.try_get_by_index::<i64>(0).expect("a number"),
            0,
            "{table} without a scope"
        );
    }
    let loose = strings(
        &owner,
        "SELECT c.relname::text FROM pg_class c JOIN information_schema.columns i ON i.table_name = c.relname
         WHERE i.column_name = 'tenant_id' AND c.relkind = 'r' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)",
    )
    .await;
    assert!(loose.is_empty(), "without forced row-level security: {loose:?}");
}

#[tokio::test]
async fn the_runtime_role_is_neither_owner_nor_superuser() {
    let office = Office::with_towns(Storage::Postgres, &[]).await;
    let owner = Database::connect(office.owner_url()).await.expect("PostgreSQL");
    let powers = "SELECT (rolsuper OR rolbypassrls OR rolcreaterole)::text FROM pg_roles WHERE rolname LIKE 'amtstermin%'";
    let powers = strings(&owner, powers).await;
    assert!(powers.len() >= 4 && powers.iter().all(|power| power == "false"), "{powers:?}");
    let owned = "SELECT tablename::text FROM pg_tables WHERE tableowner LIKE 'amtstermin%'";
    assert!(strings(&owner, owned).await.is_empty());
}

/// What each root field answers when things of Lengerich are brought to Tecklenburg; `None` for
/// fields that look into no town or show only what is public.
fn foreign_cases(
    location: &Value,
    secret: &Value,
    request: &Value,
    waiting: &Value,
    hold: &Value,
    handshake: &Value,
) -> Vec<(&'static str, Option<(String, &'static str)>)> {
    let town = "town: \"tecklenburg\"";
    let file = json!(
        system_tests::office::shipped("lengerich")
            .replace("slug = \"lengerich\"", "slug = \"tecklenburg\"")
    );
    let basket = "basket: [{ service: \"umzug\" }]";
    let contact = "contact: { name: \"E\", email: \"e@example.org\" }";
    let case = |document: String, code| Some((document, code));
    vec![
        ("towns", None),
        ("town", None),
        // A random number, which tells nothing of the town but that it asks for a solution.
        ("challenge", None),
        ("signIn", None),
        ("signOut", None),
        // These work on the account that is signed in, or on none.
        ("forgotPassword", None),
        ("choosePassword", None),
        ("enrolSecondFactor", None),
        ("activateSecondFactor", None),
        ("changePassword", None),
        ("removeSecondFactor", None),
        ("me", None),
        ("myPasskeys", None),
        ("beginPasskey", None),
        ("addPasskey", None),
        ("removePasskey", None),
        ("beginPasskeySignIn", None),
        ("signInWithPasskey", None),
        (
            "joinWaitingList",
            case(
                format!(
                    "mutation {{ joinWaitingList({town}, {basket}, wish: {{ locations: [{location}], first: \"2026-11-24\", last: \"2026-12-24\" }}, idempotencyKey: \"brought-from-elsewhere\", {contact}) {{ code }} }}"
                ),
                "UNKNOWN_LOCATION",
            ),
        ),
        (
            "appointmentToConfirm",
            case(
                format!("{{ appointmentToConfirm({town}, secret: {secret}) {{ secret }} }}"),
                "UNKNOWN_APPOINTMENT",
            ),
        ),
        (
            "confirmAppointment",
            case(
                format!("mutation {{ confirmAppointment({town}, secret: {secret}) {{ code }} }}"),
                "UNKNOWN_APPOINTMENT",
            ),
        ),
        (
            "myAppointments",
            case(
                format!("{{ myAppointments({town}, secret: {secret}) {{ secret }} }}"),
                "UNKNOWN_APPOINTMENT",
            ),
        ),
        // Tells nobody anything, and mails to the town's own citizens only.
        ("requestMyAppointments", None),
        (
            "storedData",
            case(format!("{{ storedData({town}, secret: {secret}) }}"), "UNKNOWN_APPOINTMENT"),
        ),
        (
            "eraseAppointment",
            case(
                format!("mutation {{ eraseAppointment({town}, secret: {secret}) }}"),
                "UNKNOWN_APPOINTMENT",
            ),
        ),
        (
            "waiting",
            case(format!("{{ waiting({town}, secret: {waiting}) {{ code }} }}"), "UNKNOWN_APPOINTMENT"),
        ),
        (
            "takeOffer",
            case(
                format!("mutation {{ takeOffer({town}, secret: {waiting}) {{ code }} }}"),
                "UNKNOWN_APPOINTMENT",
            ),
        ),
        (
            "passOffer",
            case(format!("mutation {{ passOffer({town}, secret: {waiting}) }}"), "UNKNOWN_APPOINTMENT"),
        ),
        (
            "leaveWaitingList",
            case(
                format!("mutation {{ leaveWaitingList({town}, secret: {waiting}) }}"),
                "UNKNOWN_APPOINTMENT",
            ),
        ),
        ("townKeys", case(format!("{{ townKeys({town}) {{ hasSmsSecret }} }}"), "FORBIDDEN")),
        (
            "keepSmsSecret",
            case(format!("mutation {{ keepSmsSecret({town}, secret: \"x\") }}"), "FORBIDDEN"),
        ),
        (
            "signInProviders",
            case(format!("{{ signInProviders({town}) {{ name }} }}"), "FORBIDDEN"),
        ),
        (
            "checkProvider",
            case(format!("{{ checkProvider({town}, issuer: \"https://localhost\") }}"), "FORBIDDEN"),
        ),
        (
            "keepProviderSecret",
            case(
                format!("mutation {{ keepProviderSecret({town}, side: STAFF, secret: \"x\") }}"),
                "FORBIDDEN",
            ),
        ),
        // Begins what everybody may begin; another town's handshake ends nowhere.
        ("leaveForProvider", None),
        (
            "signInByProvider",
            case(
                format!("mutation {{ signInByProvider({town}, handshake: {handshake}, state: \"x\", code: \"x\") }}"),
                "FOREIGN_ANSWER",
            ),
        ),
        (
            "readProvidedContact",
            case(
                format!("mutation {{ readProvidedContact({town}, handshake: {handshake}, state: \"x\", code: \"x\") {{ name }} }}"),
                "FOREIGN_ANSWER",
            ),
        ),
        ("deadLetters", case(format!("{{ deadLetters({town}) {{ id }} }}"), "FORBIDDEN")),
        (
            "previewMail",
            case(format!("{{ previewMail({town}, mail: {{ kind: MISSED }}) {{ text }} }}"), "FORBIDDEN"),
        ),
        (
            "sendTestMail",
            case(format!("mutation {{ sendTestMail({town}, mail: {{ kind: MISSED }}) }}"), "FORBIDDEN"),
        ),
        (
            "resendMail",
            case(format!("mutation {{ resendMail({town}, mail: {location}) }}"), "FORBIDDEN"),
        ),
        (
            "resendAllMails",
            case(format!("mutation {{ resendAllMails({town}) }}"), "FORBIDDEN"),
        ),
        (
            "uploadLogo",
            case(
                format!("mutation {{ uploadLogo({town}, picture: \"{PNG}\") }}"),
                "FORBIDDEN",
            ),
        ),
        ("staff", case(format!("{{ staff({town}) {{ email }} }}"), "FORBIDDEN")),
        (
            "inviteStaff",
            case(
                format!(
                    "mutation {{ inviteStaff({town}, email: \"e@example.org\", role: READER) {{ email }} }}"
                ),
                "FORBIDDEN",
            ),
        ),
        (
            "changeStaff",
            case(format!("mutation {{ changeStaff({town}, account: {location}) }}"), "FORBIDDEN"),
        ),
        ("platformTowns", case("{ platformTowns { slug } }".to_owned(), "FORBIDDEN")),
        ("embedding", case(format!("{{ embedding({town}) {{ link }} }}"), "FORBIDDEN")),
        (
            "offeredServices",
            case(format!("{{ offeredServices({town}, from: \"catalogue\") {{ slug }} }}"), "FORBIDDEN"),
        ),
        (
            "affectedByClosure",
            case(
                format!(
                    "{{ affectedByClosure({town}, location: {location}, closure: {{ from: \"2026-11-24\", to: \"2026-11-24\" }}) {{ code }} }}"
                ),
                "FORBIDDEN",
            ),
        ),
        (
            "countyUsage",
            case(
                "{ countyUsage(county: \"05566\", since: \"2026-11-01T00:00:00Z\", until: \"2026-12-01T00:00:00Z\") { events } }".to_owned(),
                "FORBIDDEN",
            ),
        ),
        (
            "countyTemplate",
            case("{ countyTemplate(county: \"05566\") { text } }".to_owned(), "FORBIDDEN"),
        ),
        (
            "publishCountyTemplate",
            case(
                "mutation { publishCountyTemplate(county: \"05566\", version: 0, file: \"format = 1\") }".to_owned(),
                "FORBIDDEN",
            ),
        ),
        (
            "templateChanges",
            case(format!("{{ templateChanges({town}) {{ service }} }}"), "FORBIDDEN"),
        ),
        (
            "takeTemplateChanges",
            case(
                format!("mutation {{ takeTemplateChanges({town}, version: 1, template: 1, changes: []) }}"),
                "FORBIDDEN",
            ),
        ),
        (
            "takeServices",
            case(
                format!(
                    "mutation {{ takeServices({town}, version: 1, from: \"lengerich\", services: [\"umzug\"]) }}"
                ),
                "FORBIDDEN",
            ),
        ),
        (
            "foundTown",
            case(
                "mutation { foundTown(name: \"Stadt Ahlen\", ags: \"05570004\", county: \"Kreis Warendorf\", email: \"e@example.org\") }".to_owned(),
                "FORBIDDEN",
            ),
        ),
        (
            "inviteAdmin",
            case(
                format!("mutation {{ inviteAdmin({town}, email: \"e@example.org\") }}"),
                "FORBIDDEN",
            ),
        ),
        (
            "suspendTown",
            case(format!("mutation {{ suspendTown({town}, suspended: true) }}"), "FORBIDDEN"),
        ),
        (
            "deleteTown",
            case(
                format!("mutation {{ deleteTown({town}, confirm: \"tecklenburg\") }}"),
                "FORBIDDEN",
            ),
        ),
        (
            "freeSlots",
            case(
                format!(
                    "{{ freeSlots({town}, {basket}, location: {location}, from: \"2026-11-24\", to: \"2026-11-24\") {{ nextFreeDate }} }}"
                ),
                "UNKNOWN_LOCATION",
            ),
        ),
        (
            "appointment",
            case(
                format!("{{ appointment({town}, secret: {secret}) {{ code }} }}"),
                "UNKNOWN_APPOINTMENT",
            ),
        ),
        (
            "calendarFile",
            case(format!("{{ calendarFile({town}, secret: {secret}) }}"), "UNKNOWN_APPOINTMENT"),
        ),
        (
            "request",
            case(
                format!("{{ request({town}, secret: {request}) {{ code }} }}"),
                "UNKNOWN_APPOINTMENT",
            ),
        ),
        (
            "appointments",
            case(
                format!(
                    "{{ appointments({town}, from: \"2026-11-24\", to: \"2026-11-24\") {{ endCursor }} }}"
                ),
                "FORBIDDEN",
            ),
        ),
        (
            "holdSlot",
            case(
                format!(
                    "mutation {{ holdSlot({town}, {basket}, location: {location}, startsAt: \"2026-11-24T08:00:00Z\") {{ token }} }}"
                ),
                "UNKNOWN_LOCATION",
            ),
        ),
        (
            "bookAppointment",
            case(
                format!(
                    "mutation {{ bookAppointment({town}, {basket}, location: {location}, startsAt: \"2026-11-24T08:00:00Z\", idempotencyKey: \"brought-from-elsewhere\", {contact}) {{ secret }} }}"
                ),
                "UNKNOWN_LOCATION",
            ),
        ),
        (
            "requestAppointment",
            case(
                format!(
                    "mutation {{ requestAppointment({town}, basket: [{{ service: \"eheschliessung\" }}], location: {location}, wishes: [{{ date: \"2026-12-01\", from: \"08:00\", to: \"10:00\" }}], idempotencyKey: \"brought-from-elsewhere\", {contact}) {{ secret }} }}"
                ),
                "UNKNOWN_LOCATION",
            ),
        ),
        (
            "cancelAppointment",
            case(
                format!(
                    "mutation {{ cancelAppointment({town}, appointment: {{ secret: {secret} }}) {{ code }} }}"
                ),
                "UNKNOWN_APPOINTMENT",
            ),
        ),
        (
            "rescheduleAppointment",
            case(
                format!(
                    "mutation {{ rescheduleAppointment({town}, appointment: {{ secret: {secret} }}, location: {location}, startsAt: \"2026-11-24T08:00:00Z\") {{ code }} }}"
                ),
                "UNKNOWN_APPOINTMENT",
            ),
        ),
        (
            "markAppointment",
            case(
                format!(
                    "mutation {{ markAppointment({town}, appointment: {location}, status: ARRIVED) {{ code }} }}"
                ),
                "FORBIDDEN",
            ),
        ),
        (
            "acceptRequest",
            case(
                format!(
                    "mutation {{ acceptRequest({town}, request: {location}, location: {location}, startsAt: \"2026-11-24T08:00:00Z\") {{ code }} }}"
                ),
                "FORBIDDEN",
            ),
        ),
        (
            "proposeTime",
            case(
                format!(
                    "mutation {{ proposeTime({town}, request: {location}, location: {location}, startsAt: \"2026-11-24T08:00:00Z\") {{ code }} }}"
                ),
                "FORBIDDEN",
            ),
        ),
        (
            "takeProposal",
            case(
                format!("mutation {{ takeProposal({town}, secret: {request}) {{ code }} }}"),
                "UNKNOWN_APPOINTMENT",
            ),
        ),
        (
            "passProposal",
            case(
                format!("mutation {{ passProposal({town}, secret: {request}) }}"),
                "UNKNOWN_APPOINTMENT",
            ),
        ),
        (
            "correctContact",
            case(
                format!("mutation {{ correctContact({town}, appointment: {location}) {{ code }} }}"),
                "FORBIDDEN",
            ),
        ),
        (
            "stopSms",
            case(
                format!("mutation {{ stopSms({town}, secret: {request}) }}"),
                "UNKNOWN_APPOINTMENT",
            ),
        ),
        (
            "withdrawRequest",
            case(
                format!("mutation {{ withdrawRequest({town}, secret: {request}) }}"),
                "UNKNOWN_APPOINTMENT",
            ),
        ),
        (
            "declineRequest",
            case(
                format!("mutation {{ declineRequest({town}, request: {location}) }}"),
                "FORBIDDEN",
            ),
        ),
        (
            "daySheet",
            case(
                format!(
                    "{{ daySheet({town}, location: {location}, date: \"2026-11-24\") {{ name }} }}"
                ),
                "FORBIDDEN",
            ),
        ),
        (
            "senderCheck",
            case(format!("{{ senderCheck({town}) {{ state }} }}"), "FORBIDDEN"),
        ),
        (
            "retiredLocations",
            case(format!("{{ retiredLocations({town}) {{ id }} }}"), "FORBIDDEN"),
        ),
        (
            "weekSheet",
            case(
                format!(
                    "{{ weekSheet({town}, location: {location}, date: \"2026-11-24\") {{ date }} }}"
                ),
                "FORBIDDEN",
            ),
        ),
        (
            "findAppointments",
            case(format!("{{ findAppointments({town}, words: \"m\") {{ more }} }}"), "FORBIDDEN"),
        ),
        ("pulse", case(format!("{{ pulse({town}) }}"), "FORBIDDEN")),
        (
            "requestById",
            case(format!("{{ requestById({town}, request: {location}) {{ code }} }}"), "FORBIDDEN"),
        ),
        ("openRequests", case(format!("{{ openRequests({town}) {{ code }} }}"), "FORBIDDEN")),
        (
            "closeLocation",
            case(
                format!(
                    "mutation {{ closeLocation({town}, location: {location}, affected: CANCEL, closure: {{ from: \"2026-11-24\", to: \"2026-11-24\" }}) {{ left {{ code }} }} }}"
                ),
                "FORBIDDEN",
            ),
        ),
        (
            "appointmentNote",
            case(
                format!("{{ appointmentNote({town}, appointment: {{ secret: {secret} }}) {{ text }} }}"),
                "UNKNOWN_APPOINTMENT",
            ),
        ),
        (
            "noteAppointment",
            case(
                format!("mutation {{ noteAppointment({town}, appointment: {location}, text: \"n\") }}"),
                "FORBIDDEN",
            ),
        ),
        (
            "undoableClosings",
            case(format!("{{ undoableClosings({town}) {{ id }} }}"), "FORBIDDEN"),
        ),
        (
            "undoClosing",
            case(
                format!("mutation {{ undoClosing({town}, closing: {location}) {{ left {{ id }} }} }}"),
                "FORBIDDEN",
            ),
        ),
        (
            "standingClosures",
            case(format!("{{ standingClosures({town}) {{ id }} }}"), "FORBIDDEN"),
        ),
        (
            "liftClosure",
            case(format!("mutation {{ liftClosure({town}, closure: {location}) }}"), "FORBIDDEN"),
        ),
        ("townFile", case(format!("{{ townFile({town}) {{ text }} }}"), "FORBIDDEN")),
        (
            "setUpHistory",
            case(format!("{{ setUpHistory({town}) {{ version }} }}"), "FORBIDDEN"),
        ),
        (
            "auditLog",
            case(
                format!(
                    "{{ auditLog({town}, from: \"2026-11-01T00:00:00Z\", to: \"2026-12-01T00:00:00Z\") {{ action }} }}"
                ),
                "FORBIDDEN",
            ),
        ),
        ("auditActors", case(format!("{{ auditActors({town}) }}"), "FORBIDDEN")),
        (
            "changeSetUp",
            case(
                format!("mutation {{ changeSetUp({town}, version: 1, file: {file}) }}"),
                "FORBIDDEN",
            ),
        ),
        (
            "appointmentsOutside",
            case(format!("{{ appointmentsOutside({town}) {{ id }} }}"), "FORBIDDEN"),
        ),
        (
            "settleOutside",
            case(
                format!("mutation {{ settleOutside({town}, outside: {{ appointments: [], then: MOVE }}) {{ id }} }}"),
                "FORBIDDEN",
            ),
        ),
        ("releaseHold", case(format!("mutation {{ releaseHold({town}, token: {hold}) }}"), "none")),
    ]
}

async fn root_fields_refuse_what_belongs_to_another_town(storage: Storage) {
    let (_office, server) = two_busy_towns(storage).await;
    let own = location(&server, "lengerich").await;
    // Repeated submits give the secrets of the prepared booking and request.
    let book = format!(
        "mutation {{ bookAppointment(town: \"lengerich\", basket: [{{ service: \"umzug\" }}], location: {own}, startsAt: \"2026-11-24T07:00:00Z\", idempotencyKey: \"a-booking-in-each\", contact: {{ name: \"E\", email: \"e@example.org\" }}) {{ secret }} }}"
    );
    let secret =
        server.graphql(&book, json!({})).await["data"]["bookAppointment"]["secret"].clone();
    let request = "mutation { requestAppointment(town: \"lengerich\", basket: [{ service: \"eheschliessung\" }], wishes: [{ date: \"2026-12-01\", from: \"08:00\", to: \"10:00\" }], idempotencyKey: \"a-request-in-each\", contact: { name: \"E\", email: \"e@example.org\" }) { secret } }";
    let request =
        server.graphql(request, json!({})).await["data"]["requestAppointment"]["secret"].clone();
    let hold = format!(
        "mutation {{ holdSlot(town: \"lengerich\", basket: [{{ service: \"umzug\" }}], location: {own}, startsAt: \"2026-11-24T08:00:00Z\") {{ token }} }}"
    );
    let hold = server.graphql(&hold, json!({})).await["data"]["holdSlot"]["token"].clone();
    let waiting = server.graphql(&wait("lengerich"), json!({})).await;
    let waiting = waiting["data"]["joinWaitingList"]["secret"].clone();
    assert!(secret.is_string() && request.is_string() && hold.is_string() && waiting.is_string());

    let leave = "mutation { leaveForProvider(town: \"lengerich\", side: STAFF) { handshake } }";
    let handshake = server.graphql(leave, json!({})).await["data"]["leaveForProvider"].clone();
    let handshake = &handshake["handshake"];
    assert!(handshake.is_string());

    let cases = foreign_cases(&own, &secret, &request, &waiting, &hold, handshake);
    let schema = server
        .graphql(
            "{ __schema { queryType { fields { name } } mutationType { fields { name } } } }",
            json!({}),
        )
        .await;
    let known: BTreeSet<&str> = cases.iter().map(|(name, _)| *name).collect();
    let fields: BTreeSet<&str> = ["queryType", "mutationType"]
        .iter()
        .flat_map(|kind| schema["data"]["__schema"][kind]["fields"].as_array().expect("fields"))
        .map(|field| field["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(fields, known, "every root field needs a case here");

    for role in ["clerk", "admin"] {
        let token = member(&server, role, "lengerich").await;
        for (name, case) in &cases {
            if let Some((document, code)) = case {
                let answer = server.graphql_as(Some(&token), document, json!({})).await;
                let found = answer["errors"][0]["extensions"]["code"].as_str().unwrap_or("none");
                assert_eq!(found, *code, "{name} as {role}: {answer}");
            }
        }
    }
    let still = format!("{{ appointment(town: \"lengerich\", secret: {secret}) {{ status }} }}");
    assert_eq!(server.graphql(&still, json!({})).await["data"]["appointment"]["status"], "BOOKED");
}

const ROLES: [&str; 3] = ["reader", "clerk", "admin"];

/// Those who run the platform and a county, with the one that they run.
const OPERATORS: [(&str, Option<&str>); 2] = [("platform", None), ("county", Some("05566"))];

/// From which role on a field for staff opens in its own town; `county` and `platform` for those who
/// run them, of whom the platform's may what the county's may. Those that are not named here open for
/// admins.
const OPENS: [(&str, &[&str]); 4] = [
    (
        "reader",
        &[
            "appointments",
            "daySheet",
            "weekSheet",
            "retiredLocations",
            "findAppointments",
            "openRequests",
            "requestById",
            "pulse",
        ],
    ),
    (
        "clerk",
        &[
            "markAppointment",
            "acceptRequest",
            "proposeTime",
            "declineRequest",
            "affectedByClosure",
            "closeLocation",
            "noteAppointment",
            "correctContact",
            "undoableClosings",
            "undoClosing",
            "standingClosures",
            "liftClosure",
        ],
    ),
    ("county", &["countyUsage", "countyTemplate", "publishCountyTemplate"]),
    ("platform", &["platformTowns", "foundTown", "inviteAdmin", "suspendTown", "deleteTown"]),
];

/// From whom on a field opens.
fn least(field: &str) -> &'static str {
    let named = OPENS.iter().find(|(_, fields)| fields.contains(&field));
    named.map_or("admin", |(role, _)| *role)
}

/// Name and document of each field for staff, asked in Tecklenburg.
async fn fields_for_staff(server: &Server) -> Vec<(&'static str, String)> {
    let own = location(server, "tecklenburg").await;
    let none = json!("x");
    let cases = foreign_cases(&own, &none, &none, &none, &none, &none);
    let for_staff = |(name, case): (&'static str, Option<(String, &'static str)>)| {
        let (document, code) = case?;
        (code == "FORBIDDEN").then_some((name, document))
    };
    cases.into_iter().filter_map(for_staff).collect()
}

/// Nobody who runs a county or the platform is let to what is a town's; what is theirs opens for them.
async fn fields_for_staff_stay_shut_for_operators_of_counties_and_the_platform(storage: Storage) {
    let (office, server) = two_busy_towns(storage).await;
    office.import(&system_tests::office::shipped("altena"));
    let fields = fields_for_staff(&server).await;
    for (operator, county) in OPERATORS {
        let email = format!("{operator}@tecklenburg.example");
        let county = county.map(|key| ["--county", key]);
        let arguments =
            ["operator", email.as_str()].into_iter().chain(county.into_iter().flatten());
        office.succeed_with_input(&arguments.collect::<Vec<_>>(), "a long password\n");
        let token = member(&server, operator, "tecklenburg").await;
        for (name, document) in &fields {
            let opens = match least(name) {
                "county" => true,
                "platform" => operator == "platform",
                _ => false,
            };
            // Only where it is refused it leaves the town as it is.
            if opens && matches!(*name, "suspendTown" | "deleteTown") {
                continue;
            }
            let answer = server.graphql_as(Some(&token), document, json!({})).await;
            let found = answer["errors"][0]["extensions"]["code"].as_str().unwrap_or("none");
            assert_eq!(found != "FORBIDDEN", opens, "{name} as {operator}: {answer}");
        }
        let elsewhere = "{ countyTemplate(county: \"05962\") { text } }";
        let answer = server.graphql_as(Some(&token), elsewhere, json!({})).await;
        let is_refused = answer["errors"][0]["extensions"]["code"] == "FORBIDDEN";
        assert_eq!(is_refused, operator == "county", "another county as {operator}: {answer}");
    }
}

/// A limit, as an argument says it, and field and code of what differs.
type Limited<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

/// Clerks whose role is limited to the registry office: by what, and the fields that answer them
/// otherwise than other clerks, who ask about the town hall here.
const LIMITED: [Limited<'_>; 2] = [
    (
        "locations",
        "locations: [PLACE]",
        &[
            ("daySheet", "UNKNOWN_LOCATION"),
            ("weekSheet", "UNKNOWN_LOCATION"),
            ("affectedByClosure", "UNKNOWN_LOCATION"),
            ("closeLocation", "UNKNOWN_LOCATION"),
        ],
    ),
    (
        "departments",
        "departments: [\"standesamt\"]",
        &[("affectedByClosure", "FORBIDDEN"), ("closeLocation", "FORBIDDEN")],
    ),
];

async fn fields_for_staff_open_for_limited_clerks_as_far_as_they_reach(storage: Storage) {
    let (office, server) = two_busy_towns(storage).await;
    let town = "{ town(town: \"tecklenburg\") { locations { id slug } } }";
    let town = server.graphql(town, json!({})).await;
    let places = town["data"]["town"]["locations"].as_array().expect("locations").clone();
    let place = places.iter().find(|own| own["slug"] == "standesamt").expect("a registry office");
    let admin = member(&server, "admin", "tecklenburg").await;
    let cases = fields_for_staff(&server).await;
    for (name, limit, differ) in LIMITED {
        let email = format!("{name}@tecklenburg.example");
        office.succeed_with_input(&["staff", &email, "tecklenburg", "clerk"], "a long password\n");
        let members = "{ staff(town: \"tecklenburg\") { email account } }";
        let members = server.graphql_as(Some(&admin), members, json!({})).await;
        let members = members["data"]["staff"].as_array().expect("members").clone();
        let clerk = members.iter().find(|own| own["email"] == email).expect("a clerk");
        let change = format!(
            "mutation {{ changeStaff(town: \"tecklenburg\", account: {}, role: CLERK, {limit}) }}",
            clerk["account"]
        );
        let change = change.replace("PLACE", &place["id"].to_string());
        let limited = server.graphql_as(Some(&admin), &change, json!({})).await;
        assert!(limited["errors"].is_null(), "{limited}");
        let token = member(&server, name, "tecklenburg").await;
        for (field, document) in &cases {
            let answer = server.graphql_as(Some(&token), document, json!({})).await;
            let found = answer["errors"][0]["extensions"]["code"].as_str().unwrap_or("none");
            let what = format!("{field} for a clerk limited by {name}: {answer}");
            match differ.iter().find(|(own, _)| own == field) {
                Some((_, expected)) => assert_eq!(found, *expected, "{what}"),
                None => {
                    let opens = matches!(least(field), "reader" | "clerk");
                    assert_eq!(found != "FORBIDDEN", opens, "{what}");
                    assert_ne!(found, "UNKNOWN_LOCATION", "{what}");
                }
            }
        }
    }
}

async fn fields_for_staff_open_from_their_role_on(storage: Storage) {
    let (office, server) = two_busy_towns(storage).await;
    let reader = ["staff", "reader@tecklenburg.example", "tecklenburg", "reader"];
    office.succeed_with_input(&reader, "a long password\n");
    let cases = fields_for_staff(&server).await;
    for (at, role) in ROLES.iter().enumerate() {
        let token = member(&server, role, "tecklenburg").await;
        for (name, document) in &cases {
            let least = least(name);
            let opens = ROLES.iter().position(|own| *own == least).is_some_and(|least| at >= least);
            // Who is no member is not changed, not even by an admin.
            if opens && *name == "changeStaff" {
                continue;
            }
            let answer = server.graphql_as(Some(&token), document, json!({})).await;
            let found = answer["errors"][0]["extensions"]["code"].as_str().unwrap_or("none");
            assert_eq!(found != "FORBIDDEN", opens, "{name} as {role}: {answer}");
        }
    }
}
