//! Reviews: what the feed tells of decided applications. The kinds of applications are declared on top of this.

pub mod facts;
