//! Everything the LMS opens a tool for: an activity, the picker of deep linking, a submission under review, or
//! any other message (lti-1.3-tool.md §10.3, §15.1, §19, §23.1), and what the token says then.

use serde_json::{Value, json};

use crate::{
    claims::{self, Subject},
    course::{Activity, ActivityId, Closed, Course, CourseId, Kind, ToolLink, User, UserId, World},
    dice,
    lms::{Lms, lock},
    manners::Activation,
    platform::{NoLaunch, Pending},
    services::LineItemId,
    tool::{MessageEntry, ToolRegistration},
};

/// Whose work is looked at.
pub const FOR_USER: &str = "https://purl.imsglobal.org/spec/lti/claim/for_user";

/// What a person opens.
#[derive(Clone, Debug, PartialEq)]
pub enum Opening {
    /// An activity: a resource launch.
    Activity(ActivityId),
    /// An activity as Canvas opens it for grading: a resource launch with `for_user`.
    Grading {
        /// The activity.
        activity: ActivityId,
        /// Whose work.
        learner: UserId,
    },
    /// The tool's picker: a deep-linking request.
    DeepLinking {
        /// The course that content is added to.
        course: CourseId,
        /// The tool.
        client_id: String,
    },
    /// A submission from the gradebook: a submission review request.
    Review(Review),
    /// Any other message, for what a tool must refuse (`LtiStartProctoring`).
    Message {
        /// The course.
        course: CourseId,
        /// The tool.
        client_id: String,
        /// `message_type`.
        message_type: String,
        /// More claims.
        claims: Vec<(String, Value)>,
    },
}

/// A submission review (§19).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// The course.
    pub course: CourseId,
    /// The tool.
    pub client_id: String,
    /// Whose submission.
    pub learner: UserId,
    /// The line item's address.
    pub lineitem: String,
    /// The link it is coupled to, if any: then the message has a `resource_link` (case X06).
    pub activity: Option<ActivityId>,
    /// The target, where the line item names one of its own.
    pub target_link_uri: Option<String>,
}

/// Where in its tool an opening leads, where that is not the tool's own deployment and target.
#[derive(Clone, Debug)]
pub(crate) struct Aim {
    pub deployment_id: Option<String>,
    pub target_link_uri: Option<String>,
}

impl Lms {
    /// Keeps an opening for one use; returns the path that begins it (`/open/…`), for whoever is signed in.
    #[must_use]
    pub fn prepare_opening(&self, opening: Opening) -> String {
        let ticket = dice::token();
        lock(&self.messages.openings).insert(ticket.clone(), opening);
        format!("/open/{ticket}")
    }

    /// An opening that was kept, taken out.
    pub(crate) fn take_opening(&self, ticket: &str) -> Option<Opening> {
        lock(&self.messages.openings).remove(ticket)
    }

    /// The review of somebody's submission in a tool's column; `None` for a column of no tool.
    pub fn review(&self, column: LineItemId, learner: impl Into<UserId>) -> Option<Opening> {
        let item = self.line_item(column)?;
        let tool = self.registration(item.client_id.as_deref()?)?;
        let own = item.members.get("submissionReview").and_then(|review| review.get("url"));
        Some(Opening::Review(Review {
            lineitem: self.line_item_url(&item, &tool, &self.quirks(|quirks| quirks.clone())),
            activity: item.link().map(ActivityId::from),
            target_link_uri: own.and_then(Value::as_str).map(str::to_owned),
            client_id: tool.client_id,
            course: item.course,
            learner: learner.into(),
        }))
    }

    /// Whether this person may open that, and where it leads. The pages offer less than this allows: what a tool
    /// must refuse has to reach it.
    pub(crate) fn aim(&self, opening: &Opening, user: &UserId) -> Result<(ToolRegistration, Aim), NoLaunch> {
        let (client_id, link) = self.world(|world| match opening {
            Opening::Activity(activity) | Opening::Grading { activity, .. } => {
                let (_, activity) = world.open(activity.as_str(), user)?;
                let Kind::Tool(link) = &activity.kind else { return Err(NoLaunch::NoTool) };
                Ok((link.client_id.clone(), Some(link.clone())))
            }
            Opening::Review(Review { course, client_id, .. })
            | Opening::DeepLinking { course, client_id }
            | Opening::Message { course, client_id, .. } => {
                is_there(world, course, user)?;
                Ok((client_id.clone(), None))
            }
        })?;
        let tool = self.registration(&client_id).ok_or(NoLaunch::Unregistered)?;
        if self.is_closed(&tool) {
            return Err(NoLaunch::NotActivated);
        }
        let announced = |entry: &Option<MessageEntry>| Some(entry.as_ref()?.target_link_uri.clone());
        let target_link_uri = match opening {
            Opening::DeepLinking { .. } => announced(&tool.deep_linking),
            Opening::Review(review) => review.target_link_uri.clone().or_else(|| announced(&tool.review)),
            _ => link.as_ref().and_then(|link| link.target_link_uri.clone()),
        };
        let deployment_id = link.and_then(|link| link.deployment_id);
        Ok((tool, Aim { deployment_id, target_link_uri }))
    }

    /// Whether nothing works with this tool until an administrator activates it.
    pub(crate) fn is_closed(&self, tool: &ToolRegistration) -> bool {
        tool.pending && self.manners().registration.activation == Activation::Closed
    }

