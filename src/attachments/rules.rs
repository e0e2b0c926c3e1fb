//! What may be uploaded, and which files an application may have.

use super::{AttachmentSettings, formats::Format};
use crate::outcome::{Refuse, UserErrorCode};

/// Bytes of a name: what file systems take.
pub const MAX_NAME_BYTES: usize = 255;
/// Characters that no name may have: those of all the profiles of the specification together, so that a name that is
/// taken once can be used everywhere (R-BLD-49, R-BEN-17, R-BEN-91).
pub const FORBIDDEN: &str = "! , : ; ? \" ' * @ # $ % ^ & ~ < > \\ | / `";
/// How much of a file is looked at: the first entries of an archive with a picture before them.
pub const HEAD_BYTES: usize = 64 * 1024;

/// Why a file is not taken, or not here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No name, or one that is too long.
    #[error("the name has {0} bytes, 1 to {MAX_NAME_BYTES} are possible")]
    NameLength(usize),
    /// A character in it.
    #[error("the name has the character {0:?}; none of {FORBIDDEN} nor an invisible one is possible")]
    NameCharacter(char),
    /// A name that hides itself, or has nothing before its extension.
    #[error("the name has nothing before its extension")]
    NoStem,
    /// A format that is not taken.
    #[error("files of the kind {0:?} are not taken; possible are {formats}", formats = words(Format::ALL))]
    UnknownFormat(String),
    /// Something else than its name says.
    #[error("the content is not that of a {} file", .0.word())]
    Content(Format),
    /// Too many bytes.
    #[error("the file has more than {0} bytes")]
    TooLarge(u64),
    /// The client stopped in the middle.
    #[error("the file did not come to its end in time")]
    Incomplete,
    /// The account has as many free files as it may.
    #[error("the account has {0} files that no application has claimed, as many as it may: delete some, or wait a day")]
    TooManyFree(usize),
    /// Or as many bytes.
    #[error(
        "the files of the account that no application has claimed would exceed {0} bytes: delete some, or wait a day"
    )]
    TooManyBytes(u64),
    /// An application has it.
    #[error("an application has claimed the file")]
    Claimed,
    /// It comes twice in one application.
    #[error("the file is given twice")]
    Twice,
    /// The application has no such slot.
    #[error("there is no place called {0}")]
    NoSlot(String),
    /// Of a format that the slot does not take.
    #[error("{slot} takes {formats}", formats = words(.formats))]
    SlotFormat {
        /// The slot.
        slot: &'static str,
        /// What it takes.
        formats: &'static [Format],
    },
    /// Larger than the slot takes.
    #[error("{slot} takes files up to {max_bytes} bytes, this has {size}")]
    SlotSize {
        /// The slot.
        slot: &'static str,
        /// The most.
        max_bytes: u64,
        /// What it has.
        size: u64,
    },
    /// More than the slot takes.
    #[error("{slot} takes {max_files} files, {given} are given")]
    SlotFull {
        /// The slot.
        slot: &'static str,
        /// The most.
        max_files: usize,
        /// How many there are.
        given: usize,
    },
    /// The slot needs one.
    #[error("{0} needs a file")]
    SlotEmpty(&'static str),
}

fn words(formats: &[Format]) -> String {
    formats.iter().map(|format| format.word()).collect::<Vec<_>>().join(" ")
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::TooLarge(_) => UserErrorCode::AttachmentTooLarge,
            Self::TooManyFree(_) | Self::TooManyBytes(_) => UserErrorCode::TooManyRequests,
            Self::Claimed => UserErrorCode::Conflict,
            _ => UserErrorCode::InvalidAttachment,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::NameLength(_) | Self::NameCharacter(_) | Self::NoStem | Self::UnknownFormat(_) => Some("name"),
            Self::Claimed => Some("id"),
            _ => None,
        }
    }
}

