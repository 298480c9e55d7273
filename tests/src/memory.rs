//! Resident memory of a process, as Linux tells it.

/// Resident memory now, in MiB.
pub fn resident_mib(process: u32) -> f64 {
    field(process, "VmRSS:")
}

/// The most that was ever resident, in MiB.
pub fn peak_mib(process: u32) -> f64 {
    field(process, "VmHWM:")
}

/// A field of `/proc/<process>/status`, which is in KiB; NaN where there is no such file.
fn field(process: u32, name: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kib.map_or(f64::NAN, |kib| kib / 1024.0)
}
