//! Writers in processes of their own, to be killed or to compete.

use std::io::{BufRead, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
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

/// A process that says on its standard output, line by line, what is safe.
#[derive(Debug)]
pub struct Talker {
    child: Child,
    input: Option<ChildStdin>,
    lines: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Talker {
    /// Starts the program at `path` (`env!("CARGO_BIN_EXE_...")` in a test).
    pub fn spawn(path: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new(path)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the process starts");
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

    /// How many lines so far begin with `word` and a space.
    pub fn said(&self, word: &str) -> usize {
        let begins = |line: &&String| line.split(' ').next() == Some(word);
        self.lines.lock().expect("the lines").iter().filter(begins).count()
    }

    /// Ends the process as `kill -9` does; answers all its lines, of which the last may be torn.
    pub fn kill(mut self) -> Vec<String> {
        self.child.kill().expect("the process is killed");
        self.finish()
    }

    /// Asks the process to stop in good order; answers all its lines.
    pub fn stop(mut self) -> Vec<String> {
        drop(self.input.take());
        self.finish()
    }

    fn finish(&mut self) -> Vec<String> {
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the reader ends");
        }
        std::mem::take(&mut self.lines.lock().expect("the lines"))
    }
}

impl Drop for Talker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A running `appender`.
#[derive(Debug)]
pub struct Appender(Talker);

impl Appender {
    /// Starts the program at `path` (`env!("CARGO_BIN_EXE_appender")` in a test) on the database.
    ///
    /// `seed` decides the command ids and the names of its streams.
    pub fn spawn(path: &str, url: &str, seed: u64, writers: u64) -> Self {
        Self(Talker::spawn(path, &[url, &seed.to_string(), &writers.to_string()]))
    }

    /// Number of the process.
    pub fn process_id(&self) -> u32 {
        self.0.process_id()
    }

    /// How many appends were acknowledged so far.
    pub fn count(&self) -> usize {
        self.0.said("ack")
    }

    /// Ends the process as `kill -9` does and says what was acknowledged until then.
    pub fn kill(self) -> Vec<Acknowledged> {
        acknowledged(&self.0.kill())
    }

    /// Asks the process to stop in good order and says what was acknowledged.
    pub fn stop(self) -> Vec<Acknowledged> {
        acknowledged(&self.0.stop())
    }
}

fn acknowledged(lines: &[String]) -> Vec<Acknowledged> {
    lines.iter().filter_map(|line| parse(line)).collect()
}

/// The other side, for the programs that are started: writes a line at once. A pipe whose reader
/// is gone does not matter any more.
pub fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    let _ = output.write_all(format!("{line}\n").as_bytes()).and_then(|()| output.flush());
}

/// The other side: becomes true when standard input ends.
pub fn stop_at_end_of_input() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        flag.store(true, Ordering::Relaxed);
    });
    stop
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
