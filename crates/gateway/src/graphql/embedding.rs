//! How citizens find a town's pages.

use async_graphql::{Context, Object, Result, SimpleObject};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{error::ApiError, scope};
use crate::{
    embedding::{self, Deep, Ways},
    qr,
    state::AppState,
};

/// Where a town's pages are found, and what leads there.
pub(super) struct Embedding(Ways);

/// Where a town's pages are found, and what leads there.
#[Object]
impl Embedding {
    /// Address of the town's pages.
    async fn link(&self) -> &str {
        &self.0.link
    }
    /// HTML that shows them in a frame; none where the town names no site that may.
    async fn frame(&self) -> Option<&str> {
        self.0.frame.as_deref()
    }
    /// QR code of the address, as SVG.
    async fn qr_svg(&self) -> Option<String> {
        qr::svg(&self.0.link)
    }
    /// The same large enough for a poster: PNG in base64.
    #[graphql(complexity = 100)]
    async fn qr_png(&self) -> Option<String> {
        qr::png(&self.0.link).map(|picture| STANDARD.encode(picture))
    }
    /// Addresses of the services that can be booked or asked for, in the town's order.
    async fn services(&self) -> Vec<DeepLink> {
        self.0.deep.iter().cloned().map(Into::into).collect()
    }
}

/// Where a service begins.
#[derive(SimpleObject)]
struct DeepLink {
    /// Slug of the service.
    service: String,
    /// Its German name.
    name: String,
    /// Address.
    href: String,
}

impl From<Deep> for DeepLink {
    fn from(own: Deep) -> Self {
        let Deep { service, name, href } = own;
        Self { service, name, href }
    }
}

pub(super) struct EmbeddingQuery;

/// Reading.
#[Object]
impl EmbeddingQuery {
    /// How citizens find the town's pages: link, QR code, frame, deep links. For admins.
    #[graphql(complexity = "50 + child_complexity")]
    async fn embedding(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The town's slug.")] town: String,
    ) -> Result<Embedding> {
        let scope = scope(context, &town).await?;
        let ways = embedding::ways(context.data_unchecked::<AppState>(), &scope).await;
        Ok(Embedding(ways.map_err(ApiError::from)?))
    }
}
