//! What who teaches in a course sees and does there, over real HTTP: checks and alarms, approvals, columns by a button,
//! lists that are compared, what is taken back in time, and the award of a badge's own scope and period.

mod approvals;
mod checks;
mod files;
mod periods;
mod permits;
mod undo;

use practice::browser::{Browser, Page, html::Form};

use crate::services::{Class, LINK};

/// A teacher's browser after a launch.
pub struct Teacher {
    pub browser: Browser,
    pub page: Page,
    pub launch: String,
}

impl Teacher {
    pub async fn of(class: &Class, user: &str, browser: Browser) -> Self {
        browser.sign_in(&class.app.lms, user).await.unwrap();
        let outcome = browser.launch(&class.app.lms, user, LINK).await.unwrap();
        let named = outcome.page.url.query_pairs().filter(|(name, _)| name == "launch");
        let launch = named.last().unwrap().1.into_owned();
        Self { browser, page: outcome.page, launch }
    }

    pub async fn opens(&self, class: &Class, path: &str) -> Page {
        self.browser.get(&class.app.at(&format!("{path}?launch={}", self.launch))).await.unwrap()
    }

    /// Presses a button, and sees where it leads.
    pub async fn presses(&self, page: &Page, button: &str) -> Page {
        let sent = self.browser.press(page, button).await.unwrap();
        let page = self.browser.follow(sent).await.unwrap();
        assert_eq!(page.status, 200, "{button}: {}", page.text());
        page
    }
}

fn says(page: &Page, words: &[&str]) {
    for words in words {
        assert!(page.contains(words), "`{words}` is not shown: {}", page.text());
    }
}

fn says_not(page: &Page, words: &[&str]) {
    for words in words {
        assert!(!page.contains(words), "`{words}` is shown: {}", page.text());
    }
}

/// Presses the first button of the page that leads to such an address.
pub async fn goes(teacher: &Teacher, page: &Page, path: &str) -> Page {
    let html = page.text();
    let found = html.split("formaction=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let url = found.map(|url| url.replace("&#38;", "&")).find(|url| url.contains(path)).unwrap();
    let form = page.forms().into_iter().find(|form| form.id.as_deref() == Some("carry")).unwrap();
    teacher.browser.submit(page, &Form { action: url, ..form }).await.unwrap()
}
