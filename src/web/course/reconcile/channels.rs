//! Who tells of a course, in words: how, how often, when last; what is wrong with whom, and what to do about it.

use crate::{
    app::App,
    domain::{channel_health, records::Why},
    error::Result,
    store::entity::{
        channel_health::{ChannelAlarm, Model},
        course,
    },
    texts::{Language, Texts},
    web::{
        course::roster,
        views::{
            course::{Alarm, Channel},
            parts::Day,
        },
    },
};

/// Every channel of a course; alarms first, then whoever was heard last.
///
/// # Errors
/// Only the database's.
pub async fn of_course(app: &App, course: &course::Model, language: Language) -> Result<Vec<Channel>> {
    let mut rows = channel_health::of_course(app, course.organization_id, course.id).await?;
    rows.sort_by_key(|row| (row.alarm.is_none(), std::cmp::Reverse(row.last_heard_at)));
    Ok(rows.iter().map(|row| channel(row, language)).collect())
}

fn channel(row: &Model, language: Language) -> Channel {
    let texts = Texts::of(language);
    let name = name(row, texts);
    let alarm = row.alarm.zip(row.alarm_at).map(|(alarm, since)| {
        let (words, next) = match alarm {
            ChannelAlarm::Silent => {
                (texts.text("alarm-silent").arg("label", name.as_str()), texts.say("alarm-silent-next"))
            }
            ChannelAlarm::Missed => {
                let count = detail(row, "missed").and_then(serde_json::Value::as_i64).unwrap_or(0);
                let words = texts.text("alarm-missed").arg("label", name.as_str()).arg("count", count);
                (words, texts.say("alarm-missed-next"))
            }
            ChannelAlarm::Unreadable => {
                let code = detail(row, "trouble").and_then(serde_json::Value::as_str).unwrap_or_default();
                let words = match row.channel.as_str() {
                    "roster" => texts.text("alarm-unreadable-roster"),
                    _ => texts.text("alarm-unreadable").arg("label", name.as_str()),
                };
                (words, texts.say(why(&row.channel, code)))
            }
        };
        Alarm { since: Day::minute(language, since), words: words.to_string(), next }
    });
    Channel {
        how: how(&row.channel),
        last: Day::minute(language, row.last_heard_at),
        usual: row.usual_minutes.map(|minutes| every(minutes, texts)),
        alarm,
        name,
    }
}

fn detail<'a>(row: &'a Model, name: &str) -> Option<&'a serde_json::Value> {
    row.alarm_detail.as_ref().and_then(|detail| detail.get(name))
}

fn name(row: &Model, texts: Texts) -> String {
    match row.channel.as_str() {
        "roster" if row.source == "roster" => texts.say("reconcile-source-roster"),
        "roster" => texts.text("reconcile-source-link-roster").arg("label", row.label.as_str()).to_string(),
        _ if row.label.is_empty() => row.source.clone(),
        _ => row.label.clone(),
    }
}

/// How a channel tells: the key of a phrase.
fn how(channel: &str) -> &'static str {
    match channel {
        "launch" => "channel-launch",
        "event" => "channel-event",
        "roster" => "channel-roster",
        "column" => "channel-column",
        "gradebook" => "channel-gradebook",
        "record" => "channel-record",
        _ => "channel-other",
    }
}

fn every(minutes: i32, texts: Texts) -> String {
    let (key, length) = match minutes {
        ..90 => ("channels-minutes", 1),
        90..2_160 => ("channels-hours", 60),
        _ => ("channels-days", 1_440),
    };
    // The nearest whole number of them.
    let (key, count) = match (key, minutes) {
        ("channels-minutes", 60..) => ("channels-hours", 1),
        ("channels-hours", 1_320..) => ("channels-days", 1),
        _ => (key, (minutes + length / 2) / length),
    };
    texts.text(key).arg("count", count).to_string()
}

/// Why something could not be read, and what a teacher can do: the key of a text.
pub(super) fn why(channel: &str, code: &str) -> &'static str {
    if matches!(channel, "roster" | "link_roster") {
        return roster::why(code);
    }
    match code {
        "lti.ags.scope_not_granted" | "lti.token.scope_insufficient" => {
            return "reconcile-why-column-permission";
        }
        "lti.ags.not_found" | "gradebook.gone" => return "reconcile-why-column-gone",
        "lti.ags.unavailable" | "lti.token.unreachable" => return "reconcile-why-unavailable",
        _ => {}
    }
    match Why::of_code(code) {
        Some(Why::TokenRefused | Why::ScopeMissing | Why::Forbidden | Why::CourseClosed) => {
            "reconcile-why-record-access"
        }
        Some(Why::ServiceOff | Why::FunctionMissing) => "reconcile-why-record-setup",
        Some(Why::CourseUnnamed | Why::CourseNotFound) => "reconcile-why-record-course",
        Some(Why::NoCompletion) => "reconcile-why-record-nothing",
        Some(Why::Busy | Why::Unavailable) => "reconcile-why-unavailable",
        _ => "reconcile-why-other",
    }
}
