//! The query string of `/events`.

use casebook_app::{EventRequest, StreamStart};

use crate::problem::Problem;

/// Bytes of a query string that are read.
const BYTES_MAX: usize = 16 * 1024;

/// What the query string says.
#[derive(Clone, Debug, Default)]
pub(super) struct Params {
    /// Where to begin, when it says so.
    pub(super) after: Option<StreamStart>,
    /// Most events of a page.
    pub(super) limit: Option<usize>,
    /// Which events.
    pub(super) request: EventRequest,
    /// The parameters that choose events, as they were given.
    pub(super) chosen: Vec<(String, String)>,
}

impl Params {
    /// Reads the query string. `type` and `tenant` may occur several times, and hold several words
    /// parted by commas.
    pub(super) fn read(query: &str) -> Result<Self, Problem> {
        if query.len() > BYTES_MAX {
            return Err(Problem::invalid("query", format!("is longer than {BYTES_MAX} bytes")));
        }
        let mut params = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let request = &mut params.request;
            match name.as_ref() {
                "after" => {
                    params.after = Some(start("after", &value)?);
                    continue;
                }
                "limit" => {
                    let limit = value.parse().ok().filter(|limit| *limit > 0);
                    let wrong = || Problem::invalid("limit", "use a number from 1");
                    params.limit = Some(limit.ok_or_else(wrong)?);
                }
                "type" => request.types.extend(words(&value)),
                "tenant" => request.tenants.extend(words(&value)),
                "ticket" => {
                    let wrong = |_| Problem::invalid("ticket", "is not the UUID of a ticket");
                    request.ticket = Some(value.parse().map_err(wrong)?);
                }
                "personal" => {
                    let wrong = |_| Problem::invalid("personal", "use true or false");
                    request.personal = value.parse().map_err(wrong)?;
                }
                other => return Err(Problem::invalid(other, "is not a known parameter")),
            }
            params.chosen.push((name.into_owned(), value.into_owned()));
        }
        Ok(params)
    }
}

/// Where to begin, from a parameter or a header.
pub(super) fn start(field: &str, text: &str) -> Result<StreamStart, Problem> {
    let expected = "use earliest, latest, or a cursor as an earlier event gave it";
    text.parse().map_err(|_| Problem::invalid(field, expected))
}

fn words(value: &str) -> impl Iterator<Item = String> {
    value.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned)
}
