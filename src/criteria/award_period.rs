//! Award periods: stretches of time in each of which something can be earned anew (design §5).
//!
//! A placement has none, yearly ones (calendar years, or terms that begin on the same days of every year) or
//! a list. Periods are half open, never overlap, and begin at midnight of a zone's clock, as
//! `Period` reads it. **Earned in a period** is what the rule finds met by what happened in
//! that period alone, as if all of it stood in a `during` of the period; and the moment at which it was met
//! lies in the period. Roles and memberships have no history: they count in every period, and where they meet
//! a rule alone, only in the period in which they were read. So one thing that happened never earns twice, and
//! what was earned late for an earlier period is dated into it.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    evaluate::{Frame, evaluate_in},
    parse::{
        Result, RuleError,
        json::{array, bounded, object, only, require, sized, text},
        refuse,
        time::{edge, zone},
    },
    period::{Edge, Period, Zone},
    rule::{Placement, Rule},
    signal::{Signal, Strength},
    verdict::{Outcome, Verdict},
};

/// The longest name of a period, in characters.
const LONGEST_NAME: usize = 60;
/// The most periods of a list, and the most terms of a year.
const MOST: usize = 100;
const MOST_A_YEAR: usize = 12;

/// When something can be earned anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct AwardPeriods {
    zone: Zone,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// By the days of the year on which one begins, in their order.
    Yearly(Vec<Start>),
    /// In their order.
    Named(Vec<(String, Period)>),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Start {
    month: u32,
    day: u32,
    name: Option<String>,
}

/// One period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwardPeriod {
    /// What it is called; empty where there are none.
    pub name: String,
    /// Its first moment.
    pub start: DateTime<Utc>,
    /// The first moment after it.
    pub end: DateTime<Utc>,
}

impl AwardPeriod {
    /// All of time, for what can be earned once.
    #[must_use]
    pub fn always() -> Self {
        Self { name: String::new(), start: DateTime::<Utc>::MIN_UTC, end: DateTime::<Utc>::MAX_UTC }
    }

    /// Whether a moment lies in it.
    #[must_use]
    pub fn contains(&self, moment: DateTime<Utc>) -> bool {
        self.start <= moment && moment < self.end
    }
}

impl AwardPeriods {
    /// Reads the JSON form: `{"zone": "Europe/Berlin", "yearly": [{"from": "09-01"}]}`, with a `name` each where
    /// there are several a year, or `{"named": [{"name": "Pilot", "from": "2026-09-01", "to": "2027-02-01"}]}`.
    ///
    /// # Errors
    /// The first thing wrong, with its path (`periods.named[2].to`) and a stable code.
    pub fn parse(value: &Value) -> Result<Self> {
        let path = "periods";
        let map = object(value, path)?;
        only(map, path, |name| ["zone", "yearly", "named"].contains(&name))?;
        let zone = match map.get("zone") {
            Some(value) => zone(value, "periods.zone")?,
            None => Zone::UTC,
        };
        let kind = match (map.get("yearly"), map.get("named")) {
            (Some(value), None) => Kind::Yearly(yearly(value)?),
            (None, Some(value)) => Kind::Named(named(value, zone)?),
            _ => return refuse(path, "rule.member_missing", "Either `yearly` or `named` is needed."),
        };
        Ok(Self { zone, kind })
    }

