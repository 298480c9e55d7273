//! `casebook export`: read models and events as JSON lines or CSV, beside a running server.

use std::io::{self, BufWriter, Write};
use std::time::{Duration, Instant};

use casebook_app::{Access, Cell, ExportRequest};
use casebook_store::{Cursor, Mode};
use serde_json::json;

use super::skip::or_by_server;
use super::target::Target;
use crate::cli::{Export, ExportFormat};
use crate::config::{Secrets, Settings};
use crate::exit::{self, Exit, Failure};
use crate::remote::Remote;
use crate::wiring;

/// Pause between two lines of progress.
const PROGRESS: Duration = Duration::from_secs(1);

const RECORD: &str = "mutation($input: RecordExportInput!) { recordExport(input: $input) \
                      { tenants error { message } } }";

/// Writes what is asked for, a page at a time.
pub async fn run(settings: &Settings, secrets: &Secrets, asked: Export) -> Result<Exit, Failure> {
    let request = ExportRequest {
        what: asked.what,
        tenant: asked.tenant,
        from: asked.from,
        to: asked.to,
        personal: asked.personal,
    };
    let operator = Access::operator("export");
    let store = wiring::open_store(settings, Mode::ReadOnly).await?;
    let app = wiring::open_app(settings, store).await?;
    let mut export = app.export(&operator, request.clone()).await?;
    if request.personal {
        let recorded = match &asked.server {
            Some(url) => {
                let remote = Remote::new(url, secrets.api_token.as_ref())?;
                let end = Cursor { log_id: app.log_id(), position: export.position() };
                by_server(&remote, &request, end).await?
            }
            None => here(settings, &operator, &request).await.map_err(or_by_server)?,
        };
        export = export.of_tenants(&recorded);
    }
    let columns = asked.what.columns();
    let mut target = Target::open(asked.output.as_deref())?;
    let mut lines = Lines::begin(asked.format, &mut target, &columns)?;
    let (mut count, mut told) = (0_u64, Instant::now());
    while let Some(rows) = export.next().await? {
        for row in &rows {
            if let Err(error) = lines.write(&columns, row) {
                return ended(error);
            }
        }
        count += rows.len() as u64;
        if told.elapsed() >= PROGRESS {
            eprintln!("{count} {}", asked.what);
            told = Instant::now();
        }
    }
    if let Err(error) = lines.end() {
        return ended(error);
    }
    target.keep()?;
    eprintln!("{count} {}, as of position {}", asked.what, export.position());
    Ok(exit::OK)
}

/// Records who takes personal data out, in the database; answers whose it is.
async fn here(
    settings: &Settings,
    by: &Access,
    request: &ExportRequest,
) -> Result<Vec<String>, Failure> {
    let store = wiring::open_store(settings, Mode::Write).await?;
    let app = wiring::open_app(settings, store).await?;
    let recorded = app.record_export(by, request).await;
    app.store().clone().close().await;
    Ok(recorded?)
}

/// Has it recorded by a server; `end` names the log, so that the server of another one refuses.
async fn by_server(
    remote: &Remote,
    request: &ExportRequest,
    end: Cursor,
) -> Result<Vec<String>, Failure> {
    let from = request.from.map(|from| Cursor { position: from.min(end.position), ..end });
    let input = json!({
        "what": request.what.name(),
        "tenant": request.tenant,
        "from": from.map(|from| from.to_string()),
        "to": end.to_string(),
    });
    let mut answer = remote.ask(RECORD, json!({ "input": input })).await?;
    let recorded = &mut answer["recordExport"];
    if let Some(message) = recorded["error"]["message"].as_str() {
        return Err(Failure::usage(message));
    }
    serde_json::from_value(recorded["tenants"].take())
        .map_err(|_| Failure::failed("the server does not say what it recorded"))
}

/// A reader who has seen enough, such as `head`, is no failure.
fn ended(error: io::Error) -> Result<Exit, Failure> {
    if error.kind() == io::ErrorKind::BrokenPipe { Ok(exit::OK) } else { Err(error.into()) }
}

/// Rows on their way into a target.
enum Lines<W: Write> {
    Jsonl(BufWriter<W>),
    Csv(Box<csv::Writer<W>>),
}

impl<W: Write> Lines<W> {
    fn begin(format: ExportFormat, target: W, columns: &[&str]) -> Result<Self, Failure> {
        match format {
            ExportFormat::Jsonl => Ok(Self::Jsonl(BufWriter::new(target))),
            ExportFormat::Csv => {
                let mut writer = csv::Writer::from_writer(target);
                writer.write_record(columns).map_err(io::Error::from)?;
                Ok(Self::Csv(Box::new(writer)))
            }
        }
    }

    fn write(&mut self, columns: &[&str], row: &[Cell]) -> io::Result<()> {
        match self {
            Self::Jsonl(out) => {
                for (index, (name, cell)) in columns.iter().zip(row).enumerate() {
                    write!(out, "{}\"{name}\":", if index == 0 { '{' } else { ',' })?;
                    match cell {
                        Cell::Null => out.write_all(b"null")?,
                        Cell::Text(text) => serde_json::to_writer(&mut *out, text)?,
                        Cell::Json(json) => out.write_all(json.as_bytes())?,
                    }
                }
                out.write_all(b"}\n")
            }
            Self::Csv(writer) => {
                let plain = |cell: &Cell| match cell {
                    Cell::Null => String::new(),
                    Cell::Text(text) | Cell::Json(text) => text.clone(),
                };
                writer.write_record(row.iter().map(plain)).map_err(io::Error::from)
            }
        }
    }

    fn end(self) -> io::Result<()> {
        match self {
            Self::Jsonl(mut out) => out.flush(),
            Self::Csv(mut writer) => writer.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: ExportFormat) -> String {
        let mut bytes = Vec::new();
        let columns = ["a", "b", "c", "d"];
        let row = [
            Cell::Text("one, \"two\"\nthree".into()),
            Cell::Null,
            Cell::Json("0.91".into()),
            Cell::Json("{\"x\":[1]}".into()),
        ];
        let mut lines = Lines::begin(format, &mut bytes, &columns).expect("begun");
        lines.write(&columns, &row).expect("written");
        lines.end().expect("ended");
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn json_lines_are_objects_in_the_order_of_the_columns() {
        let line = r#"{"a":"one, \"two\"\nthree","b":null,"c":0.91,"d":{"x":[1]}}"#;
        assert_eq!(written(ExportFormat::Jsonl), format!("{line}\n"));
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        let line = "\"one, \"\"two\"\"\nthree\",,0.91,\"{\"\"x\"\":[1]}\"";
        assert_eq!(written(ExportFormat::Csv), format!("a,b,c,d\n{line}\n"));
    }
}
