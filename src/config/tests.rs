use super::*;

fn variables(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

#[test]
fn variables_set_settings_and_flags_win() {
    let vars = variables(&[
        ("PARTNER_CENTER_DATABASE__URL", "postgres://db/x"),
        ("PARTNER_CENTER_LISTEN", "127.0.0.1:9000"),
        ("PARTNER_CENTER_TRUSTED_PROXIES", "10.0.0.0/8,fd00::/8"),
        ("PARTNER_CENTER_GUARD__NAME_TRIES", "3"),
    ]);
    let settings = Settings::load(None, vars, vec![("listen", "127.0.0.1:9001".into())]).expect("valid");
    assert_eq!(settings.database.url, "postgres://db/x");
    assert_eq!(settings.listen.port(), 9001);
    assert_eq!((settings.trusted_proxies.len(), settings.guard.name_tries), (2, 3));
}

#[test]
fn wrong_and_unknown_settings_are_refused_in_one_line() {
    for vars in [
        variables(&[("PARTNER_CENTER_LISTEN", "nowhere")]),
        variables(&[("PARTNER_CENTER_LISTNE", "127.0.0.1:1")]),
        variables(&[("PARTNER_CENTER_DATABASE__URL", "mysql://x")]),
        variables(&[("PARTNER_CENTER_WAKE", "shouting")]),
        variables(&[("PARTNER_CENTER_TRUSTED_PROXIES", "everybody")]),
        variables(&[("PARTNER_CENTER_GUARD__LOCK_MINUTES", "0")]),
        variables(&[("PARTNER_CENTER_MONTH_OFFSET_MINUTES", "100000")]),
    ] {
        let error = Settings::load(None, vars, vec![]).expect_err("refused").to_string();
        assert!(!error.is_empty() && !error.contains('\n'), "{error}");
    }
}
