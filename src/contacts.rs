//! How people are called and reached: what is well formed.

use std::ops::RangeInclusive;

use lettre::Address;

/// Most characters of a name.
pub const MAX_NAME: usize = 64;
/// Most characters of an e-mail address.
const MAX_EMAIL: usize = 254;

/// A text without the space around it; none where it is empty, longer than `most`, or has control characters.
pub fn text(text: &str, most: usize) -> Option<String> {
    let text = text.trim();
    let good = !text.is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control);
    good.then(|| text.to_owned())
}

/// Whether this is an e-mail address.
pub fn is_email(text: &str) -> bool {
    text.len() <= MAX_EMAIL && text.parse::<Address>().is_ok()
}

/// A phone number without `between`, which is how people write it: so many digits, with a `+` before them or not.
pub fn phone_number(text: &str, between: &[char], digits: RangeInclusive<usize>) -> Option<String> {
    let number: String = text.chars().filter(|sign| !between.contains(sign)).collect();
    let given = number.strip_prefix('+').unwrap_or(&number);
    let good = digits.contains(&given.len()) && given.bytes().all(|digit| digit.is_ascii_digit());
    good.then_some(number)
}
