//! Tells a database that is busy or out of reach, which is worth another try, from one that is
//! asked something wrong.

use sea_orm::{DbErr, RuntimeErr, SqlxError};

/// Whether trying again later may help.
pub(crate) fn is_busy(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) => true,
        // One that cannot serve yet, or has no process to spare, ends the greeting with an error.
        DbErr::Conn(RuntimeErr::SqlxError(error)) if matches!(**error, SqlxError::Protocol(_)) => {
            true
        }
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => passes(error),
        // The enum may grow; what is unknown is a fault.
        _ => false,
    }
}

/// Whether PostgreSQL has ended a transaction because it and another waited for each other.
#[must_use]
pub fn is_deadlock(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
        error
    else {
        return false;
    };
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "40P01")
}

fn passes(error: &SqlxError) -> bool {
    match error {
        SqlxError::Io(_)
        | SqlxError::PoolTimedOut
        | SqlxError::PoolClosed
        | SqlxError::WorkerCrashed => true,
        SqlxError::Database(error) => error.code().is_some_and(|code| is_busy_code(&code)),
        _ => false,
    }
}

/// By SQLSTATE, or by SQLite's own code in decimal.
fn is_busy_code(code: &str) -> bool {
    // Connection lost; out of disk, memory or connections; shutting down or starting.
    const CLASSES: [&str; 3] = ["08", "53", "57P"];
    match code {
        // Serialization failure, deadlock, lock not to be had in time, too long idle in a
        // transaction, cancelled, read-only.
        "40001" | "40P01" | "55P03" | "25P03" | "57014" | "25006" => true,
        // SQLite: the low byte of an extended code says busy, locked or full.
        sqlite if sqlite.len() < 5 => {
            sqlite.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 13))
        }
        state => CLASSES.iter().any(|class| state.starts_with(class)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a PostgreSQL does whose processes were just killed.
    #[test]
    fn a_database_that_refuses_at_the_greeting_is_busy_and_one_that_talks_nonsense_later_is_not() {
        let refused = SqlxError::Protocol("unexpected response from SSLRequest: 0x45".to_owned());
        assert!(is_busy(&DbErr::Conn(RuntimeErr::SqlxError(refused.into()))));
        let nonsense = SqlxError::Protocol("unknown message type".to_owned());
        assert!(!is_busy(&DbErr::Query(RuntimeErr::SqlxError(nonsense.into()))));
    }

    #[test]
    fn what_passes_by_itself_is_busy_and_what_is_wrong_is_not() {
        for code in
            ["40001", "40P01", "55P03", "53100", "53300", "57P01", "57P03", "08006", "25006"]
        {
            assert!(is_busy_code(code), "{code}");
        }
        for code in ["23505", "23P01", "42501", "42P01", "22001", "XX000"] {
            assert!(!is_busy_code(code), "{code}");
        }
    }

    #[test]
    fn sqlite_is_busy_when_locked_or_full_also_in_extended_codes() {
        for code in ["5", "261", "517", "6", "13"] {
            assert!(is_busy_code(code), "{code}");
        }
        for code in ["1", "19", "1811", "2067", "787"] {
            assert!(!is_busy_code(code), "{code}");
        }
    }
}
