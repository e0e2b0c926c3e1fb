//! What the benches tell one sample from another by, against known values.

#[path = "../../benches/load/ranks.rs"]
mod mann_whitney;

use mann_whitney::mann_whitney;

fn is_about(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
}

/// The example of scipy's documentation: U = 17, p = 0.11134688653314041.
#[test]
fn known_values_come_out() {
    is_about(mann_whitney(&[19.0, 22.0, 16.0, 29.0, 24.0], &[20.0, 11.0, 17.0, 12.0]), 0.111_346_886_5);
    // With ties, by the formula and the erfc of the C library: U = 5.0.
    is_about(mann_whitney(&[1.0, 2.0, 2.0, 3.0, 3.0], &[2.0, 3.0, 3.0, 4.0, 5.0]), 0.126_379_387_6);
}

#[test]
fn equal_samples_tell_nothing_and_different_ones_much() {
    let low: Vec<f64> = (0..100).map(f64::from).collect();
    let high: Vec<f64> = low.iter().map(|value| value + 50.0).collect();
    is_about(mann_whitney(&low, &low), 1.0);
    is_about(mann_whitney(&[1.0; 30], &[1.0; 30]), 1.0);
    assert!(mann_whitney(&low, &high) < 1e-12);
    is_about(mann_whitney(&low, &high), mann_whitney(&high, &low));
}
