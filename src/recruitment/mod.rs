//! Recruitment: how a distributor wins resellers (R-CORE-02 … R-CORE-04).
//!
//! A distributor invites people by e-mail. An invitation is PENDING until it is used, then JOINED, or until its time is
//! over, then EXPIRED; sent again, it is good for as long as a new one. The e-mail carries a code of 256 random bits; the
//! database knows its hash, and each sending makes another. Whoever has the code opens an account of kind RESELLER below
//! the distributor, before any sign-in: the code is the proof that it reads the mail of that address.
//!
//! An invitation of an account manager or director is assigned to it, and so is the reseller that comes of it.

pub mod commands;
pub mod facts;
pub mod graphql;
pub mod policy;
pub mod queries;
pub mod rules;

use std::{collections::HashMap, time::Duration};

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;

use crate::{outcome::Fault, random};

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// How distributors win resellers.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecruitmentSettings {
    /// Days that an invitation is good.
    pub invitation_days: u32,
    /// In which countries and regions distributors may recruit, by their account names. A distributor that is not named
    /// may do so in its own country or region.
    pub regions: HashMap<String, Vec<String>>,
    /// The page on which invitations are accepted, with `{code}` where the code belongs; without one, e-mails carry the
    /// code alone.
    pub join_page: Option<String>,
}

impl Default for RecruitmentSettings {
    fn default() -> Self {
        Self { invitation_days: 14, regions: HashMap::new(), join_page: None }
    }
}

impl RecruitmentSettings {
    /// What is wrong with them, in one line.
    pub fn fault(&self) -> Option<&'static str> {
        if self.invitation_days == 0 {
            return Some("recruitment.invitation_days must be 1 or more");
        }
        let page = self.join_page.as_deref();
        page.is_some_and(|page| !page.contains(CODE_PLACE)).then_some("recruitment.join_page must have {code} in it")
    }

    /// How long an invitation is good.
    pub fn lifetime(&self) -> Duration {
        DAY * self.invitation_days
    }

    /// The link of an e-mail.
    pub fn link(&self, code: &str) -> Option<String> {
        self.join_page.as_ref().map(|page| page.replace(CODE_PLACE, code))
    }

    /// Where a distributor may recruit (R-CORE-03).
    pub fn regions_of(&self, account_name: &str, country_region: Option<&str>) -> Vec<String> {
        match self.regions.get(account_name) {
            Some(regions) => regions.clone(),
            None => country_region.map(str::to_owned).into_iter().collect(),
        }
    }
}

/// Stands for the code in the address of the page.
const CODE_PLACE: &str = "{code}";

/// A code, and the hash that is stored of it.
#[derive(Clone)]
pub struct Code {
    /// For the e-mail.
    code: String,
    /// For the database. The code has 256 random bits, so the hash needs no salt and no key.
    hash: Vec<u8>,
}

impl Code {
    /// A fresh one.
    pub fn fresh() -> Result<Self, Fault> {
        Ok(Self::given(&URL_SAFE_NO_PAD.encode(random::bytes::<32>()?)))
    }

    /// One that somebody gave.
    pub fn given(code: &str) -> Self {
        let code = code.trim().to_owned();
        let hash = digest::digest(&digest::SHA256, code.as_bytes()).as_ref().to_vec();
        Self { code, hash }
    }
}
