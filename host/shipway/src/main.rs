//! shipway
fn main() {}
