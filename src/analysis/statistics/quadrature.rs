//! Integrals over one stretch, whole and running.

/// Points of a stretch.
pub(super) const POINTS: usize = 16;

/// Gauss and Legendre's rule on [−1, 1], exact for polynomials up to degree 2·[`POINTS`] − 1.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// Where the integrand is taken, in rising order: the roots of the Legendre polynomial.
    pub(super) nodes: [f64; POINTS],
    /// What each value counts in the integral.
    pub(super) weights: [f64; POINTS],
    /// What each value counts in the integral from −1 up to a node, node by node.
    pub(super) running: [[f64; POINTS]; POINTS],
}

impl Rule {
    /// The roots by Newton's method, and the weights 2 / ((1 − x²)·P′(x)²); Abramowitz and Stegun 25.4.29.
    ///
    /// The running weights integrate the polynomial through all values. In Legendre polynomials its coefficients are
    /// cₖ = (2k + 1)/2 · Σ wₘ·Pₖ(xₘ)·f(xₘ), and the integral of Pₖ from −1 is (Pₖ₊₁ − Pₖ₋₁) / (2k + 1), with P₋₁ = −1.
    pub(super) fn new() -> Self {
        let nodes: [f64; POINTS] = std::array::from_fn(root);
        let weights = nodes.map(|x| {
            let slope = slope(x);
            2.0 / ((1.0 - x * x) * slope * slope)
        });
        let running = nodes.map(|end| {
            let p_end = legendre(end);
            std::array::from_fn(|m| {
                let p = legendre(nodes[m]);
                let terms = (0..POINTS).map(|k| p[k] * (p_end[k + 1] - if k == 0 { -1.0 } else { p_end[k - 1] }));
                weights[m] / 2.0 * terms.sum::<f64>()
            })
        });
        Self { nodes, weights, running }
    }
}

/// The sum of products.
pub(super) fn dot(one: &[f64; POINTS], other: &[f64; POINTS]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// The Legendre polynomials of degree 0 to [`POINTS`] at x, by (k + 1)·Pₖ₊₁ = (2k + 1)·x·Pₖ − k·Pₖ₋₁.
fn legendre(x: f64) -> [f64; POINTS + 1] {
    let mut p = [1.0; POINTS + 1];
    p[1] = x;
    for k in 1..POINTS {
        let n = k as f64;
        p[k + 1] = ((2.0 * n + 1.0) * x * p[k] - n * p[k - 1]) / (n + 1.0);
    }
    p
}

/// The derivative of the highest of them.
fn slope(x: f64) -> f64 {
    let p = legendre(x);
    POINTS as f64 * (x * p[POINTS] - p[POINTS - 1]) / (x * x - 1.0)
}

/// A root of the highest of them, counted from the lowest.
fn root(index: usize) -> f64 {
    let mut x = -(std::f64::consts::PI * (index as f64 + 0.75) / (POINTS as f64 + 0.5)).cos();
    // The start is good to three digits, and each step doubles them.
    for _ in 0..6 {
        x -= legendre(x)[POINTS] / slope(x);
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrates_powers_exactly() {
        let rule = Rule::new();
        assert!(rule.nodes.is_sorted());
        for power in 0..2 * POINTS as i32 {
            let integral = |end: f64| (end.powi(power + 1) - (-1.0_f64).powi(power + 1)) / f64::from(power + 1);
            let values = rule.nodes.map(|x| x.powi(power));
            assert!((dot(&rule.weights, &values) - integral(1.0)).abs() < 1e-14, "{power}");
            if power < POINTS as i32 {
                for (node, weights) in rule.nodes.iter().zip(&rule.running) {
                    assert!((dot(weights, &values) - integral(*node)).abs() < 1e-14, "{power} to {node}");
                }
            }
        }
    }
}
