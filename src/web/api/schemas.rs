//! Published schemas: what a rule may say.

use poem_openapi::{OpenApi, payload::Json, types::Any};
use serde_json::Value;

use super::{Tag, problems::PublicProblem};
use crate::error::Error;

/// The resource.
#[derive(Debug)]
pub struct Schemas;

#[OpenApi(prefix_path = "/schemas", tag = "Tag::Schemas")]
impl Schemas {
    /// Fetch the schema of rules.
    ///
    /// JSON Schema (2020-12) of the `rule` of placements and achievements. Needs no key.
    #[oai(path = "/rule.json", method = "get", operation_id = "schema_rule")]
    async fn schema_rule(&self) -> Result<Json<Any<Value>>, PublicProblem> {
        let schema = serde_json::from_str(criteria::SCHEMA).map_err(Error::internal)?;
        Ok(Json(Any(schema)))
    }
}
