//! Appenders in processes of their own, to be killed or to compete.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use uuid::Uuid;

/// One append that a child process was told is safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// Which writer of the child made it.
    pub writer: u64,
    /// How many appends that writer made before.
    pub n: u64,
    /// The command.
    pub command_id: Uuid,
    /// Position of the last event.
    pub position: u64,
    /// Version that the stream reached.
    pub version: u64,
}

/// A running `appender`.
#[derive(Debug)]
pub struct Appender {
    child: Child,
    input: Option<ChildStdin>,
    lines: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Appender {
    /// Starts the program at `path` (`env!("CARGO_BIN_EXE_appender")` in a test) on the database.
    ///
    /// `seed` decides the command ids and the names of its streams.
    pub fn spawn(path: &str, url: &str, seed: u64, writers: u64) -> Self {
        let mut child = Command::new(path)
            .args([url, &seed.to_string(), &writers.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the appender starts");
        let lines = Arc::new(Mutex::new(Vec::new()));
        let output = child.stdout.take().expect("its output");
        let sink = Arc::clone(&lines);
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                sink.lock().expect("the lines").push(line);
            }
        });
        let input = child.stdin.take();
        Self { child, input, lines, reader: Some(reader) }
    }

    /// Number of the process.
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// How many appends were acknowledged so far.
    pub fn count(&self) -> usize {
        self.lines.lock().expect("the lines").iter().filter(|l| l.starts_with("ack ")).count()
    }

    /// Ends the process as `kill -9` does and says what was acknowledged until then.
    pub fn kill(mut self) -> Vec<Acknowledged> {
        self.child.kill().expect("the appender is killed");
        self.finish()
    }

    /// Asks the process to stop in good order and says what was acknowledged.
    pub fn stop(mut self) -> Vec<Acknowledged> {
        drop(self.input.take());
        self.finish()
    }

    fn finish(&mut self) -> Vec<Acknowledged> {
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the reader ends");
        }
        let lines = self.lines.lock().expect("the lines");
        lines.iter().filter_map(|line| parse(line)).collect()
    }
}

impl Drop for Appender {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Name of the stream that a writer of an appender writes to; three writers share one.
pub fn stream_of(seed: u64, writer: u64) -> String {
    format!("s{seed}-{}", writer / 3)
}

/// Seed of the command ids of one writer.
pub fn writer_seed(seed: u64, writer: u64) -> u64 {
    seed * 1000 + writer
}

/// The line that says that an append is safe.
pub fn acknowledgement(done: &Acknowledged) -> String {
    let Acknowledged { writer, n, command_id, position, version } = done;
    format!("ack {writer} {n} {command_id} {position} {version}")
}

/// Reads such a line; one that was torn by the kill is none.
fn parse(line: &str) -> Option<Acknowledged> {
    let mut words = line.strip_prefix("ack ")?.split(' ');
    Some(Acknowledged {
        writer: words.next()?.parse().ok()?,
        n: words.next()?.parse().ok()?,
        command_id: words.next()?.parse().ok()?,
        position: words.next()?.parse().ok()?,
        version: words.next()?.parse().ok()?,
    })
}
