//! Every text that anybody could send.

use domain::{
    StreamId, Timestamp,
    cluster_url::{self, ClusterUrl},
    label::{Key, Value},
    name::Name,
    stream::Kind,
    text,
};
use proptest::prelude::{any, prop_assert, prop_assert_eq, prop_assume, proptest};
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

proptest! {
    #[test]
    fn any_text_is_judged_without_a_panic(text in "\\PC*", most in 0..200_usize) {
        let _ = Name::parse(&text);
        let _ = Key::parse(&text);
        let _ = Value::parse(&text);
        let _ = ClusterUrl::parse(&text);
        let _ = cluster_url::check_server_name(&text);
        let _ = text.parse::<StreamId>();
        let _ = text.parse::<Timestamp>();
        let _ = text::line(&text, most);
        let _ = text::block(&text, most);
    }

    #[test]
    fn a_name_has_one_key_in_every_case_and_form(text in "[\\p{L}\\p{M}\\p{N} ]{1,12}") {
        prop_assume!(Name::parse(&text).is_ok());
        let key = |text: &str| Name::parse(text).map(|name| name.key());
        let forms: [String; 4] = [
            text.nfc().collect(),
            text.nfd().collect(),
            text.nfkc().collect(),
            text.to_uppercase(),
        ];
        for form in forms {
            // Another form of a name may be none: some signs fall apart into a space and a mark.
            let other = key(&form);
            prop_assert!(other.is_err() || other == key(&text), "{form:?} and {text:?}");
        }
    }

    #[test]
    fn an_address_is_accepted_as_it_was_written(
        scheme in "https?", host in "[a-z][a-z0-9]{0,8}(\\.[a-z]{2,3})?",
        port in any::<Option<u16>>(), path in "(/[a-z0-9._~-]{1,5}){0,2}/?",
    ) {
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let parsed = ClusterUrl::parse(&format!("{scheme}://{host}{port}{path}"));
        prop_assume!(parsed.is_ok());
        let parsed = parsed.unwrap();
        let again = ClusterUrl::parse(parsed.as_str());
        prop_assert_eq!(again.as_ref(), Ok(&parsed));
        prop_assert!(!parsed.as_str().ends_with('/'));
    }

    #[test]
    fn a_label_is_accepted_just_where_the_grammar_says(text in "[a-zA-Z0-9_.-]{0,66}") {
        let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let fine = ends(text.chars().next()) && ends(text.chars().last());
        prop_assert_eq!(Key::parse(&text).is_ok(), fine && (2..=63).contains(&text.len()));
        prop_assert_eq!(Value::parse(&text).is_ok(), fine && (1..=63).contains(&text.len()));
    }

    #[test]
    fn the_name_of_a_stream_reads_back(id in any::<u128>(), kind in 0..Kind::ALL.len()) {
        let stream = StreamId { kind: Kind::ALL[kind], id: Uuid::from_u128(id) };
        prop_assert_eq!(stream.to_string().parse(), Ok(stream));
    }

    #[test]
    fn a_time_reads_back(seconds in 0..253_402_300_799_i64, micros in 0..1_000_000_u32) {
        let moment = time::OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        let moment = moment.replace_nanosecond(micros * 1000).unwrap();
        let text = Timestamp::new(moment).to_string();
        prop_assert_eq!(text.len(), 27);
        prop_assert_eq!(text.parse::<Timestamp>(), Ok(Timestamp::new(moment)));
    }
}