    /// The payload of the token that answers an authentication request.
    pub(crate) fn payload(&self, tool: &ToolRegistration, pending: &Pending, nonce: &str) -> Option<Value> {
        let mut payload = self.world(|world| {
            let user = world.user(pending.user.as_str())?;
            match &pending.opening {
                Opening::Activity(id) => {
                    let (course, activity) = world.open(id.as_str(), &pending.user).ok()?;
                    self.resource_launch(tool, pending, course, activity, user, nonce)
                }
                Opening::Grading { activity, learner } => {
                    let (course, activity) = world.open(activity.as_str(), &pending.user).ok()?;
                    let mut payload = self.resource_launch(tool, pending, course, activity, user, nonce)?;
                    put(&mut payload, FOR_USER, self.for_user(tool, course, world.user(learner.as_str())?));
                    Some(payload)
                }
                Opening::DeepLinking { course, .. } => {
                    let course = world.course(course.as_str())?;
                    let own = tool.deep_linking.as_ref();
                    let mut payload = self.without_link(tool, own, pending, course, user, nonce)?;
                    self.deep_linking_request(&mut payload, course, &pending.ticket);
                    Some(payload)
                }
                Opening::Review(review) => self.review_request(tool, pending, world, review, user, nonce),
                Opening::Message { course, message_type, claims, .. } => {
                    let course = world.course(course.as_str())?;
                    let mut payload = self.without_link(tool, None, pending, course, user, nonce)?;
                    put(&mut payload, claims::MESSAGE_TYPE, message_type.as_str().into());
                    for (name, value) in claims {
                        put(&mut payload, name, value.clone());
                    }
                    Some(payload)
                }
            }
        })?;
        if tool.anonymous
            && let Value::Object(members) = &mut payload
        {
            for member in ["sub", "name", "given_name", "family_name", "email", "locale"] {
                members.shift_remove(member);
            }
        }
        self.add_notice_claim(&mut payload, tool);
        self.add_legacy_claim(&mut payload, tool, &pending.user);
        Some(payload)
    }

    fn resource_launch(
        &self,
        tool: &ToolRegistration,
        pending: &Pending,
        course: &Course,
        activity: &Activity,
        user: &User,
        nonce: &str,
    ) -> Option<Value> {
        let Kind::Tool(link) = &activity.kind else { return None };
        let target = pending.target;
        let subject = Subject { tool, course, activity, link, user, target, now: self.now() };
        Some(subject.claims(self, nonce))
    }

    /// A launch about no link: everything but `resource_link`.
    fn without_link(
        &self,
        tool: &ToolRegistration,
        message: Option<&MessageEntry>,
        pending: &Pending,
        course: &Course,
        user: &User,
        nonce: &str,
    ) -> Option<Value> {
        let nothing = Activity::tool("", "", &tool.client_id);
        let Kind::Tool(link) = &nothing.kind else { return None };
        let target = pending.target;
        let target_link_uri = pending.target_link_uri.clone();
        let custom = message.map(|message| message.custom.clone()).unwrap_or_default();
        let link = ToolLink { target_link_uri, custom, ..link.clone() };
        let subject =
            Subject { tool, course, activity: &nothing, link: &link, user, target, now: self.now() };
        let mut payload = subject.claims(self, nonce);
        if let Value::Object(members) = &mut payload {
            members.shift_remove(claims::RESOURCE_LINK);
        }
        Some(payload)
    }

    fn review_request(
        &self,
        tool: &ToolRegistration,
        pending: &Pending,
        world: &World,
        review: &Review,
        user: &User,
        nonce: &str,
    ) -> Option<Value> {
        let course = world.course(review.course.as_str())?;
        let mut payload = match &review.activity {
            Some(id) => {
                self.resource_launch(tool, pending, course, course.activity(id.as_str())?, user, nonce)?
            }
            None => self.without_link(tool, tool.review.as_ref(), pending, course, user, nonce)?,
        };
        put(&mut payload, claims::MESSAGE_TYPE, "LtiSubmissionReviewRequest".into());
        if let Some(target) = &pending.target_link_uri {
            put(&mut payload, claims::TARGET_LINK_URI, target.as_str().into());
        }
        let mut services = payload.get(claims::AGS_ENDPOINT).cloned().unwrap_or_else(|| json!({"scope": []}));
        put(&mut services, "lineitem", review.lineitem.as_str().into());
        put(&mut payload, claims::AGS_ENDPOINT, services);
        put(&mut payload, FOR_USER, self.for_user(tool, course, world.user(review.learner.as_str())?));
        Some(payload)
    }

    fn for_user(&self, tool: &ToolRegistration, course: &Course, learner: &User) -> Value {
        let mut claim = json!({"user_id": self.subject(&learner.id)});
        if let Some(roles) = course.roles.get(&learner.id) {
            put(&mut claim, "roles", json!(roles));
        }
        if tool.share_names {
            for (name, value) in learner.personal() {
                put(&mut claim, name, value.into());
            }
        }
        claim
    }
}

/// Sets a member of an object.
pub(crate) fn put(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(members) = object {
        members.insert(name.to_owned(), value);
    }
}

fn is_there(world: &World, course: &CourseId, user: &UserId) -> Result<(), Closed> {
    let course = world.course(course.as_str()).ok_or(Closed::Unknown)?;
    let person = world.user(user.as_str()).ok_or(Closed::Unknown)?;
    // Administrators open pickers of courses they are not enrolled in (Canvas, Blackboard).
    let enrolled = course.roles.contains_key(user) || person.is_administrator();
    if enrolled { Ok(()) } else { Err(Closed::NotEnrolled) }
}
