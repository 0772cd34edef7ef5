//! The demonstration's mailbox: what would have been sent.

use askama::Template;
use axum::{extract::Path, http::StatusCode};
use chrono_tz::Europe::Berlin;
use notification::{
    dates,
    mailer::{self, KeptMail},
};

use super::{
    Answer,
    error::{Failure, Problem},
    page::{Page, render},
    town::Visitor,
};

#[derive(Template)]
#[template(path = "mailbox.html")]
struct Mailbox {
    page: Page,
    mails: Vec<KeptMail>,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Mail {
    page: Page,
    mail: KeptMail,
}

/// `GET /mailbox`
pub(super) async fn list(visitor: Visitor) -> Answer {
    let mails = kept(&visitor)?;
    Ok(render(StatusCode::OK, &Mailbox { page: visitor.page, mails }))
}

/// `GET /mailbox/{id}`
pub(super) async fn show(visitor: Visitor, Path(id): Path<String>) -> Answer {
    let mail = kept(&visitor)?.into_iter().find(|mail| mail.id == id);
    match mail {
        Some(mail) => Ok(render(StatusCode::OK, &Mail { page: visitor.page, mail })),
        None => Err(Failure::new(visitor.page, Problem::UnknownPage)),
    }
}

/// The kept mails; outside the demonstration there is no such page.
fn kept(visitor: &Visitor) -> Result<Vec<KeptMail>, Failure> {
    let fail = |problem| Failure::new(visitor.page.clone(), problem);
    match &visitor.state.mail_folder {
        Some(folder) if visitor.state.demo => {
            mailer::kept(folder).map_err(|error| fail(error.into()))
        }
        _ => Err(fail(Problem::UnknownPage)),
    }
}

/// When a mail was kept, for the page.
fn kept_at(mail: &KeptMail, page: &Page) -> String {
    let locale = page.language.code;
    let day = dates::date(mail.at.with_timezone(&Berlin).date_naive(), locale);
    format!("{day}, {}", dates::time(mail.at, Berlin, locale))
}
