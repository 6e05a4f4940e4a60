//! What the teacher sees and does: whom a badge would reach before it goes live, and afterwards why each person of the
//! course has it or not. She reads pages after a launch, over HTTP; the figures beside them are the API's.

use practice::{
    browser::{Browser, Page},
    demo,
};
use serde_json::{Value, json};

use super::{
    super::said,
    play::{expect, failed},
    scene::{BADGE, COURSE_BADGE_NAME, Stage},
};
use crate::error::Result;

/// The teacher, in the course.
pub(super) struct Teacher<'a> {
    stage: &'a Stage,
    browser: Browser,
    /// The badges of the course.
    page: Page,
    launch: String,
}

/// Where one person stands with the badge for the course.
pub(super) struct Standing {
    /// The name, as the platform tells it.
    pub name: String,
    /// The learner's id.
    pub learner: String,
    /// `now`, `nearly`, `not_yet`, `already`, `excluded`.
    pub standing: String,
    /// What is missing, or why nobody like them is awarded.
    pub why: String,
}

impl<'a> Teacher<'a> {
    /// Ada opens the activity in the course.
    pub async fn comes(stage: &'a Stage) -> Result<Self> {
        let browser = Browser::new();
        let outcome = browser.launch(&stage.lms, demo::ADA, BADGE).await.map_err(said)?;
        expect(outcome.status() == 200, "the teacher's launch was refused", &outcome.page.text())?;
        let launch = outcome.launch_id().ok_or_else(|| failed("the teacher's launch has no id", ""))?;
        Ok(Self { stage, browser, page: outcome.page, launch })
    }

    /// The address of a page of hers.
    pub fn at(&self, path: &str) -> String {
        let sign = if path.contains('?') { '&' } else { '?' };
        format!("{}{path}{sign}launch={}", self.stage.public_url, self.launch)
    }

    /// Opens a page, which must name all of these.
    pub async fn reads(&self, address: &str, words: &[&str]) -> Result<()> {
        let page = self.browser.get(address).await.map_err(said)?;
        expect(page.status == 200, "the teacher may not read a page", address)?;
        let text = page.text();
        let lacking: Vec<&str> = words.iter().copied().filter(|word| !text.contains(word)).collect();
        expect(lacking.is_empty(), "a page of the teacher's does not say", &lacking.join(", "))
    }

    /// The address of the dry run's list of people who stand so.
    pub fn dry_run(&self, list: &str) -> String {
        self.at(&format!("/course/placements/{}/dry-run?list={list}", self.stage.for_course))
    }

    /// Puts the badge for the course into force, by the button on the course's page.
    pub async fn goes_live(&self) -> Result<()> {
        let action = format!("/course/placements/{}/decide", self.stage.for_course);
        let form = self.page.forms().into_iter().find(|form| form.action == action);
        let mut form = form.ok_or_else(|| failed("the teacher cannot put the badge into force", &action))?;
        form.set("do", "confirm");
        let answer = self.browser.submit(&self.page, &form).await.map_err(said)?;
        expect(answer.status == 200, "the badge was not put into force", &answer.text())
    }

    /// Where everybody stands with the badge for the course; nothing is written.
    pub async fn standings(&self) -> Result<Vec<Standing>> {
        let path = format!("/placements/{}/dry-run", self.stage.for_course);
        let answer = self.stage.api("POST", &path, Some(&json!({}))).await?;
        let people = answer.get("items").and_then(Value::as_array);
        let standing = |person: &Value| {
            let text = |name: &str| person.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let reasons = person.get("reasons").and_then(Value::as_array).into_iter().flatten();
            let words = |reason: &Value| reason.get("note")?.as_str().map(str::to_owned);
            let mut why: Vec<String> = reasons.filter_map(words).collect();
            why.extend(Some(text("excluded")).filter(|excluded| !excluded.is_empty()));
            Standing {
                name: text("name"),
                learner: text("learner_id"),
                standing: text("standing"),
                why: why.join(" "),
            }
        };
        Ok(people.into_iter().flatten().map(standing).collect())
    }

    /// Says of everybody whether they have the badge, and why or why not; each on a page of their own, too.
    pub async fn explains(&self) -> Result<()> {
        for person in self.standings().await? {
            let page = self.at(&format!("/course/people/{}", person.learner));
            self.reads(&page, &[&person.name, COURSE_BADGE_NAME]).await?;
            let words = match person.standing.as_str() {
                "already" => format!("has it: {}", self.told(&person.learner).await?),
                "excluded" => format!("never gets it: {}", person.why),
                _ => format!("not yet: {}", person.why),
            };
            println!("       {}: {words}\n         {page}", person.name);
        }
        Ok(())
    }

    /// Who told of what somebody has the badge for.
    async fn told(&self, learner: &str) -> Result<String> {
        let of = format!("/awards?learner_id={learner}&placement_id={}", self.stage.for_course);
        let list = self.stage.api("GET", &of, None).await?;
        let award = list.pointer("/items/0/id").and_then(Value::as_str);
        let award = award.ok_or_else(|| failed("who has the badge has no award", learner))?;
        let award = self.stage.api("GET", &format!("/awards/{award}"), None).await?;
        let mut told = Vec::new();
        gather(award.get("verdict").unwrap_or(&Value::Null), &mut told);
        told.dedup();
        expect(!told.is_empty(), "an award says by nobody's word it was made", learner)?;
        Ok(told.join(", "))
    }
}

/// The evidence anywhere in a verdict: by which channel, from whom, when.
fn gather(value: &Value, told: &mut Vec<String>) {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    // Who is a learner there, the roster says; it has no name of its own.
    if let (Some(channel), Some(source), Some(at)) = (text("channel"), text("source"), text("at"))
        && !source.is_empty()
    {
        let at = at.get(..19).unwrap_or(at).replace('T', " ");
        told.push(format!("{channel} of {source}, {at}"));
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| gather(item, told)),
        Value::Object(fields) => fields.values().for_each(|field| gather(field, told)),
        _ => {}
    }
}
