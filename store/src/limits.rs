//! Limits that the operating system sets on this process.

/// Makes a file that would grow beyond the process's size limit an error of the write.
///
/// Without a handler the system ends the process (signal SIGXFSZ); with one, the write fails and
/// is reported like a full disk.
pub(crate) fn survive_file_size_limit() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        /// SIGXFSZ on Linux, the BSDs and macOS.
        const FILE_SIZE_EXCEEDED: i32 = 25;
        if let Err(error) = signal(SignalKind::from_raw(FILE_SIZE_EXCEEDED)) {
            tracing::debug!(%error, "the file size limit keeps its default handling");
        }
    }
}
