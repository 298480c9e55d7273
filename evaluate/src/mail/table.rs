//! Counting and printing agreement by field.

use std::collections::BTreeMap;

/// Whether one value agrees, and whether its label is disputed.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// The value found is the agreed one.
    pub agrees: bool,
    /// Some source of the label dissents.
    pub disputed: bool,
}

#[derive(Default)]
struct Count {
    agree: [usize; 2],
    total: [usize; 2],
}

/// Agreement by field, undisputed and disputed values apart.
#[derive(Default)]
pub struct Table {
    fields: BTreeMap<String, Count>,
    misses: Vec<String>,
}

impl Table {
    /// Counts one value of `mail`; `detail` tells what differs.
    pub fn add(&mut self, mail: &str, field: &str, outcome: Outcome, detail: String) {
        let count = self.fields.entry(field.to_owned()).or_default();
        let column = usize::from(outcome.disputed);
        count.total[column] += 1;
        count.agree[column] += usize::from(outcome.agrees);
        if !outcome.agrees {
            let mark = if outcome.disputed { " (disputed)" } else { "" };
            self.misses.push(format!("{mail} {field}{mark}: {detail}"));
        }
    }

    /// Prints one line a field and the sums, and with `verbose` every value that differs.
    pub fn print(&self, verbose: bool) {
        if verbose {
            for miss in &self.misses {
                println!("  {miss}");
            }
        }
        println!("{:<18} {:>18} {:>18}", "field", "undisputed", "disputed");
        let mut sum = Count::default();
        for (field, count) in &self.fields {
            print_line(field, count);
            for column in 0..2 {
                sum.agree[column] += count.agree[column];
                sum.total[column] += count.total[column];
            }
        }
        print_line("all", &sum);
    }
}

fn print_line(field: &str, count: &Count) {
    let cell = |column: usize| {
        let (agree, total) = (count.agree[column], count.total[column]);
        if total == 0 {
            return "-".to_owned();
        }
        format!("{agree}/{total} {:.1} %", 100.0 * agree as f64 / total as f64)
    };
    println!("{field:<18} {:>18} {:>18}", cell(0), cell(1));
}
