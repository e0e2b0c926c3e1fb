//! Randomness that nobody can foretell.

use aws_lc_rs::rand;

use crate::outcome::Fault;

/// Random bytes.
pub fn bytes<const LENGTH: usize>() -> Result<[u8; LENGTH], Fault> {
    let mut bytes = [0; LENGTH];
    rand::fill(&mut bytes).map_err(|_| Fault::because("the machine gave no randomness"))?;
    Ok(bytes)
}
