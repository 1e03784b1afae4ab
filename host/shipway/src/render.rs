//! Text for people. Pure functions from the model's nouns to text with colours, which the screen strips where they
//! do not belong.

pub(crate) mod deployment;
pub(crate) mod detection;
pub(crate) mod failure;
pub(crate) mod health;
pub(crate) mod narrate;
pub(crate) mod outcome;
pub(crate) mod plan;
pub(crate) mod resource;
pub(crate) mod text;
