//! Periods in local time, where clocks change; durations.

use chrono::NaiveDateTime;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn local(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

fn berlin(text: &str) -> DateTime<Utc> {
    Edge::Local(local(text)).instant(Zone::Europe__Berlin)
}

#[test]
fn local_times_are_read_from_the_zones_clock() {
    assert_eq!(berlin("2026-07-01T00:00:00"), at("2026-06-30T22:00:00Z"));
    assert_eq!(berlin("2026-12-01T00:00:00"), at("2026-11-30T23:00:00Z"));
    // 29 March 2026: from 02:00 to 03:00. What the clock skips begins when it is set forward.
    assert_eq!(berlin("2026-03-29T01:59:59"), at("2026-03-29T00:59:59Z"));
    for skipped in
        ["2026-03-29T02:00:00", "2026-03-29T02:30:00", "2026-03-29T02:59:59", "2026-03-29T03:00:00"]
    {
        assert_eq!(berlin(skipped), at("2026-03-29T01:00:00Z"), "{skipped}");
    }
    // 25 October 2026: from 03:00 back to 02:00. What is shown twice is meant the first time.
    assert_eq!(berlin("2026-10-25T02:00:00"), at("2026-10-25T00:00:00Z"));
    assert_eq!(berlin("2026-10-25T02:30:00"), at("2026-10-25T00:30:00Z"));
    assert_eq!(berlin("2026-10-25T03:00:00"), at("2026-10-25T02:00:00Z"));
    // Lord Howe moves by half an hour, and Samoa skipped a day.
    let howe = Edge::Local(local("2026-10-04T02:10:00")).instant(Zone::Australia__Lord_Howe);
    assert_eq!(howe, at("2026-10-03T15:30:00Z"));
    let samoa = Edge::Local(local("2011-12-30T12:00:00")).instant(Zone::Pacific__Apia);
    assert_eq!(samoa, at("2011-12-30T10:00:00Z"));
}

#[test]
fn a_period_around_a_change_of_the_clock_is_half_open() {
    let rule = json_rule(json!({
        "type": "during", "from": "2026-03-29T00:00", "to": "2026-03-30T00:00", "zone": "Europe/Berlin",
        "of": [{ "type": "completed", "subject": { "activity": "essay" } }],
    }));
    let done = |moment: &str| {
        let moment = at(moment);
        let told = Signal { happened_at: moment, heard_at: moment, ..completed(1, "essay") };
        evaluate(&rule, &here(), &[told], at("2026-05-01T00:00:00Z")).outcome
    };
    // The day has 23 hours: from 23:00 UTC to 22:00 UTC.
    assert_eq!(done("2026-03-28T22:59:59.999999Z"), Outcome::NotMet);
    assert_eq!(done("2026-03-28T23:00:00Z"), Outcome::Met);
    assert_eq!(done("2026-03-29T21:59:59.999999Z"), Outcome::Met);
    assert_eq!(done("2026-03-29T22:00:00Z"), Outcome::NotMet);
}

#[test]
fn durations_are_read_and_written() {
    for (written, seconds, canonical) in [
        ("P30D", 2_592_000, "P30D"),
        ("P2W", 1_209_600, "P14D"),
        ("PT36H", 129_600, "P1DT12H"),
        ("PT90S", 90, "PT1M30S"),
        ("P1DT0H30M", 88_200, "P1DT30M"),
        ("PT1S", 1, "PT1S"),
        ("P3653D", 315_619_200, "P3653D"),
    ] {
        let span: Span = written.parse().unwrap();
        assert_eq!(span, Span::of_seconds(seconds).unwrap(), "{written}");
        assert_eq!(span.to_string(), canonical);
    }
    for (written, error) in [
        ("P0D", SpanError::TooShort),
        ("PT0S", SpanError::TooShort),
        ("P3654D", SpanError::TooLong),
        ("P999999999W", SpanError::TooLong),
        ("P1M", SpanError::Form),
        ("P1Y", SpanError::Form),
        ("P", SpanError::Form),
        ("PT", SpanError::Form),
        ("P1DT", SpanError::Form),
        ("P1.5D", SpanError::Form),
        ("PT5S3M", SpanError::Form),
        ("P1W2D", SpanError::Form),
        ("-P1D", SpanError::Form),
        ("p1d", SpanError::Form),
    ] {
        assert_eq!(written.parse::<Span>(), Err(error), "{written}");
    }
}

proptest! {
    #![proptest_config(cases(500))]

    /// A local time means the first moment at which the clock shows it or a later one: found by looking
    /// at every minute around.
    #[test]
    fn a_local_time_is_the_first_moment_at_which_the_clock_has_come_to_it(
        zone in prop::sample::select(vec![
            Zone::Europe__Berlin, Zone::America__New_York, Zone::Australia__Lord_Howe, Zone::America__St_Johns,
            Zone::Asia__Kathmandu, Zone::Africa__Casablanca, Zone::Pacific__Apia, Zone::UTC,
        ]),
        day in 0_i64..366, minute in 0_i64..1440,
    ) {
        let local = local("2026-01-01T00:00:00") + TimeDelta::days(day) + TimeDelta::minutes(minute);
        let from = local.and_utc() - TimeDelta::hours(16);
        let shows = |moment: DateTime<Utc>| moment.with_timezone(&zone).naive_local();
        let first = (0..32 * 60).map(|minutes| from + TimeDelta::minutes(minutes)).find(|at| shows(*at) >= local);
        prop_assert_eq!(Some(Edge::Local(local).instant(zone)), first);
    }

    #[test]
    fn a_written_duration_reads_the_same(seconds in 1_u64..=315_619_200) {
        let span = Span::of_seconds(seconds).unwrap();
        prop_assert_eq!(span.to_string().parse::<Span>(), Ok(span));
        prop_assert_eq!(span.length().num_seconds(), i64::try_from(seconds).unwrap());
    }
}
