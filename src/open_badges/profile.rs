//! The issuer: a Profile of Open Badges 2.0 (hosted at an address) and of 3.0 (named by a DID), from one typed value
//! (open-badges.md §3.1, §5.1, §15).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::{Host, Url};

use crate::contexts::{CREDENTIALS_V2, OPEN_BADGES_V2, OPEN_BADGES_V3};
use crate::members::Members;
use crate::text::{FieldError, check_address, check_characters, check_text};

/// Who issues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issuer {
    /// The DID, the issuer's name in 3.0 and the owner of its keys.
    pub did: String,
    /// Address of the 2.0 Profile.
    pub ob2_id: String,
    /// Display name.
    pub name: String,
    /// Home page.
    pub url: String,
    /// Public contact address.
    pub email: String,
    /// A sentence about the issuer.
    pub description: Option<String>,
    /// Logo.
    pub image: Option<Image>,
    /// Where hosted assertions live; `None` leaves validators to compare hosts.
    pub scope: Option<VerificationScope>,
}

/// A picture at an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Address that answers the picture itself.
    pub url: String,
    /// What it shows, for people who cannot see it.
    pub caption: Option<String>,
}

/// The addresses that count as this issuer's hosted assertions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerificationScope {
    starts_with: String,
    allowed_origin: String,
}

impl VerificationScope {
    /// The scope "everything below `prefix`" (end it in `/`), or `None` where no `verification` member may be written:
    /// validators' patterns refuse hosts with a port, a single label or a number at the end (§3.3).
    #[must_use]
    pub fn below(prefix: &str) -> Option<Self> {
        let address = Url::parse(prefix).ok()?;
        let Some(Host::Domain(host)) = address.host() else { return None };
        let last = host.rsplit('.').next()?;
        let is_dotted =
            host.contains('.') && !last.is_empty() && last.bytes().all(|b| b.is_ascii_alphabetic());
        // `port()` hides a scheme's default port, which is still written in the assertions' addresses.
        let has_port = address.port().is_some() || prefix.contains(&format!("{host}:"));
        (is_dotted && !has_port)
            .then(|| Self { starts_with: prefix.to_owned(), allowed_origin: host.to_owned() })
    }

    /// The prefix every assertion's id has.
    #[must_use]
    pub fn starts_with(&self) -> &str {
        &self.starts_with
    }
}

impl Issuer {
    /// Refuse an issuer whose documents validators would refuse: at set-up, not at the first award.
    ///
    /// # Errors
    /// The first field that is missing or malformed.
    pub fn check(&self) -> Result<(), FieldError> {
        if !self.did.starts_with("did:") {
            return Err(FieldError::new("issuer.did", "is not a DID"));
        }
        check_address("issuer.did", &self.did)?;
        check_address("issuer.ob2_id", &self.ob2_id)?;
        check_text("issuer.name", &self.name)?;
        check_address("issuer.url", &self.url)?;
        if !is_email(&self.email) {
            return Err(FieldError::new("issuer.email", "is not an e-mail address"));
        }
        check_characters("issuer.description", self.description.as_deref().unwrap_or_default())?;
        if let Some(image) = &self.image {
            check_address("issuer.image.url", &image.url)?;
            check_characters("issuer.image.caption", image.caption.as_deref().unwrap_or_default())?;
        }
        Ok(())
    }
}

/// The 2.0 Profile document, as hosted at `issuer.ob2_id`.
#[must_use]
pub fn ob2(issuer: &Issuer) -> Value {
    Members::new()
        .with("@context", OPEN_BADGES_V2)
        .with("type", "Profile")
        .with("id", issuer.ob2_id.as_str())
        .with("name", issuer.name.as_str())
        .with("url", issuer.url.as_str())
        .with("email", issuer.email.as_str())
        .with_text("description", issuer.description.as_deref())
        .with_some("image", issuer.image.as_ref().map(image_ob2))
        .with_some(
            "verification",
            issuer.scope.as_ref().map(|scope| {
                json!({
                    "type": "VerificationObject",
                    "verificationProperty": "id",
                    "startsWith": scope.starts_with,
                    "allowedOrigins": scope.allowed_origin,
                })
            }),
        )
        .build()
}

/// The 3.0 Profile as a document of its own.
#[must_use]
pub fn ob3(issuer: &Issuer) -> Value {
    let mut document = json!({"@context": [CREDENTIALS_V2, OPEN_BADGES_V3]});
    if let (Value::Object(document), Value::Object(profile)) = (&mut document, embedded(issuer)) {
        document.extend(profile);
    }
    document
}

/// The Profile as it stands inside a credential.
pub(crate) fn embedded(issuer: &Issuer) -> Value {
    Members::new()
        .with("id", issuer.did.as_str())
        .with("type", json!(["Profile"]))
        .with("name", issuer.name.as_str())
        .with("url", issuer.url.as_str())
        .with("email", issuer.email.as_str())
        .with_text("description", issuer.description.as_deref())
        .with_some("image", issuer.image.as_ref().map(image_ob3))
        .with(
            "otherIdentifier",
            json!([{"type": "IdentifierEntry", "identifier": issuer.ob2_id, "identifierType": "identifier"}]),
        )
        .build()
}

/// Id, type and name only: the achievement's `creator`.
pub(crate) fn brief(issuer: &Issuer) -> Value {
    json!({"id": issuer.did, "type": ["Profile"], "name": issuer.name})
}

pub(crate) fn image_ob2(image: &Image) -> Value {
    Members::new()
        .with("type", "schema:ImageObject")
        .with("id", image.url.as_str())
        .with_text("caption", image.caption.as_deref())
        .build()
}

pub(crate) fn image_ob3(image: &Image) -> Value {
    Members::new()
        .with("id", image.url.as_str())
        .with("type", "Image")
        .with_text("caption", image.caption.as_deref())
        .build()
}

/// Enough of a check to catch an empty or swapped field; delivery is proven elsewhere.
fn is_email(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'))
        && !text.contains(char::is_whitespace)
}
