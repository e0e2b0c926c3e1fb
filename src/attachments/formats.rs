//! Formats of files, and whether content is what a name says.
//!
//! Found in the first bytes: what is streamed cannot be looked at as a whole before it is stored. Office files are
//! containers. A newer one is a ZIP archive, whose first entries tell the application; an older one is an OLE compound
//! file, whose root names the application where it lies near the start. What the first bytes do not tell of a container
//! is not known, and is no reason to refuse it.

/// What a file can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// A document of Word up to 2003.
    Doc,
    /// A document of Word.
    Docx,
    /// A workbook of Excel up to 2003.
    Xls,
    /// A workbook of Excel.
    Xlsx,
    /// Slides of PowerPoint up to 2003.
    Ppt,
    /// Slides of PowerPoint.
    Pptx,
    /// A message of Outlook.
    Msg,
    /// A PDF document.
    Pdf,
    /// A ZIP archive.
    Zip,
    /// A RAR archive.
    Rar,
    /// A JPEG image.
    Jpg,
    /// A bitmap.
    Bmp,
    /// A PNG image.
    Png,
    /// A GIF image.
    Gif,
}

impl Format {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Doc,
        Self::Docx,
        Self::Xls,
        Self::Xlsx,
        Self::Ppt,
        Self::Pptx,
        Self::Msg,
        Self::Pdf,
        Self::Zip,
        Self::Rar,
        Self::Jpg,
        Self::Bmp,
        Self::Png,
        Self::Gif,
    ];

    /// The format by the extension of a name, in any case.
    pub fn of_extension(extension: &str) -> Option<Self> {
        let extension = extension.to_ascii_uppercase();
        let extension = if extension == "JPEG" { "JPG" } else { &extension };
        Self::ALL.iter().copied().find(|format| format.word() == extension)
    }

    /// The format of a name that was checked.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::of_extension(name.rsplit_once('.')?.1)
    }

    /// As the specification writes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Doc => "DOC",
            Self::Docx => "DOCX",
            Self::Xls => "XLS",
            Self::Xlsx => "XLSX",
            Self::Ppt => "PPT",
            Self::Pptx => "PPTX",
            Self::Msg => "MSG",
            Self::Pdf => "PDF",
            Self::Zip => "ZIP",
            Self::Rar => "RAR",
            Self::Jpg => "JPG",
            Self::Bmp => "BMP",
            Self::Png => "PNG",
            Self::Gif => "GIF",
        }
    }

    /// As browsers are told.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Doc => "application/msword",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xls => "application/vnd.ms-excel",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Ppt => "application/vnd.ms-powerpoint",
            Self::Pptx => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            Self::Msg => "application/vnd.ms-outlook",
            Self::Pdf => "application/pdf",
            Self::Zip => "application/zip",
            Self::Rar => "application/vnd.rar",
            Self::Jpg => "image/jpeg",
            Self::Bmp => "image/bmp",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
        }
    }

    /// Whether content that begins so can be of this format.
    pub fn fits(self, head: &[u8]) -> bool {
        let Some(container) = Container::of(head) else { return false };
        match self {
            Self::Docx => container == Container::Zip && has_entry(head, b"word/"),
            Self::Xlsx => container == Container::Zip && has_entry(head, b"xl/"),
            Self::Pptx => container == Container::Zip && has_entry(head, b"ppt/"),
            Self::Zip => container == Container::Zip,
            Self::Doc | Self::Xls | Self::Ppt | Self::Msg => {
                container == Container::Ole && root_class(head).is_none_or(|class| self.classes().contains(&class))
            }
            Self::Pdf => container == Container::Pdf,
            Self::Rar => container == Container::Rar,
            Self::Jpg => container == Container::Jpg,
            Self::Bmp => container == Container::Bmp,
            Self::Png => container == Container::Png,
            Self::Gif => container == Container::Gif,
        }
    }

    /// The classes that the root of a compound file of this format names.
    const fn classes(self) -> &'static [u128] {
        match self {
            Self::Doc => &[0x0002_0906_0000_0000_C000_0000_0000_0046],
            Self::Xls => &[0x0002_0810_0000_0000_C000_0000_0000_0046, 0x0002_0820_0000_0000_C000_0000_0000_0046],
            Self::Ppt => &[0x6481_8D10_4F9B_11CF_86EA_00AA_00B9_29E8],
            Self::Msg => &[0x0002_0D0B_0000_0000_C000_0000_0000_0046],
            _ => &[],
        }
    }
}

