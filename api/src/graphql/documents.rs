//! Documents that were read lately: clients send the same few again and again.

use std::sync::Arc;

use async_graphql::parser::types::ExecutableDocument;
use quick_cache::sync::Cache;

use super::document;
use crate::ApiSettings;
use crate::problem::Problem;

/// Documents that are kept.
const DOCUMENTS_MAX: usize = 200;
/// Longest text of one that is kept, in bytes.
const TEXT_BYTES_MAX: usize = 8 * 1024;

/// Reads documents, and keeps those that are sound.
pub(crate) struct Documents {
    settings: ApiSettings,
    kept: Cache<String, Arc<ExecutableDocument>>,
}

impl Documents {
    pub(crate) fn new(settings: &ApiSettings) -> Self {
        Self { settings: settings.clone(), kept: Cache::new(DOCUMENTS_MAX) }
    }

    /// The document of a text, within the limits.
    pub(super) fn read(&self, text: &str) -> Result<Arc<ExecutableDocument>, Problem> {
        if let Some(kept) = self.kept.get(text) {
            return Ok(kept);
        }
        let read = Arc::new(document::read(&self.settings, text)?);
        if text.len() <= TEXT_BYTES_MAX {
            self.kept.insert(text.to_owned(), Arc::clone(&read));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_documents_are_read_once() {
        let documents = Documents::new(&ApiSettings::default());
        let first = documents.read("{ position }").expect("a document");
        assert!(Arc::ptr_eq(&first, &documents.read("{ position }").expect("a document")));
        assert!(documents.read("{").is_err() && documents.read("{").is_err());
        let long = format!("{{ position {} }}", "#\n".repeat(TEXT_BYTES_MAX));
        let first = documents.read(&long).expect("a document");
        assert!(!Arc::ptr_eq(&first, &documents.read(&long).expect("a document")));
    }
}
