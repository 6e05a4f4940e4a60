//! Pages and answers that all resources share.

use poem_openapi::{
    ApiResponse, Object,
    payload::Json,
    types::{Example, ParseFromJSON, ToJSON},
};
use uuid::Uuid;

use crate::{
    error::Result as Outcome,
    store::{Page, PageQuery},
};

/// One page of a list, newest first.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct Listed<T>
where
    T: ParseFromJSON + ToJSON + Example + Send + Sync,
{
    /// The things.
    pub items: Vec<T>,
    /// The `cursor` of the next page; absent on the last.
    pub next: Option<Uuid>,
}

impl<T> Example for Listed<T>
where
    T: ParseFromJSON + ToJSON + Example + Send + Sync,
{
    fn example() -> Self {
        Self { items: vec![T::example()], next: None }
    }
}

/// A page of rows as a page of answers.
pub fn listed<M, T>(page: Page<M>, to: impl FnMut(M) -> T) -> Json<Listed<T>>
where
    T: ParseFromJSON + ToJSON + Example + Send + Sync,
{
    let page = page.map(to);
    Json(Listed { items: page.items, next: page.next })
}

/// The same, where a row may hold what makes no answer.
pub fn try_listed<M, T>(page: Page<M>, to: impl FnMut(M) -> Outcome<T>) -> Outcome<Json<Listed<T>>>
where
    T: ParseFromJSON + ToJSON + Example + Send + Sync,
{
    let items = page.items.into_iter().map(to).collect::<Outcome<Vec<_>>>()?;
    Ok(Json(Listed { items, next: page.next }))
}

/// The page that parameters ask for.
pub fn asked(limit: Option<u64>, cursor: Option<Uuid>) -> PageQuery {
    PageQuery { after: cursor, limit: limit.unwrap_or(PageQuery::default().limit) }
}

/// Something was made.
#[derive(Debug, ApiResponse)]
pub enum Created<T>
where
    T: ParseFromJSON + ToJSON + Send + Sync,
{
    /// It was made; or, with an `Idempotency-Key` seen before, it is what was made then.
    #[oai(status = 201)]
    Made(Json<T>),
}

/// Something was made, and this answer has a secret that no other will have: nobody keeps it.
#[derive(Debug, ApiResponse)]
pub enum CreatedSecret<T>
where
    T: ParseFromJSON + ToJSON + Send + Sync,
{
    /// It was made; or, with an `Idempotency-Key` seen before, it is what was made then, without its secret.
    #[oai(status = 201)]
    Made(
        Json<T>,
        /// `no-store`
        #[oai(header = "Cache-Control")]
        String,
    ),
}

/// The answer to a creating request.
pub fn created<T>(made: T) -> Created<T>
where
    T: ParseFromJSON + ToJSON + Send + Sync,
{
    Created::Made(Json(made))
}
