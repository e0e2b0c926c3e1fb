//! Personal data as it is shown unless the caller asks to reveal it (R-CORE-42).

/// `huawei4` → `h****4`: the first and the last character.
pub fn name(name: &str) -> String {
    let mut characters = name.chars();
    match (characters.next(), characters.next_back()) {
        (Some(first), Some(last)) => format!("{first}****{last}"),
        _ => "****".to_owned(),
    }
}

/// `19312340003` → `193****003`: the first and the last three digits, fewer for short numbers.
pub fn mobile_number(number: &str) -> String {
    let digits: Vec<char> = number.chars().collect();
    let shown = (digits.len() / 3).min(3);
    let head: String = digits[..shown].iter().collect();
    let tail: String = digits[digits.len() - shown..].iter().collect();
    format!("{head}****{tail}")
}

/// `jerkkerouac@example.com` → `jerkk*****@example.com`: at most half of the part before the @, five characters at most.
pub fn email(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let shown: String = local.chars().take((local.chars().count() / 2).min(5)).collect();
    format!("{shown}*****@{domain}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// R-CORE-42: the examples of the specification.
    #[test]
    fn the_examples_of_the_specification() {
        assert_eq!(name("harry4"), "h****4");
        assert_eq!(mobile_number("19312340003"), "193****003");
        assert_eq!(email("jerkkerouac@example.com"), "jerkk*****@example.com");
        assert_eq!(name("x"), "****");
        assert_eq!(email("a@b.c"), "*****@b.c");
    }

    proptest! {
        /// R-CORE-42: a mask never shows the whole.
        #[test]
        fn a_mask_hides_something(text in "\\PC{1,40}") {
            prop_assert!(name(&text) != text || text.contains("****"));
            prop_assert!(mobile_number(&text) != text || text.contains("****"));
            prop_assert!(email(&text) != text || text.contains("*****"));
        }
    }
}
