//! Generates the message types from `proto/` without protoc: protox compiles, prost generates.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=proto/redistribution.proto");
    let descriptors = protox::compile(["redistribution.proto"], ["proto"])?;
    prost_build::Config::new().compile_fds(descriptors)?;
    Ok(())
}
