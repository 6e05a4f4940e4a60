//! Terms of placements, and their moves to newer versions of their achievements.

use chrono::{DateTime, Utc};
use criteria::AwardPeriods;
use poem::web::Data;
use poem_openapi::{
    Enum, Object, OpenApi,
    param::Path,
    payload::Json,
    types::{Example, ToJSON as _},
};

use super::{Tag, examples, placements::PlacementOut, problems::WriteProblem};
use crate::{
    app::App,
    domain::{
        placement,
        terms::{Expires, Scope, Terms, Withdraw},
    },
    error::{Error, Result as Outcome},
    ids::{AchievementVersionId, PlacementId},
    web::who::MayPlace,
};

/// Within what an achievement is awarded once per learner and period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum ScopeWord {
    /// Everywhere.
    Achievement,
    /// In the placement's course.
    Course,
    /// By this placement.
    Placement,
}

/// Whether awards are taken back when their rule is no longer met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum WithdrawWord {
    /// What was earned stays earned.
    Never,
    /// When a reading says otherwise; only in mode `standing`.
    WhenNotMet,
}

/// A period of every year: from a day until the next one begins.
#[derive(Clone, Debug, Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct YearlyPeriod {
    /// What it is called, before its year; needed where there are several a year.
    name: Option<String>,
    /// The day of every year on which it begins: `09-01`.
    from: String,
}

/// A period with a name of its own.
#[derive(Clone, Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct NamedPeriod {
    /// What it is called.
    name: String,
    /// Its first day (`2026-09-01`) or time.
    from: String,
    /// The day or time that ends it; it does not belong to it.
    to: String,
}

/// When something can be earned anew: `yearly` or `named`.
#[derive(Clone, Debug, Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct Periods {
    /// In whose time days begin: a name of the IANA list; `UTC` if left out.
    zone: Option<String>,
    /// Years or terms that begin on the same days of every year.
    yearly: Option<Vec<YearlyPeriod>>,
    /// A list.
    named: Option<Vec<NamedPeriod>>,
}

/// When awards end, beside what the version says; exactly one of these.
#[derive(Clone, Debug, Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct Expiry {
    /// So many days after they were earned.
    days: Option<i32>,
    /// All at this moment.
    at: Option<DateTime<Utc>>,
    /// With the period they were earned in.
    with_period: Option<bool>,
}

/// On what terms a placement awards. What is left out is as if it had never been set.
#[derive(Clone, Debug, Default, Object)]
#[oai(example, deny_unknown_fields, skip_serializing_if_is_none)]
pub struct TermsObject {
    /// Within what it is awarded once; `achievement` if left out.
    scope: Option<ScopeWord>,
    /// When it can be earned anew; never if left out.
    periods: Option<Periods>,
    /// When awards end, beside what the version says: the sooner counts.
    expires: Option<Expiry>,
    /// How many days before its end a holder is reminded by mail: up to five numbers from 1 to 365; what the version
    /// says if left out.
    remind_days: Option<Vec<u16>>,
    /// Whether awards are taken back; `never` if left out.
    withdraw: Option<WithdrawWord>,
}

impl Example for TermsObject {
    fn example() -> Self {
        Self {
            scope: Some(ScopeWord::Achievement),
            periods: Some(Periods {
                zone: Some("Europe/Berlin".to_owned()),
                yearly: Some(vec![YearlyPeriod { name: None, from: "09-01".to_owned() }]),
                named: None,
            }),
            expires: Some(Expiry { days: None, at: None, with_period: Some(true) }),
            remind_days: Some(vec![30, 7]),
            withdraw: Some(WithdrawWord::Never),
        }
    }
}

