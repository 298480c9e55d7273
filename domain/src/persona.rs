//! Under whose name a reply is signed.

use sha2::{Digest, Sha256};

use crate::address;

/// What a draft may hold in place of the persona's name (SOP CS-01, send-support-email).
pub const NAME_SLOT: &str = "[Name]";

/// The persona for the person with this address: always the same while the list is the same.
///
/// The SHA-256 of the normalised address, read as one big-endian number, modulo the length of the
/// list. `None` only for an empty list.
pub fn choose<'a>(personas: &'a [String], contact_address: &str) -> Option<&'a str> {
    let count = u128::try_from(personas.len()).ok().filter(|count| *count > 0)?;
    let digest = Sha256::digest(address::normalise(contact_address).as_bytes());
    let index = digest.iter().fold(0_u128, |rest, byte| (rest * 256 + u128::from(*byte)) % count);
    personas.get(usize::try_from(index).ok()?).map(String::as_str)
}

/// The sign-off of a reply: the persona, a line break, the brand.
pub fn sign_off(persona: &str, brand: &str) -> String {
    format!("{persona}\n{brand}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Vec<String> {
        ["Sophie", "Tom", "Lucy"].map(str::to_owned).to_vec()
    }

    #[test]
    fn given_one_person_when_written_differently_then_the_persona_is_the_same() {
        let personas = three();
        let chosen = choose(&personas, "ada@example.org");
        assert!(chosen.is_some());
        assert_eq!(choose(&personas, " ADA@Example.org "), chosen);
    }

    #[test]
    fn given_a_known_digest_then_the_choice_is_its_remainder() {
        // SHA-256 of "ada@example.org", computed elsewhere, modulo 3.
        assert_eq!(choose(&three(), "ada@example.org"), Some("Tom"));
        assert_eq!(choose(&three(), "grace@example.org"), Some("Lucy"));
    }

    #[test]
    fn given_many_people_then_every_persona_is_used() {
        let personas = three();
        let mut used: Vec<&str> =
            (0..60).filter_map(|n| choose(&personas, &format!("person{n}@example.org"))).collect();
        used.sort_unstable();
        used.dedup();
        assert_eq!(used, ["Lucy", "Sophie", "Tom"]);
    }

    #[test]
    fn given_no_personas_then_there_is_no_choice() {
        assert_eq!(choose(&[], "ada@example.org"), None);
    }

    #[test]
    fn a_sign_off_is_two_lines() {
        assert_eq!(sign_off("Tom", "Protocol Raw"), "Tom\nProtocol Raw");
    }
}
