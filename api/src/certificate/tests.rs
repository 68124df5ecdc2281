//! Each form of a key, and each way in which a certificate is wrong.

use super::{Body, Error, chain, pem};
use crate::body::{Check, Rule};
use domain::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, PKCS_ED25519, PKCS_RSA_SHA256,
};
use rsa::{pkcs1::EncodeRsaPrivateKey, pkcs8::EncodePrivateKey};
use time::{Duration, OffsetDateTime};

/// Bytes of a PKCS#8 key of P-256 before the SEC1 key in it.
const PKCS8_HEADER: usize = 29;

fn now() -> Timestamp {
    Timestamp::new(OffsetDateTime::now_utc())
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec!["swarm.internal".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = now().moment() - Duration::days(1);
    params.not_after = now().moment() + Duration::days(90);
    params
}

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn issued(params: &CertificateParams, key: &KeyPair, by: &Issuer<'_, KeyPair>) -> String {
    params.clone().signed_by(key, by).unwrap().pem()
}

fn refused(key: &str, certificate: &str, ca: Option<&str>) -> (String, String) {
    let mut check = Check::default();
    let body = Body::new(key.to_owned(), certificate.to_owned(), ca.map(str::to_owned));
    let checked = body.checked(&mut check, "", now());
    let problem = check.done(checked).err().expect("a refusal");
    let error = problem.errors().first().expect("a field");
    (error.field.clone(), error.rule.to_owned())
}

fn accepted(key: &str, certificate: &str, ca: Option<&str>) -> super::Checked {
    let mut check = Check::default();
    let body = Body::new(key.to_owned(), certificate.to_owned(), ca.map(str::to_owned));
    let checked = body.checked(&mut check, "", now());
    check.done(checked).expect("nothing to be refused")
}

fn said(at: &str, error: Error) -> (String, String) {
    (at.to_owned(), error.word().to_owned())
}

#[test]
fn every_form_of_a_key_is_taken() {
    let authority = authority("authority");
    let ec = KeyPair::generate().unwrap();
    let ed25519 = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let rsa = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
    let pkcs8 = rsa.to_pkcs8_pem(rsa::pkcs8::LineEnding::LF).unwrap();
    let pkcs1 = rsa.to_pkcs1_pem(rsa::pkcs8::LineEnding::LF).unwrap();
    let rsa = KeyPair::from_pem_and_sign_algo(&pkcs8, &PKCS_RSA_SHA256).unwrap();
    let sec1 = pem::write("EC PRIVATE KEY", &ec.serialize_der()[PKCS8_HEADER..]);
    let parameters =
        "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    for (key, text) in [
        (&ec, ec.serialize_pem()),
        (&ec, sec1.clone()),
        (&ec, format!("{parameters}{sec1}")),
        (&ed25519, ed25519.serialize_pem()),
        (&rsa, pkcs8.to_string()),
        (&rsa, pkcs1.to_string()),
    ] {
        let certificate = issued(&params("client"), key, &authority);
        let checked = accepted(&text, &certificate, None);
        let kept = String::from_utf8(checked.key.expose().to_vec()).unwrap();
        assert_eq!(accepted(&kept, &certificate, None).key, checked.key, "what is kept is read");
        assert!(text.replace("\r\n", "\n").ends_with(&kept), "and is the key alone");
    }
}

#[test]
fn a_certificate_is_shown_as_it_says_itself() {
    let (authority, key) = (authority("authority"), KeyPair::generate().unwrap());
    let certificate = issued(&params("client"), &key, &authority);
    let text = format!("Bag attributes\n{certificate}");
    let public = accepted(&key.serialize_pem(), &text, Some(&authority.pem())).public;
    assert_eq!(public.certificate.replace('\n', ""), certificate.replace(['\r', '\n'], ""));
    assert!(public.subject.contains("CN=client"), "{}", public.subject);
    assert!(public.issuer.contains("CN=authority"), "{}", public.issuer);
    assert_eq!(public.subject_alternative_names, ["DNS:swarm.internal"]);
    assert_eq!(public.fingerprint.len(), 64);
    assert!(public.not_before < now() && now() < public.not_after);
    assert!(public.ca.is_some());
}

