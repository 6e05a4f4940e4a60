//! Exact numbers: requests write them as decimal texts.

use rust_decimal::Decimal;

use crate::error::{Error, Result as Outcome};

/// The number that a text writes, if there is one; `field` is its place in the request.
pub fn decimal(field: &'static str, text: Option<&str>) -> Outcome<Option<Decimal>> {
    text.map(|text| {
        Decimal::from_str_exact(text)
            .map_err(|_| Error::invalid("score.number", field, "Write a decimal number such as 17.5."))
    })
    .transpose()
}
