//! How drafts were used (SOP CS-01, "Draft Usage Tracking" and "Analytics Queries").

use casebook_domain::draft::DraftUsage;

use super::share;

/// How the drafts of tickets that ended in the time were used. Tickets closed without a reply have
/// no usage and are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DraftFigures {
    /// Sent unchanged.
    pub sent_as_is: u64,
    /// Sent with more than 70 % of its words.
    pub minor_edits: u64,
    /// Sent with 20 % to 70 % of its words.
    pub major_rewrite: u64,
    /// Sent with less than 20 % of its words.
    pub replaced: u64,
    /// There was no draft.
    pub no_draft: u64,
}

impl DraftFigures {
    /// Every usage, in the SOP's order.
    pub const USAGES: [DraftUsage; 5] = [
        DraftUsage::SentAsIs,
        DraftUsage::MinorEdits,
        DraftUsage::MajorRewrite,
        DraftUsage::Replaced,
        DraftUsage::NoDraft,
    ];

    pub(super) const fn add(&mut self, usage: DraftUsage) {
        let count = match usage {
            DraftUsage::SentAsIs => &mut self.sent_as_is,
            DraftUsage::MinorEdits => &mut self.minor_edits,
            DraftUsage::MajorRewrite => &mut self.major_rewrite,
            DraftUsage::Replaced => &mut self.replaced,
            DraftUsage::NoDraft => &mut self.no_draft,
        };
        *count += 1;
    }

    /// Tickets with this usage.
    pub const fn count(&self, usage: DraftUsage) -> u64 {
        match usage {
            DraftUsage::SentAsIs => self.sent_as_is,
            DraftUsage::MinorEdits => self.minor_edits,
            DraftUsage::MajorRewrite => self.major_rewrite,
            DraftUsage::Replaced => self.replaced,
            DraftUsage::NoDraft => self.no_draft,
        }
    }

    /// All tickets with a usage.
    pub const fn counted(&self) -> u64 {
        self.had_draft() + self.no_draft
    }

    /// Those that had a draft.
    pub const fn had_draft(&self) -> u64 {
        self.sent_as_is + self.edited()
    }

    /// Those whose draft was changed or replaced: the SOP's `edited`.
    pub const fn edited(&self) -> u64 {
        self.minor_edits + self.major_rewrite + self.replaced
    }

    /// Share of a usage among all that have one, 0 to 1. That of `sent_as_is` is the SOP's draft
    /// acceptance rate and, by category, its accuracy.
    pub fn share(&self, usage: DraftUsage) -> Option<f64> {
        share(self.count(usage), self.counted())
    }

    /// Share of `sent_as_is` among those that had a draft, 0 to 1.
    pub fn acceptance_rate(&self) -> Option<f64> {
        share(self.sent_as_is, self.had_draft())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_rates_are_given() {
        let mut drafts = DraftFigures::default();
        assert_eq!((drafts.share(DraftUsage::SentAsIs), drafts.acceptance_rate()), (None, None));
        for usage in DraftFigures::USAGES {
            drafts.add(usage);
        }
        drafts.add(DraftUsage::SentAsIs);
        drafts.add(DraftUsage::NoDraft);
        drafts.add(DraftUsage::NoDraft);
        assert_eq!((drafts.counted(), drafts.had_draft(), drafts.edited()), (8, 5, 3));
        assert_eq!(drafts.share(DraftUsage::SentAsIs), Some(0.25));
        assert_eq!(drafts.acceptance_rate(), Some(0.4));
    }
}
