//! Secrets and signatures of Standard Webhooks 1.0.
//!
//! Secrets are not stored: each is derived from the one key of the configuration, the
//! subscription and the number of the rotation.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use casebook_domain::ids::WebhookId;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::settings::WebhookKey;

/// What derived secrets are for, so that the key could serve other purposes as well.
const PURPOSE: &str = "casebook webhook secret 1";

/// What a key is known by.
const KEY_PURPOSE: &str = "casebook webhook key 1";
/// Bytes of a key's name: enough to tell keys apart, too few to say anything about one.
const KEY_ID_BYTES: usize = 8;

/// What an operator is told who set another key.
pub(super) const OTHER_KEY: &str = "is not the one that the subscription's secret was made from: \
    set that one again, or rotate the secret and give the receiver the new one";

/// The name of a key, by which a subscription knows the one that its secret is made from.
pub(super) fn key_id(key: &WebhookKey) -> String {
    let name = mac(key.bytes(), KEY_PURPOSE.as_bytes());
    name.iter().take(KEY_ID_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

/// A secret of one subscription, which the receiver has, too.
pub(super) struct Secret([u8; 32]);

impl Secret {
    /// The secret of a rotation.
    pub(super) fn derive(key: &WebhookKey, webhook: WebhookId, generation: u32) -> Self {
        Self(mac(key.bytes(), format!("{PURPOSE}\n{webhook}\n{generation}").as_bytes()))
    }

    /// The form in which a receiver gets it: `whsec_` and Base64 of its 32 bytes.
    pub(super) fn reveal(&self) -> String {
        format!("whsec_{}", STANDARD.encode(self.0))
    }

    /// The signature of a message: `v1,` and Base64 of HMAC-SHA256 over `id.timestamp.body`.
    pub(super) fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        let signed = mac(&self.0, format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(signed))
    }
}

fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    // HMAC takes keys of any length (RFC 2104 section 2), so this never falls back.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use casebook_domain::ids::derive;

    use super::*;

    #[test]
    fn a_signature_is_that_of_the_published_example() {
        // The example of the reference libraries of Standard Webhooks.
        let bytes = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("Base64");
        let body = r#"{"test": 2432232314}"#;
        let message = format!("msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{body}");
        let signature = STANDARD.encode(mac(&bytes, message.as_bytes()));
        assert_eq!(signature, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn each_subscription_and_rotation_has_a_secret_of_its_own() {
        let key = WebhookKey::new(&"k".repeat(32)).expect("long enough");
        let [one, two] = ["one", "two"].map(|name| WebhookId(derive(&[name])));
        let secret = |id, generation| Secret::derive(&key, id, generation).reveal();
        assert_eq!(secret(one, 1), secret(one, 1));
        assert_ne!(secret(one, 1), secret(one, 2));
        assert_ne!(secret(one, 1), secret(two, 1));
        assert!(secret(one, 1).starts_with("whsec_"));
        assert!(WebhookKey::new("short").is_err());
        let other = WebhookKey::new(&"o".repeat(32)).expect("long enough");
        assert_ne!(key_id(&key), key_id(&other));
        assert_eq!(key_id(&key).len(), 16);
    }
}
