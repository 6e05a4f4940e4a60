//! A whole launch in one call, and the two halves of a launch made by hand.

use url::Url;

use crate::{
    bend::Bend,
    course::{ActivityId, UserId},
    fields::{self, Fields},
    lms::{Lms, lock},
    opening::Opening,
    tool::{LoginMethod, ToolRegistration},
};

use super::{Browser, BrowserError, Hop, MOST_HOPS, Page, Visit};

/// How a launch ended.
#[derive(Clone, Debug)]
pub struct LaunchOutcome {
    /// Every request of the launch, from the course page on.
    pub hops: Vec<Hop>,
    /// What the tool's launch address answered to the token (or the error): usually a 303. `None` when the launch
    /// did not come so far.
    pub answer: Option<Page>,
    /// The last page.
    pub page: Page,
}

impl LaunchOutcome {
    /// The last page's status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.page.status
    }

    /// The address the tool redirected to after the launch.
    #[must_use]
    pub fn location(&self) -> Option<Url> {
        self.answer.as_ref().and_then(Page::location)
    }

    /// The `launch` parameter of that address: the id of the launch record.
    #[must_use]
    pub fn launch_id(&self) -> Option<String> {
        let location = self.location()?;
        location.query_pairs().find(|(name, _)| name == "launch").map(|(_, id)| id.into_owned())
    }

    /// Whether the last page contains this text (an error code, a name).
    #[must_use]
    pub fn contains(&self, text: &str) -> bool {
        self.page.contains(text)
    }

    /// The hop that carried the token, or the error, to the tool.
    #[must_use]
    pub fn delivery(&self) -> Option<&Hop> {
        self.hops.iter().find(|hop| is_delivery(hop))
    }

    /// The token as posted.
    #[must_use]
    pub fn id_token(&self) -> Option<&str> {
        fields::first(&self.delivery()?.fields, "id_token")
    }
}

/// A login made by hand: the authentication request that the tool wants to send.
#[derive(Clone, Debug)]
pub struct Handshake {
    /// The authorization endpoint with whatever query it already had and all parameters of a redirect.
    pub url: Url,
    /// The decoded parameters, in order.
    pub fields: Fields,
    /// `state`; empty when missing.
    pub state: String,
    /// `nonce`; empty when missing.
    pub nonce: String,
    /// The tool's login answer.
    pub page: Page,
}

impl Browser {
    /// Signs in at the practice LMS by its form.
    ///
    /// # Errors
    /// When the request fails or the LMS knows nobody of this id.
    pub async fn sign_in(&self, lms: &Lms, user: impl Into<UserId>) -> Result<(), BrowserError> {
        let user = user.into();
        let url = format!("{}/sign-in", lms.base_url());
        let page = self.post(&url, &[("user", user.as_str())]).await?;
        if page.status != 303 {
            return Err(refused(page));
        }
        lock(&self.signed_in).insert(lms.base_url().to_owned(), user);
        Ok(())
    }

    /// Opens an activity as this person and walks the whole launch, to the last page.
    ///
    /// # Errors
    /// When a request fails, the LMS refuses to begin (not enrolled, locked), or the walk does not end. A refusal
    /// by the tool is an outcome, not an error.
    pub async fn launch(
        &self,
        lms: &Lms,
        user: impl Into<UserId>,
        activity: impl Into<ActivityId>,
    ) -> Result<LaunchOutcome, BrowserError> {
        self.launch_bent(lms, user, activity, &[]).await
    }

    /// The same with bends for this launch only.
    ///
    /// # Errors
    /// As [`Browser::launch`].
    pub async fn launch_bent(
        &self,
        lms: &Lms,
        user: impl Into<UserId>,
        activity: impl Into<ActivityId>,
        bends: &[Bend],
    ) -> Result<LaunchOutcome, BrowserError> {
        let activity = activity.into();
        let page =
            self.open_page(lms, user.into(), &["activities", activity.as_str(), "launch"], bends).await?;
        self.walk_launch(lms, page).await
    }

    /// Opens anything else as this person (a picker, a submission, …) and walks the whole launch.
    ///
    /// # Errors
    /// As [`Browser::launch`].
    pub async fn open(
        &self,
        lms: &Lms,
        user: impl Into<UserId>,
        opening: Opening,
        bends: &[Bend],
    ) -> Result<LaunchOutcome, BrowserError> {
        let path = lms.prepare_opening(opening);
        let path: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let page = self.open_page(lms, user.into(), &path, bends).await?;
        self.walk_launch(lms, page).await
    }

