//! Whether one of two samples tends to be larger: the test of Mann and Whitney.

/// The chance that two samples of one kind differ in their ranks as much as these do, either way. By the normal
/// approximation, corrected for ties and continuity: for 20 values a side and more.
pub fn mann_whitney(one: &[f64], other: &[f64]) -> f64 {
    let mut all: Vec<(f64, bool)> = one.iter().map(|value| (*value, true)).collect();
    all.extend(other.iter().map(|value| (*value, false)));
    all.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (n1, n2, n) = (count(one.len()), count(other.len()), count(all.len()));
    let (mut ranks, mut ties, mut before) = (0.0, 0.0, 0.0);
    for equal in all.chunk_by(|one, other| one.0.total_cmp(&other.0).is_eq()) {
        let same = count(equal.len());
        let rank = before + (same + 1.0) / 2.0;
        ranks += rank * count(equal.iter().filter(|value| value.1).count());
        ties += same.powi(3) - same;
        before += same;
    }
    let u = ranks - n1 * (n1 + 1.0) / 2.0;
    let variance = n1 * n2 / 12.0 * (n + 1.0 - ties / (n * (n - 1.0)));
    if variance <= 0.0 {
        return 1.0;
    }
    let z = ((u - n1 * n2 / 2.0).abs() - 0.5).max(0.0) / variance.sqrt();
    complementary_error(z / std::f64::consts::SQRT_2)
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).expect("samples are small"))
}

/// 1 − erf(x) for x ≥ 0, to seven digits (Numerical Recipes, 6.2).
fn complementary_error(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 10] = [
        -1.265_512_23,
        1.000_023_68,
        0.374_091_96,
        0.096_784_18,
        -0.186_288_06,
        0.278_868_07,
        -1.135_203_98,
        1.488_515_87,
        -0.822_152_23,
        0.170_872_77,
    ];
    let t = 1.0 / (1.0 + x / 2.0);
    let polynomial = COEFFICIENTS.iter().rev().fold(0.0, |sum, coefficient| sum * t + coefficient);
    t * (polynomial - x * x).exp()
}
