//! Trying out a town's own words in mails, for both faces. They are kept by the set-up.

use catalog::{
    model::{MailTexts, Text},
    townfile,
};
use notification::{
    notice::{Kind, Notice},
    preview::{self, Preview},
    texts::Texts,
};
use scheduling::{Error, Office};
use tenant::{Actor, Role, Scope, accounts};

/// The mail as it would arrive, with made-up values.
///
/// # Errors
/// Below admin, [`catalog::Error::Invalid`] for words that break a rule, faults.
pub(crate) async fn preview(
    office: &Office,
    scope: &Scope,
    kind: Kind,
    locale: &str,
    texts: Texts,
) -> Result<Preview, Error> {
    let sample = sample(office, scope, kind, locale, texts).await?;
    Ok(preview::preview(&sample)?)
}

/// Sends it to whoever asks.
///
/// # Errors
/// As [`preview`].
pub(crate) async fn send_test(
    office: &Office,
    scope: &Scope,
    kind: Kind,
    locale: &str,
    texts: Texts,
) -> Result<(), Error> {
    let sample = sample(office, scope, kind, locale, texts).await?;
    let Actor::Staff { account, .. } = scope.actor else {
        return Err(tenant::Error::Forbidden.into());
    };
    let own = accounts::get(&office.db, account).await?.ok_or(tenant::Error::Forbidden)?;
    let now = office.now();
    let tx = office.db.write(scope).await?;
    let notice = Notice { email: own.email, ..sample };
    scheduling::post(office, &tx, account, &notice, now, now).await?;
    tx.commit().await?;
    office.mail_waiting.notify_one();
    Ok(())
}

async fn sample(
    office: &Office,
    scope: &Scope,
    kind: Kind,
    locale: &str,
    texts: Texts,
) -> Result<Notice, Error> {
    scope.require(Role::Admin)?;
    check(kind, locale, &texts)?;
    let setup = office.setup(scope).await?;
    let town = scheduling::sender(office, &setup);
    let zone = setup.town.time_zone;
    Ok(preview::sample(kind, locale, town, texts, zone, office.now()))
}

/// The rules of the set-up, for words that are not in it yet.
fn check(kind: Kind, locale: &str, texts: &Texts) -> Result<(), Error> {
    let in_language = |text: &str| {
        let own = (locale.to_owned(), text.to_owned());
        Text([own].into_iter().filter(|(_, text)| !text.is_empty()).collect())
    };
    let mail = MailTexts {
        kind: kind.as_str().to_owned(),
        subject: in_language(&texts.subject),
        intro: in_language(&texts.intro),
    };
    let checked = townfile::check_mails(&[mail]).map_err(catalog::Error::Invalid);
    Ok(checked?)
}
