//! Moodle's web services: what to ask by REST, and what the answers say. Pure.
//!
//! Shapes from Moodle's source (`moodle/moodle`: `webservice/rest/`, `completion/classes/external.php`,
//! `grade/report/user/classes/external/user.php`, `enrol/externallib.php`). One address takes every call as a form; a
//! refusal is an object with `exception` and `errorcode`, mostly with status 200; nothing at all is said where
//! web services are switched off. Completion is told for one person at a time, grades also for a whole course.

use chrono::{DateTime, Utc};
use criteria::{ScoreState, Subject};
use lti::services::Answer;
use rust_decimal::Decimal;
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    fault::{Fault, Why},
    loose::{Entry, List, Scalar},
    told::{Came, Page, Said, Told, Wanted},
};

/// What is accepted.
pub const ACCEPT: &str = "application/json";
/// People asked for in one list.
pub const PEOPLE_AT_ONCE: usize = 500;

/// Who we are and what we may call.
pub const SITE_INFO: &str = "core_webservice_get_site_info";
/// Who is in a course.
pub const ENROLLED: &str = "core_enrol_get_enrolled_users";
/// Whether somebody has completed a course.
pub const COURSE_COMPLETION: &str = "core_completion_get_course_completion_status";
/// Which activities somebody has completed.
pub const ACTIVITIES: &str = "core_completion_get_activities_completion_status";
/// Grades of somebody, or of everybody in a course.
pub const GRADES: &str = "gradereport_user_get_grade_items";

/// The functions that the web service must have.
pub const FUNCTIONS: [&str; 5] = [SITE_INFO, ENROLLED, COURSE_COMPLETION, ACTIVITIES, GRADES];

/// One call. The token is added where it is sent, and never stands in an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Where to.
    pub url: String,
    /// The form.
    pub form: Vec<(String, String)>,
}

fn call(base: &str, function: &str, parameters: &[(&str, &str)]) -> Call {
    let fixed = [("wsfunction", function), ("moodlewsrestformat", "json")];
    let form = fixed.iter().chain(parameters).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Call { url: format!("{base}/webservice/rest/server.php"), form: form.collect() }
}

/// Asks who we are.
#[must_use]
pub fn ask_site(base: &str) -> Call {
    call(base, SITE_INFO, &[])
}

/// Asks who takes part in a course, from the `from`-th on.
#[must_use]
pub fn ask_enrolled(base: &str, course: &str, from: usize) -> Call {
    let parameters = [
        ("courseid", course),
        ("options[0][name]", "onlyactive"),
        ("options[0][value]", "1"),
        ("options[1][name]", "userfields"),
        ("options[1][value]", "id,lastcourseaccess"),
        ("options[2][name]", "sortby"),
        ("options[2][value]", "id"),
        ("options[3][name]", "limitfrom"),
        ("options[3][value]", &from.to_string()),
        ("options[4][name]", "limitnumber"),
        ("options[4][value]", &PEOPLE_AT_ONCE.to_string()),
    ];
    call(base, ENROLLED, &parameters)
}

/// Asks whether somebody has completed the course.
#[must_use]
pub fn ask_course_completion(base: &str, course: &str, user: &str) -> Call {
    call(base, COURSE_COMPLETION, &[("courseid", course), ("userid", user)])
}

/// Asks which activities somebody has completed.
#[must_use]
pub fn ask_activities(base: &str, course: &str, user: &str) -> Call {
    call(base, ACTIVITIES, &[("courseid", course), ("userid", user)])
}

