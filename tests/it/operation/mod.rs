//! Operation: what whoever runs the server relies on (issue 2, item 12).

mod checks;
mod defects;
mod http;
mod logs;
mod private_keys;
mod recheck;
mod restored;
mod retention;
mod secrets;
mod switches;
