//! How drafts were used.

use async_graphql::SimpleObject;
use casebook_app::queries::figures;
use casebook_domain::draft::DraftUsage as Usage;

use crate::graphql::scalars::int;
use crate::graphql::work_enums::DraftUsage;

/// How often a draft was used in one way.
#[derive(SimpleObject)]
struct DraftUsageFigures {
    /// The way.
    usage: DraftUsage,
    /// Tickets.
    count: i32,
    /// Their share among all that have a usage, 0 to 1.
    share: Option<f64>,
}

/// How the drafts of tickets that ended were used. Tickets closed without a reply are left out.
#[derive(SimpleObject)]
pub(super) struct DraftFigures {
    /// Tickets that have a usage.
    counted: i32,
    /// Those that had a draft.
    had_draft: i32,
    /// Those whose draft was changed or replaced.
    edited: i32,
    /// Share of drafts sent unchanged among all tickets that have a usage, 0 to 1: the draft
    /// acceptance rate and the accuracy of SOP CS-01.
    accuracy: Option<f64>,
    /// Share of drafts sent unchanged among tickets that had a draft, 0 to 1.
    acceptance_rate: Option<f64>,
    /// Each way in which drafts are used.
    usages: Vec<DraftUsageFigures>,
}

impl From<&figures::DraftFigures> for DraftFigures {
    fn from(drafts: &figures::DraftFigures) -> Self {
        let usages = figures::DraftFigures::USAGES.iter().map(|usage| DraftUsageFigures {
            usage: (*usage).into(),
            count: int(drafts.count(*usage)),
            share: drafts.share(*usage),
        });
        Self {
            counted: int(drafts.counted()),
            had_draft: int(drafts.had_draft()),
            edited: int(drafts.edited()),
            accuracy: drafts.share(Usage::SentAsIs),
            acceptance_rate: drafts.acceptance_rate(),
            usages: usages.collect(),
        }
    }
}