impl TermsObject {
    /// The terms that are meant.
    ///
    /// # Errors
    /// `rule.*` at the path of a period; `placement.expiry_invalid`.
    pub fn read(self) -> Outcome<Terms> {
        let periods = self.periods.map(|periods| {
            let value = periods.to_json().unwrap_or_default();
            AwardPeriods::parse(&value)
                .map_err(|error| Error::invalid(error.code, format!("terms.{}", error.path), error.message))
        });
        let expires = match self.expires {
            None => None,
            Some(Expiry { days: Some(days), at: None, with_period: None }) => Some(Expires::Days(days)),
            Some(Expiry { days: None, at: Some(at), with_period: None }) => Some(Expires::At(at)),
            Some(Expiry { days: None, at: None, with_period: Some(true) }) => Some(Expires::WithPeriod),
            Some(_) => {
                return Err(Error::invalid(
                    "placement.expiry_invalid",
                    "terms.expires",
                    "Give one of `days`, `at` and `with_period`.",
                ));
            }
        };
        Ok(Terms {
            scope: match self.scope {
                None | Some(ScopeWord::Achievement) => Scope::Achievement,
                Some(ScopeWord::Course) => Scope::Course,
                Some(ScopeWord::Placement) => Scope::Placement,
            },
            periods: periods.transpose()?,
            expires,
            remind_days: self.remind_days,
            withdraw: match self.withdraw {
                None | Some(WithdrawWord::Never) => Withdraw::Never,
                Some(WithdrawWord::WhenNotMet) => Withdraw::WhenNotMet,
            },
        })
    }

    /// Terms as clients read them.
    #[must_use]
    pub fn of(terms: Terms) -> Self {
        let text = |value: &serde_json::Value, name: &str| value.get(name)?.as_str().map(str::to_owned);
        let periods = terms.periods.map(|periods| {
            let value = periods.to_value();
            let list = |name: &str| value.get(name)?.as_array().cloned();
            Periods {
                zone: text(&value, "zone"),
                yearly: list("yearly").map(|list| {
                    let one = |value: &serde_json::Value| YearlyPeriod {
                        name: text(value, "name"),
                        from: text(value, "from").unwrap_or_default(),
                    };
                    list.iter().map(one).collect()
                }),
                named: list("named").map(|list| {
                    let said = |value: &serde_json::Value, name| text(value, name).unwrap_or_default();
                    let one = |value: &serde_json::Value| NamedPeriod {
                        name: said(value, "name"),
                        from: said(value, "from"),
                        to: said(value, "to"),
                    };
                    list.iter().map(one).collect()
                }),
            }
        });
        let expires = terms.expires.map(|expires| match expires {
            Expires::Days(days) => Expiry { days: Some(days), at: None, with_period: None },
            Expires::At(at) => Expiry { days: None, at: Some(at), with_period: None },
            Expires::WithPeriod => Expiry { days: None, at: None, with_period: Some(true) },
        });
        Self {
            scope: Some(match terms.scope {
                Scope::Achievement => ScopeWord::Achievement,
                Scope::Course => ScopeWord::Course,
                Scope::Placement => ScopeWord::Placement,
            }),
            periods,
            expires,
            remind_days: terms.remind_days,
            withdraw: Some(match terms.withdraw {
                Withdraw::Never => WithdrawWord::Never,
                Withdraw::WhenNotMet => WithdrawWord::WhenNotMet,
            }),
        }
    }
}

/// The version to move to.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields)]
pub struct VersionMove {
    /// A newer version of the same achievement.
    version_id: AchievementVersionId,
}

impl Example for VersionMove {
    fn example() -> Self {
        Self { version_id: examples::version() }
    }
}

/// The resource.
#[derive(Debug)]
pub struct PlacementTerms;

#[OpenApi(prefix_path = "/placements", tag = "Tag::Placements")]
impl PlacementTerms {
    /// Change a placement's terms.
    ///
    /// How often and for how long it awards, reminders, and whether awards are taken back. What has been awarded keeps
    /// its period and its end; everybody known is evaluated again.
    ///
    /// Scope: `place`.
    #[oai(path = "/:id/terms", method = "put", operation_id = "placement_set_terms")]
    async fn placement_set_terms(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<PlacementId>,
        body: Json<TermsObject>,
    ) -> Result<Json<PlacementOut>, WriteProblem> {
        let placed = placement::set_terms(&app, &may.caller, id.0, body.0.read()?).await?;
        Ok(Json(PlacementOut::of(&app, may.caller.organization, placed).await?))
    }

    /// Move a placement to a newer version.
    ///
    /// Of the same achievement. Awards keep the version they were made under.
    ///
    /// Scope: `place`.
    #[oai(path = "/:id/version", method = "put", operation_id = "placement_set_version")]
    async fn placement_set_version(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<PlacementId>,
        body: Json<VersionMove>,
    ) -> Result<Json<PlacementOut>, WriteProblem> {
        let placed = placement::set_version(&app, &may.caller, id.0, body.0.version_id).await?;
        Ok(Json(PlacementOut::of(&app, may.caller.organization, placed).await?))
    }
}
