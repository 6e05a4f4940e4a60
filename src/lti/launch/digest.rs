//! What a launch says, in one digest: the application compares it with the last one's to see whether anything
//! is new.

use aws_lc_rs::digest::{self, SHA256};

use super::Launch;
use crate::{claims::Person, hex::hex};

impl Launch {
    /// A digest of everything that is stored or evaluated: two launches with the same digest say the same.
    /// Nonce, times, warnings, signatures, whose work is looked at, and the ways back (which carry session keys)
    /// do not count.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut digester = Digester(digest::Context::new(&SHA256));
        digester.text("launch/2");
        digester.text(self.message.name());
        digester.text(&self.deployment_id);
        digester.maybe(self.subject.as_deref());
        digester.list(self.roles.known().iter().map(|role| role.uri()));
        digester.list(self.roles.unknown().iter());
        digester.text(self.permission.name());
        digester.list(self.mentored.iter());
        let Person { name, given_name, family_name, email, locale } = &self.person;
        for part in [name, given_name, family_name, email, locale, &self.locale] {
            digester.maybe(part.as_deref());
        }
        digester.maybe(self.context.as_ref().map(|context| context.id.as_str()));
        if let Some(context) = &self.context {
            digester.maybe(context.label.as_deref());
            digester.maybe(context.title.as_deref());
            digester.list(context.types.iter());
        }
        let link = self.link();
        digester.maybe(link.map(|link| link.id.as_str()));
        digester.maybe(link.and_then(|link| link.title.as_deref()));
        digester.maybe(link.and_then(|link| link.description.as_deref()));
        digester.list(self.custom.iter().flat_map(|(key, value)| [key, value]));
        digester.text(self.target.origin());
        digester.text(self.target.path_and_query());
        let platform = self.tool_platform.as_ref();
        digester.maybe(platform.and_then(|platform| platform.guid.as_deref()));
        digester.maybe(platform.and_then(|platform| platform.product_family.as_deref()));
        digester.maybe(platform.and_then(|platform| platform.version.as_deref()));
        digester.maybe(platform.and_then(|platform| platform.name.as_deref()));
        let ags = self.services.ags.as_ref();
        digester.list(ags.into_iter().flat_map(|ags| ags.scope.iter()));
        digester.maybe(ags.and_then(|ags| ags.lineitems.as_deref()));
        digester.maybe(ags.and_then(|ags| ags.lineitem.as_deref()));
        digester.maybe(self.services.nrps.as_ref().map(|nrps| nrps.url.as_str()));
        let groups = self.services.groups.as_ref();
        digester.list(groups.into_iter().flat_map(|groups| groups.scope.iter()));
        digester.maybe(groups.map(|groups| groups.url.as_str()));
        digester.maybe(groups.and_then(|groups| groups.sets_url.as_deref()));
        let notices = self.services.notices.as_ref();
        digester.list(notices.into_iter().flat_map(|notices| notices.scope.iter().chain(&notices.types)));
        digester.maybe(notices.map(|notices| notices.url.as_str()));
        digester.list(self.legacy.iter().flat_map(|legacy| legacy.said()));
        digester.text(if self.acting_as_other { "acting" } else { "self" });
        digester.finish()
    }
}

/// Feeds texts into a hash so that no two different lists of texts feed the same bytes.
struct Digester(digest::Context);

impl Digester {
    fn text(&mut self, text: &str) {
        self.0.update(&text.len().to_be_bytes());
        self.0.update(text.as_bytes());
    }

    fn maybe(&mut self, text: Option<&str>) {
        self.0.update(&[u8::from(text.is_some())]);
        if let Some(text) = text {
            self.text(text);
        }
    }

    fn list<T: AsRef<str>>(&mut self, texts: impl Iterator<Item = T>) {
        for text in texts {
            self.0.update(&[1]);
            self.text(text.as_ref());
        }
        self.0.update(&[0]);
    }

    fn finish(self) -> String {
        hex(self.0.finish().as_ref())
    }
}
