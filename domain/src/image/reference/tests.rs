//! What is a reference, and which two mean the same.

use super::*;

fn reference(text: &str) -> Reference {
    Reference::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn digits(count: usize) -> String {
    "0123456789abcdef".chars().cycle().take(count).collect()
}

#[test]
fn what_docker_takes_is_a_reference() {
    let digest = format!("sha256:{}", digits(64));
    for text in [
        "nginx",
        "nginx:1.29",
        "library/nginx",
        "docker.io/library/nginx",
        "localhost/app",
        "localhost:5000/app:1",
        "localhost:5000",
        "registry.example/team/app",
        "registry.example:5000/team/app:v1.2-rc_3",
        "REGISTRY.example/team/app",
        "192.0.2.7:5000/app",
        "[2001:db8::7]:5000/app",
        "[2001:db8::7]/app",
        "a/b/c/d/e",
        "a.b/c",
        "a_b/c__d/e-f/g---h/i.j",
        "0/1:2",
        "app:_",
        "app:A.b-c_1",
        "xn--n3h.example/app",
        &format!("nginx@{digest}"),
        &format!("nginx:1@{digest}"),
        &format!("nginx@sha384:{}", digits(96)),
        &format!("nginx@sha512:{}", digits(128)),
        &format!("app:{}", "t".repeat(128)),
        &format!("registry.example/{}", "a".repeat(255 - "registry.example/".len())),
        &digits(63),
    ] {
        assert_eq!(reference(text).as_str(), text);
    }
}

fn refused(text: &str) -> Error {
    Reference::parse(text).expect_err(text)
}

#[test]
fn what_is_empty_or_too_long_or_an_id_is_refused() {
    assert_eq!(refused(""), Error::Empty);
    assert_eq!(refused(&digits(64)), Error::Identifier);
    let long = format!("registry.example/{}", "a".repeat(256 - "registry.example/".len()));
    assert_eq!(refused(&long), Error::TooLong { most: 255 });
    // What is left out counts: engines fill it in before they measure.
    let most = 255 - "docker.io/library/".len();
    assert!(Reference::parse(&"a".repeat(most)).is_ok());
    assert_eq!(refused(&"a".repeat(most + 1)), Error::TooLong { most: 255 });
}

#[test]
fn a_registry_that_is_no_host_is_refused() {
    for text in [
        "-registry.example/app",
        "registry-.example/app",
        "registry..example/app",
        ".example/app",
        "registry.example:/app",
        "registry.example:port/app",
        "registry.example:+1/app",
        "registry.example:0/app",
        "registry.example:65536/app",
        "registry.example:1:2/app",
        "user@registry.example/app",
        "[2001:db8::7/app",
        "[2001:db8::g]:5000/app",
        "[fe80::1%25eth0]:5000/app",
        "regis_try.example/app",
        "registrü.example/app",
        ":5000/app",
        "https://registry.example/app",
    ] {
        let error = refused(text);
        let wanted = if text.starts_with("user@") { Error::Digest } else { Error::Registry };
        assert_eq!(error, wanted, "{text}");
    }
}

#[test]
fn a_repository_a_tag_or_a_digest_of_another_form_is_refused() {
    for text in [
        "Nginx",
        "NGINX/app",
        "app//app",
        "/app",
        "app/",
        "-app",
        "app-",
        "a..b",
        "a___b",
        "a._b",
        "_app",
        "app_/x",
        "a b",
        " app",
        "app\n",
        "ap\u{0}p",
        "äpp",
        "app?",
        ":1",
        "registry.example/",
        "registry.example/App",
    ] {
        assert_eq!(refused(text), Error::Repository, "{text:?}");
    }
    for text in ["app:", "app:.a", "app:-a", "app:a b", "app:ä", "app:a:b", "app:1\n"] {
        assert_eq!(refused(text), Error::Tag, "{text:?}");
    }
    assert_eq!(refused(&format!("app:{}", "t".repeat(129))), Error::Tag);
    for digest in [
        String::new(),
        "sha256".to_owned(),
        "sha256:".to_owned(),
        format!("sha256:{}", digits(63)),
        format!("sha256:{}", digits(65)),
        format!("sha256:{}", digits(64).to_uppercase()),
        format!("md5:{}", digits(32)),
        format!("sha512:{}", digits(64)),
        format!("sha256:{}@sha256:{}", digits(64), digits(64)),
        format!("sha256:{}/app", digits(64)),
    ] {
        assert_eq!(refused(&format!("app@{digest}")), Error::Digest, "{digest}");
    }
}

#[test]
fn references_that_mean_the_same_have_one_key() {
    let key = |text| reference(text).key();
    for text in [
        "nginx",
        "nginx:latest",
        "library/nginx",
        "docker.io/nginx",
        "index.docker.io/nginx",
        "docker.io/library/nginx:latest",
    ] {
        assert_eq!(key(text), "docker.io/library/nginx:latest", "{text}");
    }
    assert_eq!(key("Registry.example:5000/app"), "registry.example:5000/app:latest");
    assert_eq!(key("localhost/app:1"), "localhost/app:1");
    assert_eq!(key("team/app"), "docker.io/team/app:latest");
    let pinned = format!("app@sha256:{}", digits(64));
    assert_eq!(key(&pinned), format!("docker.io/library/{pinned}"), "a digest needs no tag");
    for other in
        ["nginx:1", "team/nginx", "registry.example/nginx", "registry.example/library/nginx"]
    {
        assert_ne!(key(other), key("nginx"), "{other}");
    }
    assert_ne!(key("app:A"), key("app:a"), "tags have case");
}

#[test]
fn a_reference_names_its_registry() {
    assert_eq!(reference("nginx").registry(), "docker.io");
    assert_eq!(reference("index.docker.io/team/app").registry(), "docker.io");
    assert_eq!(reference("localhost:5000/app:1").registry(), "localhost:5000");
    assert_eq!(reference("[2001:db8::7]:5000/app").registry(), "[2001:db8::7]:5000");
}

#[test]
fn a_recorded_reference_is_read_as_it_is() {
    let odd: Reference = serde_json::from_str("\"Written:By@An:Older/Rule\"").unwrap();
    assert_eq!(serde_json::to_string(&odd).unwrap(), "\"Written:By@An:Older/Rule\"");
    assert!(!odd.key().is_empty());
}
