//! The register of critical operations: which of them asks for a verification code, and when (R-SUP-08 … R-SUP-16).
//!
//! It is data, so that a deployment can correct it: the one that is built in is `critical_operations.csv`, a setting
//! names another.

use std::path::Path;

use entities::types::{AccountKind, CriticalOperation, VerificationPolicy};
use sea_orm::Iterable;

use crate::{config::table, outcome::Fault};

const BUILT_IN: &str = include_str!("critical_operations.csv");

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The operation.
    pub operation: CriticalOperation,
    /// When it asks.
    pub policy: VerificationPolicy,
    /// The kinds of accounts that have it.
    pub kinds: Vec<AccountKind>,
}

impl Entry {
    /// Whether it asks now, with the account's function on or off (R-SUP-08, R-SUP-09).
    pub fn asks(&self, function_is_on: bool) -> bool {
        match self.policy {
            VerificationPolicy::Always => true,
            VerificationPolicy::IfOn => function_is_on,
            VerificationPolicy::Never => false,
        }
    }
}

/// The register.
#[derive(Debug, Clone)]
pub struct Register(Vec<Entry>);

impl Register {
    /// The register in this file, or the one that is built in.
    pub fn load(file: Option<&Path>) -> Result<Self, Fault> {
        table::load(file, BUILT_IN, Self::read)
    }

    /// Reads a register: a line for each operation.
    ///
    /// # Errors
    /// Where a word is not known, or an operation is missing or comes twice.
    pub fn read(text: &str) -> Result<Self, Fault> {
        let mut entries: Vec<Entry> = Vec::new();
        for (number, line) in text.lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty()) {
            let wrong = |what: &str| Fault::because(format!("line {}: {what}", number + 1));
            let cells: Vec<&str> = line.split(',').map(str::trim).collect();
            let [operation, policy, kinds] = cells.as_slice() else { return Err(wrong("three columns are needed")) };
            let operation = CriticalOperation::iter().find(|one| one.word() == *operation);
            let operation = operation.ok_or_else(|| wrong("there is no such operation"))?;
            let policy = VerificationPolicy::iter().find(|one| one.word() == *policy);
            let policy = policy.ok_or_else(|| wrong("the policy is ALWAYS, IF_ON or NEVER"))?;
            let kind = |word: &str| AccountKind::iter().find(|kind| kind.word() == word);
            let kinds: Option<Vec<_>> = kinds.split_whitespace().map(kind).collect();
            let kinds = kinds.ok_or_else(|| wrong("there is no such kind of account"))?;
            if entries.iter().any(|entry| entry.operation == operation) {
                return Err(wrong("the operation comes twice"));
            }
            entries.push(Entry { operation, policy, kinds });
        }
        let missing = CriticalOperation::iter().find(|one| !entries.iter().any(|entry| entry.operation == *one));
        match missing {
            Some(missing) => Err(Fault::because(format!("{} is missing in the register", missing.word()))),
            None => Ok(Self(entries)),
        }
    }

    /// All entries, in the order of the file.
    pub fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// Whether an operation asks now, with the account's function on or off.
    pub fn asks(&self, operation: CriticalOperation, function_is_on: bool) -> bool {
        // Each operation has an entry; should one be missing, asking is the safe side.
        self.0.iter().find(|entry| entry.operation == operation).is_none_or(|entry| entry.asks(function_is_on))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R-SUP-08, R-SUP-09, R-SUP-14, R-SUP-15: what the register that is built in says.
    #[test]
    fn the_built_in_register_says_when_codes_are_asked_for() {
        let register = Register::load(None).unwrap_or_else(|fault| panic!("{}", fault.0));
        for operation in [CriticalOperation::SetBudget, CriticalOperation::Freeze, CriticalOperation::DeleteMember] {
            assert!(register.asks(operation, true) && !register.asks(operation, false));
        }
        assert!(register.asks(CriticalOperation::BudgetPermissions, false));
        assert!(register.asks(CriticalOperation::SwitchVerificationOff, false));
    }

    #[test]
    fn a_wrong_register_is_refused() {
        for (text, why) in [
            ("operation,policy,kinds\nJUMP,ALWAYS,PLATFORM\n", "line 2: there is no such operation"),
            ("operation,policy,kinds\nFREEZE,SOMETIMES,PLATFORM\n", "ALWAYS, IF_ON or NEVER"),
            ("operation,policy,kinds\nFREEZE,ALWAYS,KING\n", "no such kind"),
            ("operation,policy,kinds\nFREEZE,ALWAYS,PLATFORM\n", "is missing"),
        ] {
            let fault = Register::read(text).expect_err("a wrong register");
            assert!(fault.0.to_string().contains(why), "{}", fault.0);
        }
    }
}
