//! Who may call what: every operation is tried by a stranger and by a key without its scope (`scopes`), and by another
//! organization with the first one's ids, all of them and one at a time (`tenants`; design §6.4). An operation that is
//! not in `CALLERS` fails; so does one that names something and escapes the walk.

mod scopes;
mod tenants;
