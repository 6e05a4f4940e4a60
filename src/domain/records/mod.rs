//! Records: a platform's own interface, read with the institution's consent (`spec/signals.md` D). What it tells of
//! completions and scores becomes readings of channel `record`, strength strong; nothing is awarded here.
//!
//! Pure: [`canvas`] and [`moodle`] (what to ask, what answers say), [`told`] (both alike), [`fault`] (why not),
//! [`loose`] (JSON of strangers), [`rotation`] (whom to ask about next). With the world: [`source`] (who consented),
//! `fetch` (asking), `wanted` (what rules ask for), `keep` (learners and readings), [`read`](mod@read), [`check`].

pub mod canvas;
pub mod check;
pub mod fault;
mod fetch;
mod keep;
pub mod loose;
pub mod moodle;
pub mod read;
mod read_canvas;
mod read_moodle;
pub mod rotation;
pub mod source;
pub mod told;
mod wanted;

pub use fault::{Fault, Why};
pub use read::{Reading, SourceOfCourse, is_anybody_unnamed, read, sources_of_course};
