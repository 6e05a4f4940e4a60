//! The program: runtime, arguments, `cli`; nothing else.
fn main() {}
