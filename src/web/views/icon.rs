//! Small drawings inside the pages. They take the colour of the text and say nothing by themselves:
//! words stand beside each of them.

/// Two sprigs of laurel: our mark.
pub const LAUREL: &str = r#"<svg class="mark" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false"><g fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"><path d="M15 28C8.5 26.5 5 21 5.5 13.5"/><path d="M17 28c6.5-1.5 10-7 9.5-14.5"/></g><g fill="currentColor"><path d="M5.3 14.500C2.8 12 2.8 8.5 5 5.500c2.3 3 2.5 6.2.3 9Z"/><path d="M6.2 19.500c-3.1-1-4.7-3.7-4.4-7 3.3 1 4.9 3.5 4.4 7Z"/><path d="M8.7 24.200c-3.2.2-5.8-1.6-7-4.7 3.4-.5 6 1.1 7 4.700Z"/><path d="M7.2 17.700c.1-3.1 2-5.3 5-6 .4 3.2-1.5 5.5-5 6Z"/><path d="M9.7 22.400c-.2-3.1 1.5-5.5 4.4-6.5.7 3.2-.9 5.7-4.4 6.500Z"/><path d="M26.7 14.500c2.5-2.5 2.5-6 .3-9-2.3 3-2.5 6.2-.3 9Z"/><path d="M25.8 19.500c3.1-1 4.7-3.7 4.4-7-3.3 1-4.9 3.5-4.4 7Z"/><path d="M23.3 24.200c3.2.2 5.8-1.6 7-4.7-3.4-.5-6 1.1-7 4.700Z"/><path d="M24.8 17.700c-.1-3.1-2-5.3-5-6-.4 3.2 1.5 5.5 5 6Z"/><path d="M22.3 22.400c.2-3.1-1.5-5.5-4.4-6.5-.7 3.2.9 5.7 4.4 6.500Z"/></g></svg>"#;

/// It is so.
pub const YES: &str = r#"<svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false"><circle cx="10" cy="10" r="9" fill="currentColor"/><path d="m5.8 10.3 2.9 2.9 5.5-6.1" fill="none" stroke="var(--card)" stroke-width="2.1" stroke-linecap="round" stroke-linejoin="round"/></svg>"#;

/// Not yet.
pub const OPEN: &str = r#"<svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false"><circle cx="10" cy="10" r="8" fill="none" stroke="currentColor" stroke-width="1.8"/></svg>"#;

/// Nobody knows.
pub const UNKNOWN: &str = r#"<svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false"><circle cx="10" cy="10" r="8" fill="none" stroke="currentColor" stroke-width="1.8" stroke-dasharray="3 2.6"/><path d="M7.7 7.900a2.3 2.3 0 1 1 3.3 2.100c-.7.4-1 .8-1 1.5" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/><circle cx="10" cy="13.8" r="1" fill="currentColor"/></svg>"#;

/// No longer.
pub const NO: &str = r#"<svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false"><circle cx="10" cy="10" r="9" fill="currentColor"/><path d="m6.8 6.8 6.4 6.400m0-6.4-6.4 6.4" fill="none" stroke="var(--card)" stroke-width="2.1" stroke-linecap="round"/></svg>"#;

/// Waiting.
pub const WAIT: &str = r#"<svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false"><circle cx="10" cy="10" r="8" fill="none" stroke="currentColor" stroke-width="1.8"/><path d="M10 5.600V10l2.9 1.9" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/></svg>"#;

/// Look here.
pub const HEED: &str = r#"<svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false"><path d="M10 2.2 18.8 17.600H1.200Z" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linejoin="round"/><path d="M10 8v4.3" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/><circle cx="10" cy="14.9" r="1" fill="currentColor"/></svg>"#;
