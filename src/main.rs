//! The program: runtime, arguments, `cli`; nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    laurel::cli::main()
}
