//! Which failures an operation documents. What happens to them is one thing for all: the
//! [`crate::error::Error`] goes on to `layers`, which logs its chain and writes the problem.

use poem_openapi::{
    ApiResponse,
    registry::{MetaMediaType, MetaResponse, MetaResponses, Registry},
    types::Type as _,
};

use crate::{error::Error, store::DbErr, web::problem::Problem};

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident = [$($status:literal),+];)+) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name(Error);

        impl From<Error> for $name {
            fn from(error: Error) -> Self {
                Self(error)
            }
        }

        impl From<DbErr> for $name {
            fn from(error: DbErr) -> Self {
                Self(error.into())
            }
        }

        impl From<$name> for poem::Error {
            fn from(problem: $name) -> Self {
                problem.0.into()
            }
        }

        impl ApiResponse for $name {
            fn meta() -> MetaResponses {
                MetaResponses { responses: vec![$(documented($status)),+] }
            }

            fn register(registry: &mut Registry) {
                Problem::register(registry);
            }
        }
    )+};
}

problems! {
    /// Of public reads.
    PublicProblem = [429];
    /// Of lists.
    ListProblem = [400, 401, 403, 429];
    /// Of reads of one thing.
    ReadProblem = [400, 401, 403, 404, 429];
    /// Of everything that changes something.
    WriteProblem = [400, 401, 403, 404, 409, 413, 415, 422, 429];
}

fn documented(status: u16) -> MetaResponse {
    let description = match status {
        400 => "The request is not as documented: a parameter, or the shape of the body; `code` says what.",
        401 => "No valid key was sent.",
        403 => "The key lacks the scope, or the thing may not be changed by this organization.",
        404 => "There is no such thing in this organization.",
        409 => "The state of things forbids it now; `code` says why.",
        413 => "The body is too large.",
        415 => "The body is of another content type than the operation takes.",
        422 => "A field is wrong; `field` says which.",
        _ => "Too many requests; `Retry-After` says how long to wait.",
    };
    MetaResponse {
        description,
        status: Some(status),
        status_range: None,
        content: vec![MetaMediaType {
            content_type: "application/problem+json",
            schema: Problem::schema_ref(),
        }],
        headers: Vec::new(),
    }
}
