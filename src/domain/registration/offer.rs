//! What we offer a platform (lti-1.3-tool §20.3): our addresses for it, our pages, their names in every language,
//! and what we ask for.

use lti::dynamic::{Configuration, Offer, Page, Proposal, USUAL_SCOPES};

use crate::{
    app::App,
    error::{Error, Result},
    ids::PlatformId,
    texts::{Language, Texts},
};

/// The registration as it will be sent to one platform.
pub(super) fn proposal(
    app: &App,
    id: PlatformId,
    logo_url: &str,
    platform: &Configuration,
) -> Result<Proposal> {
    let url = &app.settings.server.public_url;
    let (login, jwks) = (url.at(&format!("/lti/login/{id}")), url.at(&format!("/lti/jwks/{id}")));
    let (home, review) = (url.at("/course"), url.at("/course/review"));
    let [product, badges, pick, look] =
        ["product", "register-label-home", "register-label-pick", "register-label-review"].map(Labels::of);
    let about = Texts::of(Language::En).say("register-description");
    let contact = contact(app);
    let offer = Offer {
        name: &product.usual,
        names: &product.others(),
        description: &about,
        login_url: &login,
        launch_url: &app.tool.launch_url,
        jwks_url: &jwks,
        home: Page { url: &home, label: &badges.usual, labels: &badges.others() },
        picker: Some(Page { url: &app.tool.picker_url, label: &pick.usual, labels: &pick.others() }),
        review: Some(Page { url: &review, label: &look.usual, labels: &look.others() }),
        logo_url: Some(logo_url),
        client_url: Some(url.as_str()),
        policy_url: None,
        terms_url: None,
        contacts: &[&contact],
        secondary_domains: &[],
        parameters: &platform.quirks().parameters(),
        scopes: &USUAL_SCOPES,
        tool_id: "laurel",
        vendor: "Laurel",
    };
    offer.propose(platform).map_err(Error::internal)
}

/// Whom a platform's administrator may write to.
fn contact(app: &App) -> String {
    let mail = &app.settings.mail;
    match (mail.reply_to.is_empty(), mail.from_address.is_empty()) {
        (false, _) => mail.reply_to.clone(),
        (true, false) => mail.from_address.clone(),
        (true, true) => {
            let host = app.settings.server.public_url.authority();
            format!("badges@{}", host.split(':').next().unwrap_or(host))
        }
    }
}

/// A text in every language.
struct Labels {
    usual: String,
    rest: Vec<(&'static str, String)>,
}

impl Labels {
    fn of(key: &'static str) -> Self {
        let rest = Language::ALL.into_iter().filter(|language| *language != Language::En);
        Self {
            usual: Texts::of(Language::En).say(key),
            rest: rest.map(|language| (language.tag(), Texts::of(language).say(key))).collect(),
        }
    }

    fn others(&self) -> Vec<(&str, &str)> {
        self.rest.iter().map(|(tag, text)| (*tag, text.as_str())).collect()
    }
}
