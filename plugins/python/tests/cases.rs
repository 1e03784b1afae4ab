//! The cases beside this plugin, natively: what generators produce and what real life adds.

use python::Python;
use shipway_sdk::testing::Cases;

#[test]
fn every_case_is_detected_and_planned_as_it_says() {
    Cases::of(env!("CARGO_MANIFEST_DIR")).app::<Python>();
}