#[test]
fn a_chain_is_taken_in_its_order_alone() {
    let root = authority("root");
    let middle_key = KeyPair::generate().unwrap();
    let mut middle_params = params("middle");
    middle_params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let middle = CertifiedIssuer::signed_by(middle_params, middle_key, &root).unwrap();
    let key = KeyPair::generate().unwrap();
    let (own, secret) = (issued(&params("client"), &key, &middle), key.serialize_pem());
    accepted(&secret, &format!("{own}{}", middle.pem()), None);
    accepted(&secret, &format!("{own}{}{}", middle.pem(), root.pem()), None);
    let order = |index| said("/certificate", Error::Order { index });
    assert_eq!(refused(&secret, &format!("{own}{}", root.pem()), None), order(0));
    let swapped = format!("{own}{}{}", root.pem(), middle.pem());
    assert_eq!(refused(&secret, &swapped, None), order(0));
    // Of the right name, and signed by somebody else.
    let impostor = authority("middle");
    assert_eq!(refused(&secret, &format!("{own}{}", impostor.pem()), None), order(0));
}

#[test]
fn what_would_fail_on_a_cluster_is_refused() {
    let (authority, key) = (authority("authority"), KeyPair::generate().unwrap());
    let secret = key.serialize_pem();
    let of = |params: CertificateParams| issued(&params, &key, &authority);
    let at = |error| said("/certificate", error);
    let mut past = params("client");
    past.not_after = now().moment() - Duration::hours(1);
    assert_eq!(refused(&secret, &of(past.clone()), None), at(Error::Expired { index: 0 }));
    assert_eq!(
        refused(&secret, &of(params("client")), Some(&of(past))),
        said("/ca", Error::Expired { index: 0 })
    );
    let mut future = params("client");
    future.not_before = now().moment() + Duration::hours(1);
    assert_eq!(refused(&secret, &of(future), None), at(Error::NotYetValid { index: 0 }));
    let usage = |usage| {
        let mut params = params("client");
        params.extended_key_usages = vec![usage];
        of(params)
    };
    let server = usage(ExtendedKeyUsagePurpose::ServerAuth);
    assert_eq!(refused(&secret, &server, None), at(Error::NoClientUsage));
    accepted(&secret, &usage(ExtendedKeyUsagePurpose::ClientAuth), None);
    accepted(&secret, &usage(ExtendedKeyUsagePurpose::Any), None);
    let stranger = KeyPair::generate().unwrap().serialize_pem();
    let own = of(params("client"));
    assert_eq!(refused(&stranger, &own, None), said("/key", Error::KeyMismatch));
    let mut nameless = params("client");
    nameless.subject_alt_names.clear();
    accepted(&secret, &of(nameless), None);
}

#[test]
fn what_is_no_pem_is_refused_and_not_repeated() {
    let (authority, key) = (authority("authority"), KeyPair::generate().unwrap());
    let (own, secret) = (issued(&params("client"), &key, &authority), key.serialize_pem());
    for text in ["", "x", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", &secret] {
        assert_eq!(refused(&secret, text, None), said("/certificate", Error::NoCertificate));
        let at_ca = refused(&secret, &own, Some(text));
        assert_eq!(at_ca, said("/ca", Error::NoCertificate));
    }
    for text in ["", "x", own.as_str(), "-----BEGIN PRIVATE KEY-----\n"] {
        assert_eq!(refused(text, &own, None), said("/key", Error::NoKey), "{text}");
    }
    let twice = format!("{secret}{}", KeyPair::generate().unwrap().serialize_pem());
    assert_eq!(refused(&twice, &own, None), said("/key", Error::ManyKeys));
    let encrypted = secret.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    assert_eq!(refused(&encrypted, &own, None), said("/key", Error::EncryptedKey));
    let garbage = pem::write("PRIVATE KEY", b"no key at all");
    assert_eq!(refused(&garbage, &own, None), said("/key", Error::UnknownKey));
    let garbage = pem::write("CERTIFICATE", b"no certificate at all");
    let unreadable = said("/certificate", Error::Unreadable { index: 0 });
    assert_eq!(refused(&secret, &garbage, None), unreadable);
    let long = "x".repeat(70_000);
    assert_eq!(refused(&long, &own, None).1, "too_long");
    assert_eq!(refused(&secret, &long, None).1, "too_long");
    let many = own.repeat(21);
    assert!(matches!(chain::read(&many), Err(Error::TooManyCertificates { most: 20 })));
}
