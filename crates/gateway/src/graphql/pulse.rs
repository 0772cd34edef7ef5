//! Whether anything has changed.

use async_graphql::{Context, Object, Result};

use super::{error::ApiError, query::office, scope};

pub(super) struct PulseQuery;

/// Reading.
#[Object]
impl PulseQuery {
    /// A word that is another one whenever something in the town has changed: a booking, a mark, a
    /// cancellation, the set-up, or a place that is held or offered. Whoever shows daySheet or weekSheet
    /// asks before they are read, and reads them anew when the word is another one. For staff.
    async fn pulse(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
        #[graphql(
            desc = "The word that was answered last: what is counted is counted from the same instant on, for twelve hours; then the word is another one."
        )]
        known: Option<String>,
    ) -> Result<String> {
        let scope = scope(context, &town).await?;
        let word = scheduling::pulse(office(context), &scope, known.as_deref()).await;
        Ok(word.map_err(ApiError::from)?)
    }
}