    /// The tool's registration page, in the frame of an administrator's page; redirects are followed.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn begin_registration(&self, lms: &Lms, tool_url: &str) -> Result<Page, BrowserError> {
        let address = lms.start_registration(tool_url);
        let page = self.visit(self.as_of(lms, Visit::new("GET", &address))?).await?;
        self.follow(page).await
    }

    /// Goes on from the LMS page that hands over to the tool.
    async fn walk_launch(&self, lms: &Lms, first: Page) -> Result<LaunchOutcome, BrowserError> {
        let mut page = first;
        let mut hops = vec![page.hop.clone()];
        let mut answer = None;
        loop {
            let next = match self.storage_step(lms, &page).await? {
                Some(next) => next,
                None => match self.step(&page).await? {
                    Some(next) => next,
                    None => break,
                },
            };
            if hops.len() > MOST_HOPS {
                return Err(BrowserError::Endless(next.url));
            }
            if answer.is_none() && is_delivery(&next.hop) {
                answer = Some(next.clone());
            }
            hops.push(next.hop.clone());
            page = next;
        }
        Ok(LaunchOutcome { hops, answer, page })
    }

    /// An author's answer to what a tool sent back: walks on from the tool's page and saves what is proposed.
    ///
    /// # Errors
    /// When a request fails or the walk does not end.
    pub async fn finish_deep_link(&self, page: Page) -> Result<Page, BrowserError> {
        let page = self.walk(page).await?;
        let saves = page.forms().iter().any(|form| form.action.ends_with("/save"));
        if saves { self.press(&page, "Save to the course").await } else { Ok(page) }
    }

    /// The LMS page that hands over to the tool, not yet submitted.
    async fn open_page(
        &self,
        lms: &Lms,
        user: UserId,
        path: &[&str],
        bends: &[Bend],
    ) -> Result<Page, BrowserError> {
        let known = lock(&self.signed_in).get(lms.base_url()) == Some(&user);
        if !known {
            self.sign_in(lms, user).await?;
        }
        let mut url =
            Url::parse(lms.base_url()).map_err(|_| BrowserError::Address(lms.base_url().to_owned()))?;
        let course_page = url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if self.options.in_window {
            url.query_pairs_mut().append_pair("in", "window");
        }
        if !bends.is_empty() {
            url.query_pairs_mut().append_pair("bends", &lms.prepare(bends));
        }
        let mut visit = Visit::new("GET", url.as_str()).from(&course_page);
        if !self.options.in_window {
            visit = visit.framed_by(&course_page);
        }
        let page = self.visit(visit).await?;
        // Some products send the browser on at once (302); being asked to sign in is 303.
        if matches!(page.status, 200 | 302) { Ok(page) } else { Err(refused(page)) }
    }

    /// Makes a login by hand and stops at the authentication request. The fields are sent as the registration's
    /// method says, from a page of the LMS, framed unless the browser launches in windows.
    ///
    /// # Errors
    /// When the request fails, or the answer is neither a redirect nor a self-submitting form: then the error
    /// carries the tool's page.
    pub async fn begin_login(
        &self,
        lms: &Lms,
        tool: &ToolRegistration,
        login: Fields,
    ) -> Result<Handshake, BrowserError> {
        let page = self.send_login(lms, tool, login).await?;
        if let Some(url) = page.location() {
            let fields: Fields = url.query_pairs().into_owned().collect();
            return Ok(Handshake::new(url, fields, page));
        }
        let form = page.self_submitting_form().filter(|_| page.status == 200);
        let target = form.and_then(|form| Some((page.url.join(&form.action).ok()?, form.fields)));
        match target {
            Some((url, mut fields)) => {
                fields.splice(0..0, url.query_pairs().into_owned());
                Ok(Handshake::new(url, fields, page))
            }
            None => Err(BrowserError::NoAuthenticationRequest { status: page.status, text: page.text() }),
        }
    }

    /// Sends a login by hand and returns whatever the tool answers.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn send_login(
        &self,
        lms: &Lms,
        tool: &ToolRegistration,
        login: Fields,
    ) -> Result<Page, BrowserError> {
        let visit = match tool.login_method {
            LoginMethod::Post => Visit::form(&tool.login_url, login),
            LoginMethod::Get => {
                let mark = if tool.login_url.contains('?') { '&' } else { '?' };
                Visit::new("GET", &format!("{}{mark}{}", tool.login_url, fields::encode(&login)))
            }
        };
        self.visit(self.as_of(lms, visit)?).await
    }

    /// Posts a token made by hand to the tool's launch address; the answer is not followed.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn deliver(
        &self,
        lms: &Lms,
        tool: &ToolRegistration,
        id_token: &str,
        state: &str,
    ) -> Result<Page, BrowserError> {
        self.deliver_fields(lms, tool, fields::owned(&[("id_token", id_token), ("state", state)])).await
    }

    /// Posts any fields to the tool's launch address as the LMS would.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn deliver_fields(
        &self,
        lms: &Lms,
        tool: &ToolRegistration,
        fields: Fields,
    ) -> Result<Page, BrowserError> {
        self.visit(self.as_of(lms, Visit::form(tool.launch_url(), fields))?).await
    }

    /// A request that a page of the LMS causes.
    fn as_of(&self, lms: &Lms, visit: Visit) -> Result<Visit, BrowserError> {
        let page =
            Url::parse(lms.base_url()).map_err(|_| BrowserError::Address(lms.base_url().to_owned()))?;
        let visit = visit.from(&page);
        Ok(if self.options.in_window { visit } else { visit.framed_by(&page) })
    }
}

impl Handshake {
    fn new(url: Url, fields: Fields, page: Page) -> Self {
        let field = |name: &str| fields::first(&fields, name).unwrap_or_default().to_owned();
        let (state, nonce) = (field("state"), field("nonce"));
        Self { url, fields, state, nonce, page }
    }

    /// The first value of a parameter.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        fields::first(&self.fields, name)
    }
}

/// Whether this hop brought the platform's answer to the tool.
fn is_delivery(hop: &Hop) -> bool {
    let has = |name: &str| fields::first(&hop.fields, name).is_some();
    // Authentication requests sent by POST have a nonce; answers never do. Bent answers may lack anything else.
    hop.method == "POST"
        && !has("nonce")
        && !has("login_hint")
        && (has("id_token") || has("error") || has("state"))
}

fn refused(page: Page) -> BrowserError {
    BrowserError::Refused { status: page.status, text: page.text(), url: page.url }
}
