//! Cursor pages: newest first, the cursor is the last row's id (v7, so it sorts by time).

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, ModelTrait, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Select,
};
use uuid::Uuid;

/// The most rows of one page.
pub const MAX_PAGE: u64 = 200;

/// Which page.
#[derive(Clone, Copy, Debug)]
pub struct PageQuery {
    /// [`Page::next`] of the page before; empty for the first.
    pub after: Option<Uuid>,
    /// How many rows, 1 to [`MAX_PAGE`].
    pub limit: u64,
}

/// Rows, newest first.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; empty on the last.
    pub next: Option<Uuid>,
}

impl Default for PageQuery {
    fn default() -> Self {
        Self { after: None, limit: 50 }
    }
}

impl PageQuery {
    /// How many rows to read: one more than shown says whether there is a next page.
    pub(crate) fn rows(self) -> u64 {
        self.shown() + 1
    }

    /// The page of what was read with [`Self::rows`].
    pub(crate) fn cut<M>(self, mut items: Vec<M>, id_of: impl Fn(&M) -> Uuid) -> Page<M> {
        let more = items.len() as u64 > self.shown();
        if more {
            items.pop();
        }
        let next = if more { items.last().map(id_of) } else { None };
        Page { items, next }
    }

    fn shown(self) -> u64 {
        self.limit.clamp(1, MAX_PAGE)
    }
}

impl<T> Page<T> {
    /// Nothing, and nothing after it.
    pub(crate) fn empty() -> Self {
        Self { items: Vec::new(), next: None }
    }

    /// The same page of something else.
    pub fn map<U>(self, to: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(to).collect(), next: self.next }
    }
}

/// One page of `select`, by `id` downwards.
pub(crate) async fn page<E, M, C>(
    db: &impl ConnectionTrait,
    select: Select<E>,
    id: C,
    query: PageQuery,
    id_of: impl Fn(&M) -> Uuid,
) -> Result<Page<M>, DbErr>
where
    E: EntityTrait<Model = M>,
    M: FromQueryResult + ModelTrait<Entity = E> + Send + Sync,
    C: ColumnTrait,
{
    let mut select = select.order_by_desc(id).limit(query.rows());
    if let Some(after) = query.after {
        select = select.filter(id.lt(after));
    }
    Ok(query.cut(select.all(db).await?, id_of))
}
