//! Why a platform's own record could not be read: few kinds with stable codes, a sentence for the administrator who
//! set it up, and how long to wait. Pure; quotes nothing a platform says but its error codes.

use chrono::Duration;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// The credential is wrong, expired or withdrawn.
    TokenRefused,
    /// The credential is good, but limited to other requests.
    ScopeMissing,
    /// The service account may not do this.
    Forbidden,
    /// The service account may not enter the course.
    CourseClosed,
    /// Web services are switched off.
    ServiceOff,
    /// The function is not part of the service.
    FunctionMissing,
    /// Nobody told us how the platform's own interface calls the course.
    CourseUnnamed,
    /// Nobody told us how the platform's own interface calls some of the course's people.
    PeopleUnnamed,
    /// There is no such course.
    CourseNotFound,
    /// The address is another site than the platform whose people we know.
    OtherSite,
    /// There is no such interface at this address.
    NotThere,
    /// The course has nothing that could be completed.
    NoCompletion,
    /// Asked too often.
    Busy,
    /// Nobody answers, or only that something is broken.
    Unavailable,
    /// The address is not one we call.
    AddressRefused,
    /// The answer is longer than we take.
    TooLarge,
    /// The answer is not what was asked for.
    Unreadable,
    /// The pages lead astray.
    Paging,
    /// Refused for another reason.
    Refused,
}

impl Why {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::TokenRefused,
        Self::ScopeMissing,
        Self::Forbidden,
        Self::CourseClosed,
        Self::ServiceOff,
        Self::FunctionMissing,
        Self::CourseUnnamed,
        Self::PeopleUnnamed,
        Self::CourseNotFound,
        Self::OtherSite,
        Self::NotThere,
        Self::NoCompletion,
        Self::Busy,
        Self::Unavailable,
        Self::AddressRefused,
        Self::TooLarge,
        Self::Unreadable,
        Self::Paging,
        Self::Refused,
    ];

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TokenRefused => "record.token_refused",
            Self::ScopeMissing => "record.scope_missing",
            Self::Forbidden => "record.forbidden",
            Self::CourseClosed => "record.course_closed",
            Self::ServiceOff => "record.service_off",
            Self::FunctionMissing => "record.function_missing",
            Self::CourseUnnamed => "record.course_unnamed",
            Self::PeopleUnnamed => "record.people_unnamed",
            Self::CourseNotFound => "record.course_not_found",
            Self::OtherSite => "record.other_site",
            Self::NotThere => "record.not_there",
            Self::NoCompletion => "record.no_completion",
            Self::Busy => "record.busy",
            Self::Unavailable => "record.unavailable",
            Self::AddressRefused => "record.address_refused",
            Self::TooLarge => "record.too_large",
            Self::Unreadable => "record.unreadable",
            Self::Paging => "record.paging",
            Self::Refused => "record.refused",
        }
    }

    /// The one of this code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.code() == code)
    }

    /// What it means and what to do.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::TokenRefused => {
                "The learning platform refuses the credential. Make a new token for the service account and add the \
                 record source again."
            }
            Self::ScopeMissing => {
                "The token's developer key lacks a scope. Add the scopes that the set-up page lists and make a new token."
            }
            Self::Forbidden => {
                "The service account may not see this. Give its role the capabilities that the set-up page lists."
            }
            Self::CourseClosed => {
                "The service account cannot enter the course. Enrol it there, or give its role the right to view all \
                 courses."
            }
            Self::ServiceOff => {
                "Web services or their REST protocol are switched off at the learning platform. Switch them on."
            }
            Self::FunctionMissing => {
                "A function is missing in the web service at the learning platform. Add the functions that the set-up \
                 page lists."
            }
            Self::CourseUnnamed => {
                "The learning platform has not told its own number of this course. Add the custom field that the set-up \
                 page lists and open the tool once in the course."
            }
            Self::PeopleUnnamed => {
                "The learning platform has not told its own number of some people in the course, so what it records of \
                 them may be theirs or not. Add the custom field that the set-up page lists; people are named by the \
                 list of a link that has it, or when they open the tool."
            }
            Self::CourseNotFound => "The learning platform knows no such course.",
            Self::OtherSite => {
                "The address belongs to another site than the platform from which people open Laurel. Numbers of one \
                 site mean other people at another, so nothing is read."
            }
            Self::NotThere => {
                "There is no such interface at this address. Check the base address: it is the one in the browser, \
                 without the path of a page."
            }
            Self::NoCompletion => {
                "The course has nothing to complete: add completion requirements there, or use another condition."
            }
            Self::Busy => "The learning platform asks us to slow down. Laurel waits and goes on later.",
            Self::Unavailable => "The learning platform does not answer. Laurel tries again later.",
            Self::AddressRefused => {
                "Laurel does not call this address. Check it; for a platform inside your own network allow its host \
                 (client.allowed_hosts)."
            }
            Self::TooLarge => "The answer is longer than Laurel takes.",
            Self::Unreadable => "The answer is not what was asked for.",
            Self::Paging => "The pages of the answer lead astray, so the rest is not read.",
            Self::Refused => "The learning platform refuses the request.",
        }
    }

    /// Whether the same request may succeed later without anybody doing anything.
    #[must_use]
    pub fn is_passing(self) -> bool {
        matches!(self, Self::Busy | Self::Unavailable)
    }
}

/// Why something was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub why: Why,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// The platform's own code, or a few words of ours; nothing of anybody's data.
    pub words: Option<String>,
    /// Not before so long.
    pub wait: Option<Duration>,
}

impl Fault {
    /// A fault that we found out ourselves.
    #[must_use]
    pub fn new(why: Why) -> Self {
        Self { why, status: None, words: None, wait: None }
    }

    /// A fault of an answer.
    #[must_use]
    pub fn of(why: Why, status: u16) -> Self {
        Self { status: Some(status), ..Self::new(why) }
    }

    /// With the platform's own code, if it is one: letters, digits and what joins them.
    #[must_use]
    pub fn said(mut self, code: &str) -> Self {
        let is_code = |text: &str| {
            (1..=64).contains(&text.len())
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'/' | b'.'))
        };
        self.words = Some(code).filter(|code| is_code(code)).map(str::to_owned);
        self
    }

    /// Not before so long.
    #[must_use]
    pub fn after(mut self, wait: Option<Duration>) -> Self {
        self.wait = wait;
        self
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.why.code(), self.why.sentence())?;
        if let Some(status) = self.status {
            write!(f, " (HTTP {status})")?;
        }
        match &self.words {
            Some(words) => write!(f, " [{words}]"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Fault {}
