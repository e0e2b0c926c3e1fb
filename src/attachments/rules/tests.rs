use proptest::prelude::*;

use super::*;

const MIB: u64 = 1024 * 1024;

const SLOTS: &[Slot] = &[
    Slot { name: "plan", required: true, max_files: 2, max_bytes: 50 * MIB, formats: &[Format::Pdf, Format::Docx] },
    Slot { name: "photos", required: false, max_files: 3, max_bytes: 10 * MIB, formats: &[Format::Jpg, Format::Png] },
];

fn given() -> impl Strategy<Value = (&'static str, &'static str, u64)> {
    let slot = prop_oneof![Just("plan"), Just("photos"), Just("elsewhere")];
    let name = prop_oneof![Just("a.pdf"), Just("b.DOCX"), Just("c.jpeg"), Just("d.png"), Just("e.zip")];
    (slot, name, prop_oneof![Just(MIB), Just(10 * MIB), Just(10 * MIB + 1), Just(50 * MIB + 1)])
}

proptest! {
    /// R-BLD-84, R-BLD-85, R-BEN-17: a set of files is right exactly where each fits its slot, none is over-full, and no
    /// required one is empty.
    #[test]
    fn a_set_is_right_where_every_file_and_every_slot_is(files in proptest::collection::vec(given(), 0..6)) {
        let set: Vec<Given<'_>> = files.iter().map(|(slot, name, size)| Given { slot, name, size: *size }).collect();
        let count = |slot: &str| files.iter().filter(|(of, _, _)| *of == slot).count();
        let each = files.iter().all(|(slot, name, size)| match *slot {
            "plan" => matches!(*name, "a.pdf" | "b.DOCX") && *size <= 50 * MIB,
            "photos" => matches!(*name, "c.jpeg" | "d.png") && *size <= 10 * MIB,
            _ => false,
        });
        let right = each && (1..=2).contains(&count("plan")) && count("photos") <= 3;
        let wrong = check_slots(SLOTS, &set);
        prop_assert_eq!(wrong.is_empty(), right, "{:?}", wrong);
        // What is wrong with a file is said of that file.
        for (index, _) in wrong {
            prop_assert!(index.is_none_or(|index| index < files.len()));
        }
    }

    /// R-BLD-49: a name that is taken says what the file is, and has none of the characters.
    #[test]
    fn a_name_that_is_taken_is_plain_and_of_a_known_kind(name in "\\PC{0,20}(\\.[a-zA-Z]{0,5})?") {
        if let Ok((taken, format)) = check_name(&name) {
            prop_assert_eq!(taken, name.trim());
            prop_assert_eq!(Format::of_name(taken), Some(format));
            prop_assert!(taken.chars().all(|char| char == ' ' || !FORBIDDEN.contains(char)));
            prop_assert!(taken.len() <= MAX_NAME_BYTES && !taken.starts_with('.'));
        }
    }

    /// However files come, those that no application has stay within both bounds.
    #[test]
    fn free_files_stay_within_bounds(sizes in proptest::collection::vec(1_u64..60, 0..30)) {
        let settings = AttachmentSettings { max_bytes: 50, free_files: 10, free_bytes: 200 };
        let mut taken: Vec<u64> = Vec::new();
        for size in sizes {
            if check_room(&taken, size, &settings).is_ok() {
                taken.push(size);
            }
        }
        prop_assert!(taken.len() <= 10 && taken.iter().sum::<u64>() <= 200);
    }
}

#[test]
fn names_are_refused_for_their_first_fault() {
    let long = format!("{}.pdf", "x".repeat(MAX_NAME_BYTES));
    for (name, expected) in [
        ("", Refusal::NameLength(0)),
        ("  ", Refusal::NameLength(0)),
        (long.as_str(), Refusal::NameLength(long.len())),
        ("../../etc/passwd.pdf", Refusal::NameCharacter('/')),
        ("a\r\nb.pdf", Refusal::NameCharacter('\r')),
        ("invoice\u{202E}fdp.exe", Refusal::NameCharacter('\u{202E}')),
        ("what?.pdf", Refusal::NameCharacter('?')),
        (".pdf", Refusal::NoStem),
        ("..pdf", Refusal::NoStem),
        ("page.html", Refusal::UnknownFormat("html".to_owned())),
        ("nothing", Refusal::UnknownFormat(String::new())),
        ("program.pdf.exe", Refusal::UnknownFormat("exe".to_owned())),
    ] {
        assert_eq!(check_name(name), Err(expected), "{name}");
    }
    assert_eq!(check_name(" Größe (2026) 計画.JPEG "), Ok(("Größe (2026) 計画.JPEG", Format::Jpg)));
}