/// Asks for grades of one person, or of everybody.
#[must_use]
pub fn ask_grades(base: &str, course: &str, user: Option<&str>) -> Call {
    call(base, GRADES, &[("courseid", course), ("userid", user.unwrap_or("0"))])
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawError {
    exception: Scalar,
    errorcode: Scalar,
}

/// Reads an answer, or says why not.
fn read<T: DeserializeOwned>(answer: &Answer<'_>, now: DateTime<Utc>) -> Result<T, Fault> {
    let status = answer.status;
    let body = answer.body.trim_ascii();
    if matches!(body.first(), Some(b'{')) {
        let error: Result<Entry<RawError>, _> = serde_json::from_slice(body);
        if let Some(error) = error.ok().and_then(|entry| entry.0)
            && (error.exception != Scalar::Absent || error.errorcode != Scalar::Absent)
        {
            return Err(refused(error.errorcode.text().unwrap_or_default(), status));
        }
    }
    let wait = || answer.retry_after(now);
    match status {
        200..=299 => {}
        429 => return Err(Fault::of(Why::Busy, status).after(wait())),
        408 | 425 | 500..=599 => return Err(Fault::of(Why::Unavailable, status).after(wait())),
        // Switched off: newer versions say so, older ones say nothing with status 200.
        403 if body.is_empty() => return Err(Fault::of(Why::ServiceOff, status)),
        403 => return Err(Fault::of(Why::Refused, status)),
        300..=399 | 404 | 405 | 410 => return Err(Fault::of(Why::NotThere, status)),
        _ => return Err(Fault::of(Why::Refused, status)),
    }
    match body.first() {
        None => Err(Fault::of(Why::ServiceOff, status)),
        Some(b'<') => Err(Fault::of(Why::NotThere, status)),
        Some(_) => serde_json::from_slice(body).map_err(|_| Fault::of(Why::Unreadable, status)),
    }
}

/// What Moodle's error codes mean.
fn refused(code: &str, status: u16) -> Fault {
    let why = match code {
        "invalidtoken"
        | "invalidtimedtoken"
        | "invaliduser"
        | "wsaccessuserdeleted"
        | "wsaccessusersuspended"
        | "wsaccessuserexpired"
        | "wsaccessusernologin"
        | "wsaccessuserunconfirmed"
        | "forcepasswordchangenotice"
        | "usernotfullysetup"
        | "sitepolicynotagreed" => Why::TokenRefused,
        "accessexception" => Why::FunctionMissing,
        "servicenotavailable" | "enablewsdescription" | "servicerequireslogin" => Why::ServiceOff,
        "nopermissions"
        | "nopermission"
        | "nopermissiontoviewgrades"
        | "cannotviewreport"
        | "accessdenied"
        | "notingroup"
        | "nopermissiontoviewpage" => Why::Forbidden,
        "requireloginerror" | "errorcoursecontextnotvalid" | "coursehidden" | "notenrolled" => {
            Why::CourseClosed
        }
        "invalidrecord" | "invalidrecordunknown" | "invalidcourseid" | "unknowncourse" => Why::CourseNotFound,
        "completionnotenabled" | "nocriteriaset" => Why::NoCompletion,
        "sitemaintenance" | "upgraderunning" => Why::Unavailable,
        "invalidparameter" | "invalidresponse" => Why::Unreadable,
        _ => Why::Refused,
    };
    Fault::of(why, status).said(code)
}

/// Whether a refusal only means that this person is not tracked in the course (any more).
#[must_use]
pub fn is_about_the_person(fault: &Fault) -> bool {
    matches!(fault.words.as_deref(), Some("usernotenroled" | "notenroled" | "userdeleted" | "usersuspended"))
}

fn list<T: DeserializeOwned>(list: List<T>, answer: &Answer<'_>) -> Result<Vec<Entry<T>>, Fault> {
    list.0.ok_or_else(|| Fault::of(Why::Unreadable, answer.status))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawSite {
    siteurl: Scalar,
    release: Scalar,
    functions: List<RawFunction>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawFunction {
    name: Scalar,
}

/// What a site says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its address.
    pub url: String,
    /// Its version, for people.
    pub release: Option<String>,
    /// The functions of [`FUNCTIONS`] that the token may not call.
    pub missing: Vec<&'static str>,
}

/// What the site says of itself.
///
/// # Errors
/// [`Fault`].
pub fn site(answer: &Answer<'_>, now: DateTime<Utc>) -> Result<Site, Fault> {
    let raw: RawSite = read::<Entry<RawSite>>(answer, now)?.0.unwrap_or_default();
    let unreadable = || Fault::of(Why::Unreadable, answer.status);
    let url = raw.siteurl.text().ok_or_else(unreadable)?.trim_end_matches('/').to_owned();
    let functions = list(raw.functions, answer)?;
    let has = |name: &str| {
        functions
            .iter()
            .filter_map(|entry| entry.0.as_ref())
            .any(|function| function.name.text() == Some(name))
    };
    let missing = FUNCTIONS.into_iter().filter(|name| !has(name)).collect();
    Ok(Site { url, release: raw.release.text().map(str::to_owned), missing })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawPerson {
    id: Scalar,
    lastcourseaccess: Scalar,
}

/// Somebody in a course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their number.
    pub id: String,
    /// When they were last in the course.
    pub seen_at: Option<DateTime<Utc>>,
}

/// The people of a course.
///
/// # Errors
/// [`Fault`].
pub fn enrolled(answer: &Answer<'_>, now: DateTime<Utc>) -> Result<Page<Person>, Fault> {
    let entries = list(read::<List<RawPerson>>(answer, now)?, answer)?;
    Ok(Page::of(entries, |entry| {
        let read = entry
            .0
            .and_then(|raw| Some(Person { id: raw.id.id()?, seen_at: raw.lastcourseaccess.seconds() }));
        read.into()
    }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawStatus {
    completionstatus: Entry<RawCompletion>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawCompletion {
    completed: Scalar,
    aggregation: Scalar,
    completions: List<RawCriterion>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawCriterion {
    complete: Scalar,
    timecompleted: Scalar,
}

/// Whether a person has completed the course. Moodle gives no time of the whole, but one of each criterion: it was
/// complete with the last of them, or, where any will do, with the first.
///
/// # Errors
/// [`Fault`]; [`Why::NoCompletion`] where the course has no criteria.
pub fn course_completion(answer: &Answer<'_>, user: &str, now: DateTime<Utc>) -> Result<Told, Fault> {
    let unreadable = || Fault::of(Why::Unreadable, answer.status);
    let raw = read::<Entry<RawStatus>>(answer, now)?
        .0
        .and_then(|raw| raw.completionstatus.0)
        .ok_or_else(unreadable)?;
    let done = raw.completed.flag().ok_or_else(unreadable)?;
    let times = raw.completions.0.unwrap_or_default().into_iter().filter_map(|entry| {
        let criterion = entry.0.filter(|criterion| criterion.complete.flag() == Some(true))?;
        criterion.timecompleted.seconds()
    });
    let at = if raw.aggregation.count() == Some(2) { times.min() } else { times.max() };
    let said = Said::Completed { subject: Subject::Course, done };
    Ok(Told { user: user.to_owned(), said, at: at.filter(|_| done) })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawStatuses {
    statuses: List<RawActivity>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawActivity {
    cmid: Scalar,
    state: Scalar,
    timecompleted: Scalar,
    tracking: Scalar,
}

/// Which of the wanted activities a person has completed: complete, or complete with a pass. Complete with a fail is
/// not done.
///
/// # Errors
/// [`Fault`].
pub fn activities(
    answer: &Answer<'_>,
    user: &str,
    wanted: &Wanted,
    now: DateTime<Utc>,
) -> Result<Page<Told>, Fault> {
    let raw = read::<Entry<RawStatuses>>(answer, now)?.0.unwrap_or_default();
    let entries = list(raw.statuses, answer)?;
    Ok(Page::of(entries, |entry| {
        let Some((id, raw)) = entry.0.and_then(|raw| Some((raw.cmid.id()?, raw))) else {
            return Came::Unreadable;
        };
        if !wanted.completions.contains(&id) || raw.tracking.count() == Some(0) {
            return Came::Nothing;
        }
        let Some(state) = raw.state.count() else { return Came::Unreadable };
        let done = matches!(state, 1 | 2);
        let said = Said::Completed { subject: Subject::Activity(id), done };
        Came::Item(Told { user: user.to_owned(), said, at: raw.timecompleted.seconds().filter(|_| done) })
    }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawGrades {
    usergrades: List<RawUserGrades>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawUserGrades {
    userid: Scalar,
    gradeitems: List<RawGrade>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawGrade {
    id: Scalar,
    itemtype: Scalar,
    itemnumber: Scalar,
    cmid: Scalar,
    graderaw: Scalar,
    grademin: Scalar,
    grademax: Scalar,
    gradeishidden: Scalar,
    gradehiddenbydate: Scalar,
    gradeneedsupdate: Scalar,
    gradedategraded: Scalar,
}

/// The wanted grades, of one person or of everybody. Activities are named by the number in their address (`cmid`;
/// a second grade of one activity is `cmid/1`), columns that a teacher made by `grade:` and the number of the column.
/// A column whose least grade is not 0 (scales) is unreadable: a percentage of it means nothing here.
///
/// # Errors
/// [`Fault`].
pub fn grades(answer: &Answer<'_>, wanted: &Wanted, now: DateTime<Utc>) -> Result<Page<Told>, Fault> {
    let raw = read::<Entry<RawGrades>>(answer, now)?.0.unwrap_or_default();
    let mut page = Page { items: Vec::new(), unreadable: 0 };
    for entry in list(raw.usergrades, answer)? {
        let read = entry.0.and_then(|raw| Some((raw.userid.id()?, raw.gradeitems.0?)));
        let Some((user, items)) = read else {
            page.unreadable += 1;
            continue;
        };
        let of_user = Page::of(items, |entry| match entry.0 {
            None => Came::Unreadable,
            Some(grade) => grade.read(&user, wanted),
        });
        page.items.extend(of_user.items);
        page.unreadable += of_user.unreadable;
    }
    Ok(page)
}

impl RawGrade {
    fn read(&self, user: &str, wanted: &Wanted) -> Came<Told> {
        if self.id.id().is_some_and(|id| wanted.own_items.contains(&id)) {
            return Came::Nothing;
        }
        let Some(subject) = self.subject() else { return Came::Nothing };
        let is_wanted = match &subject {
            Subject::Course => wanted.course_score,
            Subject::Activity(id) => wanted.scores.contains(id),
        };
        if !is_wanted {
            return Came::Nothing;
        }
        let maximum = self.grademax.decimal().filter(|maximum| *maximum > Decimal::ZERO);
        if self.grademin.decimal().is_some_and(|least| !least.is_zero()) || maximum.is_none() {
            return Came::Unreadable;
        }
        let given = match &self.graderaw {
            Scalar::Absent => None,
            Scalar::Text(text) if text.is_empty() => None,
            raw => match raw.decimal() {
                Some(given) => Some(given),
                None => return Came::Unreadable,
            },
        };
        let is = |flag: &Scalar| flag.flag() == Some(true);
        let state = match given {
            None => ScoreState::Missing,
            Some(_) if is(&self.gradeneedsupdate) => ScoreState::Missing,
            Some(_) if is(&self.gradeishidden) || is(&self.gradehiddenbydate) => ScoreState::Unreleased,
            Some(_) => ScoreState::Graded,
        };
        let counts = state == ScoreState::Graded;
        let said = Said::Score { subject, given: given.filter(|_| counts), maximum, state };
        Came::Item(Told {
            user: user.to_owned(),
            said,
            at: self.gradedategraded.seconds().filter(|_| counts),
        })
    }

    fn subject(&self) -> Option<Subject> {
        match self.itemtype.text()? {
            "course" => Some(Subject::Course),
            "mod" => {
                let id = self.cmid.id()?;
                Some(Subject::Activity(match self.itemnumber.count() {
                    None | Some(0) => id,
                    Some(number) => format!("{id}/{number}"),
                }))
            }
            "manual" | "category" => Some(Subject::Activity(format!("grade:{}", self.id.id()?))),
            _ => None,
        }
    }
}
