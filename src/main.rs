//! The program: runtime, arguments, `cli`; nothing else.

use std::process::ExitCode;

/// Launches make and drop many small things on several threads at once; the C library's allocator is slow at that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    laurel::cli::main()
}