/// Whether a character is not seen, or turns the direction of what follows: `invoice\u{202E}fdp.exe` is no PDF.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{FEFF}')
        || matches!(character, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}')
}

/// Checks the name of a file, which says what the file is to be.
///
/// # Refusals, first that holds
/// `NameLength` · `NameCharacter` · `NoStem` · `UnknownFormat`
pub fn check_name(name: &str) -> Result<(&str, Format), Refusal> {
    let name = name.trim();
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        return Err(Refusal::NameLength(name.len()));
    }
    let forbidden =
        |character: &char| is_invisible(*character) || (*character != ' ' && FORBIDDEN.contains(*character));
    if let Some(character) = name.chars().find(forbidden) {
        return Err(Refusal::NameCharacter(character));
    }
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    if stem.trim().is_empty() || stem.starts_with('.') {
        return Err(Refusal::NoStem);
    }
    let format = Format::of_extension(extension).ok_or_else(|| Refusal::UnknownFormat(extension.to_owned()))?;
    Ok((name, format))
}

/// Checks that content that begins so can be what its name says.
pub fn check_content(head: &[u8], format: Format) -> Result<(), Refusal> {
    if format.fits(head) { Ok(()) } else { Err(Refusal::Content(format)) }
}

/// Checks that an account with files of these sizes, which no application has, may have another one.
pub fn check_room(sizes: &[u64], new: u64, settings: &AttachmentSettings) -> Result<(), Refusal> {
    if sizes.len() >= settings.free_files {
        return Err(Refusal::TooManyFree(sizes.len()));
    }
    let sum = sizes.iter().fold(new, |sum, size| sum.saturating_add(*size));
    if sum > settings.free_bytes { Err(Refusal::TooManyBytes(settings.free_bytes)) } else { Ok(()) }
}

/// A place for files in an application. Declared by each kind of application, as a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Its name in the application's input.
    pub name: &'static str,
    /// Whether it needs a file.
    pub required: bool,
    /// Most files.
    pub max_files: usize,
    /// Most bytes of each.
    pub max_bytes: u64,
    /// Which formats it takes.
    pub formats: &'static [Format],
}

/// A file that is given for a slot.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// The slot.
    pub slot: &'a str,
    /// What the file is called.
    pub name: &'a str,
    /// Its bytes.
    pub size: u64,
}

/// What is wrong with the files of an application: which one of those given, none for the whole.
pub type Wrong = (Option<usize>, Refusal);

/// Checks all files that are given for an application against its slots; empty where they may be.
///
/// # Refusals, all that hold, in this order
/// for each file `NoSlot`, `SlotFormat`, `SlotSize` · for each slot `SlotFull`, `SlotEmpty`
pub fn check_slots(slots: &[Slot], given: &[Given<'_>]) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    for (index, file) in given.iter().enumerate() {
        let Some(slot) = slots.iter().find(|slot| slot.name == file.slot) else {
            wrong.push((Some(index), Refusal::NoSlot(file.slot.to_owned())));
            continue;
        };
        if !Format::of_name(file.name).is_some_and(|format| slot.formats.contains(&format)) {
            wrong.push((Some(index), Refusal::SlotFormat { slot: slot.name, formats: slot.formats }));
        }
        if file.size > slot.max_bytes {
            let (slot, max_bytes, size) = (slot.name, slot.max_bytes, file.size);
            wrong.push((Some(index), Refusal::SlotSize { slot, max_bytes, size }));
        }
    }
    for slot in slots {
        let count = given.iter().filter(|file| file.slot == slot.name).count();
        if count > slot.max_files {
            let (slot, max_files) = (slot.name, slot.max_files);
            wrong.push((None, Refusal::SlotFull { slot, max_files, given: count }));
        }
        if slot.required && count == 0 {
            wrong.push((None, Refusal::SlotEmpty(slot.name)));
        }
    }
    wrong
}

#[cfg(test)]
mod tests;
