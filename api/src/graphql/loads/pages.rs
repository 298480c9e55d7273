//! Pages of what belongs to something else, for many of it in one statement.

use std::collections::HashMap;

use casebook_app::queries::{
    ConversationKey, ConversationRow, MessageKey, MessageRow, Page, Slice, TicketKey, TicketRow,
};
use casebook_domain::ids::{ContactId, ConversationId};

use super::{Loaded, Loads};
use crate::graphql::batch::{Batch, Key};

/// Keys of pages: whose, and which part of the list.
macro_rules! load_pages {
    ($($(#[$doc:meta])* $name:ident of $parent:ty: $place:ty => $row:ident
        in $batch:ident by $query:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(in crate::graphql) struct $name {
            pub(in crate::graphql) of: $parent,
            pub(in crate::graphql) slice: Slice<$place>,
        }

        impl Key for $name {
            type Value = Page<$row>;

            fn batch(loads: &Loads) -> &Batch<Self> {
                &loads.$batch
            }

            async fn load(loads: &Loads, keys: Vec<Self>) -> Loaded<Self, Page<$row>> {
                let mut parts: HashMap<Slice<$place>, Vec<$parent>> = HashMap::new();
                for key in keys {
                    parts.entry(key.slice).or_default().push(key.of);
                }
                let mut loaded = HashMap::new();
                // One statement for each way in which the query asks; siblings ask in the same way.
                for (slice, ids) in parts {
                    let pages = match &loads.then {
                        None => loads.app.$query(&loads.access, &ids, &slice).await?,
                        Some(then) => then.$query(&ids, &slice).await?,
                    };
                    let key = |(of, page)| (Self { of, slice }, page);
                    loaded.extend(pages.into_iter().map(key));
                }
                Ok(loaded)
            }
        }
    )*};
}

load_pages! {
    /// Messages of a conversation.
    MessagesOf of ConversationId: MessageKey => MessageRow
        in messages_of by messages_of_conversations;
    /// Conversations with a contact.
    ConversationsWith of ContactId: ConversationKey => ConversationRow
        in conversations_with by conversations_of_contacts;
    /// Tickets of a contact.
    TicketsFrom of ContactId: TicketKey => TicketRow
        in tickets_from by tickets_of_contacts;
}
