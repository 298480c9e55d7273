//! The cost of evaluation grows with the text, not with its square.

use std::time::Instant;

use super::{outcome, policy};

const DEFAULT: &str = include_str!("../../../../tenants/protocol-raw/gates.toml");

const MAIL: &str = "Hi there, I hope you are all well. I placed an order for the large box last \
Tuesday and it was meant to arrive on Friday morning between eight and twelve. The courier sent \
a message saying that it was out for delivery, but in the end nobody came and I had to wait in \
all day. When it finally turned up on Saturday the ice packs were nearly melted, although the \
meat itself still felt cold to the touch, so I put everything straight into the freezer. Could \
you let me know whether that is still safe to feed to our two spaniels? They love the beef and \
the lamb, and the younger one has gained some weight since we moved over to you in the spring. ";

/// Microseconds of one evaluation: the best of `repeats` short rounds, so that other load on the
/// machine disturbs little.
fn micros(text: &str, rounds: u32, repeats: u32) -> f64 {
    let gates = policy(DEFAULT);
    let round = || {
        let begin = Instant::now();
        for _ in 0..rounds {
            std::hint::black_box(outcome(&gates, "My order", std::hint::black_box(text)));
        }
        begin.elapsed().as_secs_f64() * 1e6 / f64::from(rounds)
    };
    (0..repeats).map(|_| round()).fold(f64::INFINITY, f64::min)
}

/// Prints the figure; run with `--release -- --ignored --nocapture speed`.
#[test]
#[ignore = "a measurement, meaningful in release mode on a quiet machine"]
fn time_for_a_mail_of_two_kilobytes() {
    let text: String = MAIL.chars().cycle().take(2048).collect();
    println!("{:.2} us for {} bytes", micros(&text, 20, 2000), text.len());
    for piece in ["vomiting, ", "no sick ", "not plastic ", "I was sick ", "a'", "İ"] {
        let bytes = 200_000;
        let hostile = piece.repeat(bytes / piece.len());
        println!(
            "{piece:?}: {:.1} ms for {} kB",
            micros(&hostile, 1, 5) / 1e3,
            hostile.len() / 1000
        );
    }
}

#[test]
fn hostile_texts_cost_in_proportion() {
    for piece in ["no sick ", "I was ill ", "not plastic "] {
        let (small, large) = (piece.repeat(400), piece.repeat(4000));
        let (small, large) = (micros(&small, 1, 7), micros(&large, 1, 7));
        assert!(
            large < small * 40.0,
            "{piece:?}: {small:.0} us against {large:.0} us for ten times"
        );
    }
}