    /// The JSON form.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut map = Map::new();
        map.insert("zone".to_owned(), self.zone.name().into());
        let (name, list): (_, Vec<Value>) = match &self.kind {
            Kind::Yearly(starts) => ("yearly", starts.iter().map(Start::to_value).collect()),
            Kind::Named(periods) => {
                let one = |(name, period): &(String, Period)| {
                    let edge = |edge: Option<Edge>| edge.map(|edge| edge.to_string());
                    json!({ "name": name, "from": edge(period.from()), "to": edge(period.to()) })
                };
                ("named", periods.iter().map(one).collect())
            }
        };
        map.insert(name.to_owned(), list.into());
        Value::Object(map)
    }

    /// The period in which a moment lies, if any.
    #[must_use]
    pub fn at(&self, moment: DateTime<Utc>) -> Option<AwardPeriod> {
        match &self.kind {
            Kind::Named(periods) => {
                let whole = |(name, period): &(String, Period)| AwardPeriod {
                    name: name.clone(),
                    start: period.start(),
                    end: period.end(),
                };
                periods.iter().map(whole).find(|period| period.contains(moment))
            }
            Kind::Yearly(starts) => {
                let year = moment.with_timezone(&self.zone).year();
                let mut begins: Vec<(NaiveDate, &Start)> = Vec::with_capacity(3 * starts.len());
                for year in [year.checked_sub(1)?, year, year.checked_add(1)?] {
                    for start in starts {
                        begins.push((NaiveDate::from_ymd_opt(year, start.month, start.day)?, start));
                    }
                }
                let instant = |day: NaiveDate| Edge::Local(day.and_time(NaiveTime::MIN)).instant(self.zone);
                let last = begins.iter().rposition(|(day, _)| instant(*day) <= moment)?;
                let ((day, start), (next, _)) = (begins.get(last)?, begins.get(last + 1)?);
                Some(AwardPeriod {
                    name: start.named(*day, *next),
                    start: instant(*day),
                    end: instant(*next),
                })
            }
        }
    }

    /// The periods in which something happened by now, oldest first.
    #[must_use]
    pub fn touched(&self, signals: &[Signal], now: DateTime<Utc>) -> Vec<AwardPeriod> {
        let mut found: Vec<AwardPeriod> = Vec::new();
        for signal in signals {
            let moment = signal.moment();
            if moment > now || found.iter().any(|period| period.contains(moment)) {
                continue;
            }
            found.extend(self.at(moment));
        }
        found.sort_by_key(|period| period.start);
        found
    }
}

/// A placement's rule for one learner, period by period; without periods once, for all of time. `after` says
/// what an earlier award that has expired rested on: only what happened later counts for another one of the
/// period. Of what is met, the moment lies in the period.
pub fn by_period(
    rule: &Rule,
    placement: &Placement,
    signals: &[Signal],
    now: DateTime<Utc>,
    periods: Option<&AwardPeriods>,
    floor: Option<Strength>,
    after: impl Fn(&AwardPeriod) -> Option<DateTime<Utc>>,
) -> Vec<(AwardPeriod, Verdict)> {
    let periods = match periods {
        Some(periods) => periods.touched(signals, now),
        None => vec![AwardPeriod::always()],
    };
    let judge = |period: AwardPeriod| {
        let frame = Frame::of(&period, after(&period), floor);
        let verdict = evaluate_in(rule, placement, signals, now, &frame);
        (period, verdict)
    };
    periods.into_iter().map(judge).collect()
}

/// Whether a verdict earns in a period.
#[must_use]
pub fn earns(period: &AwardPeriod, verdict: &Verdict) -> bool {
    verdict.outcome == Outcome::Met && verdict.met_at.is_some_and(|moment| period.contains(moment))
}

impl Start {
    /// `2026`, `2026/27`, `Winter 2026/27`.
    fn named(&self, from: NaiveDate, to: NaiveDate) -> String {
        let (first, last) = (from.year(), to.pred_opt().unwrap_or(to).year());
        let years = match last > first {
            true => format!("{first}/{:02}", last.rem_euclid(100)),
            false => first.to_string(),
        };
        match &self.name {
            Some(name) => format!("{name} {years}"),
            None => years,
        }
    }

    fn to_value(&self) -> Value {
        let from = format!("{:02}-{:02}", self.month, self.day);
        match &self.name {
            Some(name) => json!({ "name": name, "from": from }),
            None => json!({ "from": from }),
        }
    }
}

