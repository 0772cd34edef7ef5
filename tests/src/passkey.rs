//! An authenticator made of a few lines: answers WebAuthn options as a browser with a key would.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::{
    ecdsa::{DerSignature, SigningKey, signature::Signer as _},
    elliptic_curve::Generate as _,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// What is wrong with an answer, if anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing.
    None,
    /// It was asked for on another site.
    OtherOrigin,
    /// The owner was there, but was not verified.
    Unverified,
    /// The signature is another's.
    OtherKey,
}

/// An authenticator with one key.
#[derive(Clone, Debug)]
pub struct Authenticator {
    key: SigningKey,
    id: Vec<u8>,
    origin: String,
    host: String,
    user: Vec<u8>,
    /// How often it has signed; a copy goes on from where it was copied. None for keys that do not
    /// count, as those that are kept in a cloud.
    count: Option<u32>,
}

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const NEW_KEY: u8 = 0x40;

impl Authenticator {
    /// One in a browser that visits `origin`, such as `http://localhost:8080`.
    #[must_use]
    pub fn at(origin: &str) -> Self {
        let host = origin.split("//").nth(1).and_then(|rest| rest.split(':').next());
        Self {
            key: SigningKey::generate(),
            id: uuid::Uuid::new_v4().as_bytes().repeat(2),
            origin: origin.to_owned(),
            host: host.unwrap_or_default().to_owned(),
            user: Vec::new(),
            count: Some(0),
        }
    }

    /// The same, which does not count.
    #[must_use]
    pub fn uncounted(self) -> Self {
        Self { count: None, ..self }
    }

    /// Answers creation options with the key: a `RegistrationResponseJSON`.
    pub fn create(&mut self, options: &Value, flaw: Flaw) -> Value {
        assert_eq!(options["rp"]["id"], json!(self.host), "{options}");
        assert_eq!(options["authenticatorSelection"]["residentKey"], "required", "{options}");
        assert_eq!(options["authenticatorSelection"]["userVerification"], "required", "{options}");
        let user = options["user"]["id"].as_str().expect("a user");
        self.user = URL_SAFE_NO_PAD.decode(user).expect("base64url");
        let mut data = self.data(NEW_KEY, flaw);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).expect("a short id").to_be_bytes());
        data.extend(&self.id);
        data.extend(self.cose());
        // {"fmt": "none", "attStmt": {}, "authData": data}
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
        object.extend(u16::try_from(data.len()).expect("short data").to_be_bytes());
        object.extend(data);
        let client = self.client("webauthn.create", options, flaw);
        self.answer(json!({
            "attestationObject": URL_SAFE_NO_PAD.encode(object),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
            "transports": ["internal"],
        }))
    }

    /// Answers request options with a signature: an `AuthenticationResponseJSON`.
    pub fn get(&mut self, options: &Value, flaw: Flaw) -> Value {
        assert_eq!(options["rpId"], json!(self.host), "{options}");
        assert_eq!(options["userVerification"], "required", "{options}");
        self.count = self.count.map(|count| count + 1);
        let data = self.data(0, flaw);
        let client = self.client("webauthn.get", options, flaw);
        let mut signed = data.clone();
        signed.extend(Sha256::digest(&client));
        let other = SigningKey::generate();
        let key = if flaw == Flaw::OtherKey { &other } else { &self.key };
        let signature: DerSignature = key.sign(&signed);
        self.answer(json!({
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
            "signature": URL_SAFE_NO_PAD.encode(signature.as_bytes()),
            "userHandle": URL_SAFE_NO_PAD.encode(&self.user),
        }))
    }

    fn data(&self, flags: u8, flaw: Flaw) -> Vec<u8> {
        let verified = if flaw == Flaw::Unverified { 0 } else { VERIFIED };
        let mut data = Sha256::digest(self.host.as_bytes()).to_vec();
        data.push(flags | PRESENT | verified);
        data.extend(self.count.unwrap_or_default().to_be_bytes());
        data
    }

    fn client(&self, kind: &str, options: &Value, flaw: Flaw) -> String {
        let other = flaw == Flaw::OtherOrigin;
        let origin = if other { "https://elsewhere.example" } else { &self.origin };
        json!({ "type": kind, "challenge": options["challenge"], "origin": origin,
                "crossOrigin": false })
        .to_string()
    }

    fn answer(&self, response: Value) -> Value {
        let id = URL_SAFE_NO_PAD.encode(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response,
                "clientExtensionResults": {} })
    }

    /// The public key as COSE has it: {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
    fn cose(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = point.as_bytes()[1..].split_at(32);
        let mut key = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 32];
        key.extend(x);
        key.extend([0x22, 0x58, 32]);
        key.extend(y);
        key
    }
}