/// How bytes are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    Zip,
    Ole,
    Rar,
    Pdf,
    Jpg,
    Bmp,
    Png,
    Gif,
}

impl Container {
    /// By the signatures that `infer` knows, which also knows what other formats begin likewise; more closely where the
    /// signature is so short that a text could begin with it.
    fn of(head: &[u8]) -> Option<Self> {
        let found = infer::get(head)?.mime_type();
        let office = [Format::Docx, Format::Xlsx, Format::Pptx].map(Format::media_type);
        let old_office = [Format::Doc, Format::Xls, Format::Ppt].map(Format::media_type);
        match found {
            "application/zip" => Some(Self::Zip),
            _ if office.contains(&found) => Some(Self::Zip),
            "application/x-ole-storage" => Some(Self::Ole),
            _ if old_office.contains(&found) => Some(Self::Ole),
            "application/vnd.rar" => Some(Self::Rar),
            "application/pdf" => head.starts_with(b"%PDF-").then_some(Self::Pdf),
            "image/jpeg" => Some(Self::Jpg),
            "image/bmp" => is_bitmap(head).then_some(Self::Bmp),
            "image/png" => Some(Self::Png),
            "image/gif" => (head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a")).then_some(Self::Gif),
            _ => None,
        }
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// Four bytes that are zero, and behind them a header of one of the sizes that there are.
fn is_bitmap(head: &[u8]) -> bool {
    u32_at(head, 6) == Some(0) && matches!(u32_at(head, 14), Some(12 | 16 | 40 | 52 | 56 | 64 | 108 | 124))
}

/// Whether one of the first entries of a ZIP archive begins so.
fn has_entry(head: &[u8], name: &[u8]) -> bool {
    /// Where the name begins, behind the signature of an entry.
    const NAME: usize = 30;
    let entries = head.windows(4).enumerate().filter(|(_, window)| *window == b"PK\x03\x04");
    entries.into_iter().any(|(at, _)| head.get(at + NAME..).is_some_and(|rest| rest.starts_with(name)))
}

/// The class of the root of an OLE compound file; none where it has none, or the root is not among these bytes.
fn root_class(head: &[u8]) -> Option<u128> {
    /// Where the class stands in an entry of the directory.
    const CLASS: usize = 80;
    let sector = 1_usize.checked_shl(u16_at(head, 30)?.into())?;
    let first = usize::try_from(u32_at(head, 48)?).ok()?.checked_add(1)?;
    let class = first.checked_mul(sector)?.checked_add(CLASS)?;
    // Three numbers, the lowest byte first, and eight bytes.
    let (one, two, three) = (u32_at(head, class)?, u16_at(head, class + 4)?, u16_at(head, class + 6)?);
    let rest: [u8; 8] = head.get(class + 8..class + 16)?.try_into().ok()?;
    let class =
        u128::from(one) << 96 | u128::from(two) << 80 | u128::from(three) << 64 | u128::from(u64::from_be_bytes(rest));
    (class != 0).then_some(class)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OLE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

    /// The head of an archive with an entry.
    fn zip(names: &[&str]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for name in names {
            bytes.extend_from_slice(b"PK\x03\x04");
            bytes.extend_from_slice(&[0; 22]);
            bytes.extend_from_slice(&u16::try_from(name.len()).expect("short").to_le_bytes());
            bytes.extend_from_slice(&[0; 2]);
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b"content");
        }
        bytes
    }

    /// The head of a compound file whose root has this class.
    fn ole(class: u128) -> Vec<u8> {
        let mut bytes = vec![0; 2_048];
        bytes[..8].copy_from_slice(OLE);
        bytes[30] = 9;
        bytes[48] = 1;
        let root = 1_024 + 80;
        let one = u32::try_from(class >> 96).expect("32 bits").to_le_bytes();
        let two = u16::try_from(class >> 80 & 0xFFFF).expect("16 bits").to_le_bytes();
        let three = u16::try_from(class >> 64 & 0xFFFF).expect("16 bits").to_le_bytes();
        bytes[root..root + 4].copy_from_slice(&one);
        bytes[root + 4..root + 6].copy_from_slice(&two);
        bytes[root + 6..root + 8].copy_from_slice(&three);
        bytes[root + 8..root + 16]
            .copy_from_slice(&u64::try_from(class & u128::from(u64::MAX)).expect("64 bits").to_be_bytes());
        bytes
    }

    fn fitting(head: &[u8]) -> Vec<Format> {
        Format::ALL.iter().copied().filter(|format| format.fits(head)).collect()
    }

    /// R-BLD-49, R-BEN-17: content is one of the formats by what is in it.
    #[test]
    fn content_fits_its_own_format_only() {
        assert_eq!(fitting(b"%PDF-1.7\n"), [Format::Pdf]);
        assert_eq!(fitting(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), [Format::Png]);
        assert_eq!(fitting(b"\xFF\xD8\xFF\xE0\0\x10JFIF"), [Format::Jpg]);
        assert_eq!(fitting(b"GIF89a\x01\0\x01\0"), [Format::Gif]);
        assert_eq!(fitting(b"Rar!\x1A\x07\x01\0"), [Format::Rar]);
        assert_eq!(
            fitting(&[b"BM".as_slice(), &[9, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0]].concat()),
            [Format::Bmp]
        );
        assert_eq!(fitting(&zip(&["readme.txt"])), [Format::Zip]);
        let docx =
            zip(&["[Content_Types].xml", "_rels/.rels", "docProps/app.xml", "docProps/core.xml", "word/document.xml"]);
        assert_eq!(fitting(&docx), [Format::Docx, Format::Zip]);
        assert_eq!(
            fitting(&zip(&["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"])),
            [Format::Xlsx, Format::Zip]
        );
        assert_eq!(
            fitting(&zip(&["[Content_Types].xml", "_rels/.rels", "ppt/slides.xml"])),
            [Format::Pptx, Format::Zip]
        );
    }

    #[test]
    fn a_compound_file_fits_the_application_that_it_names() {
        for format in [Format::Doc, Format::Xls, Format::Ppt, Format::Msg] {
            for class in format.classes() {
                assert_eq!(fitting(&ole(*class)), [format]);
            }
        }
        let unknown = [Format::Doc, Format::Xls, Format::Ppt, Format::Msg];
        assert_eq!(fitting(&ole(0)), unknown, "one that names none may be any");
        assert_eq!(fitting(OLE), unknown, "nor does one whose root lies further on");
        let installer = 0x000C_1084_0000_0000_C000_0000_0000_0046;
        assert_eq!(fitting(&ole(installer)), [], "one that names another is none");
    }

    #[test]
    fn texts_and_programs_fit_nothing() {
        for head in [
            &b""[..],
            b"plain text",
            b"BM is how this text begins, and it is no bitmap",
            b"GIFTS for everybody",
            b"%PDF without a version",
            b"<html><script>alert(1)</script>",
            b"<?xml version=\"1.0\"?><svg/>",
            b"#!/bin/sh\nrm -rf /",
            b"MZ\x90\0\x03\0\0\0",
            b"\x7FELF\x02\x01\x01\0",
        ] {
            assert_eq!(fitting(head), [], "{}", String::from_utf8_lossy(head));
        }
    }

    proptest! {
        /// Whatever comes, nothing breaks; letters alone are never a file.
        #[test]
        fn any_bytes_are_judged(bytes in proptest::collection::vec(any::<u8>(), 0..600), words in "[a-zA-Z ]{0,200}") {
            for magic in [&b""[..], OLE, b"PK\x03\x04", b"BM"] {
                let head = [magic, &bytes].concat();
                let _ = fitting(&head);
            }
            prop_assert_eq!(fitting(words.as_bytes()), []);
        }
    }
}