impl TryFrom<Value> for AwardPeriods {
    type Error = RuleError;

    fn try_from(value: Value) -> Result<Self> {
        Self::parse(&value)
    }
}

impl From<AwardPeriods> for Value {
    fn from(periods: AwardPeriods) -> Self {
        periods.to_value()
    }
}

fn yearly(value: &Value) -> Result<Vec<Start>> {
    let list = sized(array(value, "periods.yearly")?, "periods.yearly", MOST_A_YEAR)?;
    let mut starts: Vec<Start> = Vec::with_capacity(list.len());
    for (index, value) in list.iter().enumerate() {
        let path = format!("periods.yearly[{index}]");
        let map = object(value, &path)?;
        only(map, &path, |name| ["name", "from"].contains(&name))?;
        let name = match map.get("name") {
            Some(value) => Some(name_of(value, &format!("{path}.name"))?),
            None if list.len() == 1 => None,
            None => {
                return refuse(&path, "rule.member_missing", "`name` is missing: there are several a year.");
            }
        };
        let from = format!("{path}.from");
        let Some((month, day)) = day_of_year(text(require(map, &path, "from")?, &from)?) else {
            return refuse(&from, "rule.value_invalid", "Must be a day of every year, such as 09-01.");
        };
        if starts.iter().any(|other| other.name == name || (other.month, other.day) == (month, day)) {
            return refuse(&path, "rule.value_duplicate", "This name or this day is there already.");
        }
        starts.push(Start { month, day, name });
    }
    starts.sort();
    Ok(starts)
}

/// A day that every year has.
fn day_of_year(text: &str) -> Option<(u32, u32)> {
    let (month, day) = text.split_once('-')?;
    let is_plain = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_plain(month) || !is_plain(day) {
        return None;
    }
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    // A year without 29 February.
    NaiveDate::from_ymd_opt(2001, month, day).map(|_| (month, day))
}

fn named(value: &Value, zone: Zone) -> Result<Vec<(String, Period)>> {
    let list = sized(array(value, "periods.named")?, "periods.named", MOST)?;
    let mut periods: Vec<(String, Period)> = Vec::with_capacity(list.len());
    for (index, value) in list.iter().enumerate() {
        let path = format!("periods.named[{index}]");
        let map = object(value, &path)?;
        only(map, &path, |name| ["name", "from", "to"].contains(&name))?;
        let name = name_of(require(map, &path, "name")?, &format!("{path}.name"))?;
        let [from, to] = ["from", "to"].map(|member| {
            let path = format!("{path}.{member}");
            day_or_edge(require(map, &path, member)?, &path)
        });
        let period = Period::new(Some(from?), Some(to?), zone);
        if period.start() >= period.end() {
            return refuse(&path, "rule.range_reversed", "`from` is not before `to`.");
        }
        let overlaps = |other: &Period| other.start() < period.end() && period.start() < other.end();
        if periods.iter().any(|(known, other)| *known == name || overlaps(other)) {
            let message = "This name is there already, or an earlier period overlaps this one.";
            return refuse(&path, "rule.value_duplicate", message);
        }
        periods.push((name, period));
    }
    periods.sort_by_key(|(_, period)| period.start());
    Ok(periods)
}

/// As in a `during`, and a day besides, which begins at midnight.
fn day_or_edge(value: &Value, path: &str) -> Result<Edge> {
    match value.as_str() {
        Some(day) if day.len() == 10 => edge(&Value::String(format!("{day}T00:00")), path),
        _ => edge(value, path),
    }
}

fn name_of(value: &Value, path: &str) -> Result<String> {
    let name = bounded(text(value, path)?, path, 1..=LONGEST_NAME)?;
    if name.trim() != name || name.chars().any(char::is_control) {
        return refuse(path, "rule.value_invalid", "A name without spaces around it, on one line.");
    }
    Ok(name)
}
