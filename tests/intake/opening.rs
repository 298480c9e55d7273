//! A first mail opens conversation, ticket and contact in one append.

use casebook_app::ReceivedAs;
use casebook_domain::contact::ContactEvent;
use casebook_domain::conversation::ConversationEvent;
use casebook_domain::event::Event;
use casebook_domain::ids::{ConversationId, MessageId, TicketId};
use casebook_domain::intake::key_of;
use casebook_domain::ticket::TicketEvent;
use casebook_store::BlobHash;
use casebook_tests::desk::{Desk, TENANT};
use casebook_tests::letters::{CUSTOMER, INBOX, mail};
use casebook_tests::{TestDatabase, both_databases};
use serde_json::Value;

both_databases!(
    first_mail_writes_three_streams_in_one_append,
    raw_bytes_are_kept_with_their_hash,
    identifiers_are_those_of_the_keys,
    answer_comes_after_the_mail_is_durable,
    subject_prefixes_are_removed,
    long_texts_become_blobs,
);

async fn first_mail_writes_three_streams_in_one_append(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let before = desk.length().await;
    let received = desk.receive(&mail("a").subject("Re: [Support] Delivery days")).await;
    assert_eq!(received.outcome, ReceivedAs::Message);
    let stored: Vec<_> =
        desk.log().await.into_iter().filter(|event| event.position > before).collect();
    let types: Vec<&str> = stored.iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(
        types,
        [
            "ConversationOpened",
            "MessageReceived",
            "TicketReceived",
            "ContactRegistered",
            "ContactWrote"
        ]
    );
    let command = stored[0].command_id;
    for event in &stored {
        assert_eq!((event.command_id, event.tenant.as_str()), (command, TENANT));
        assert_eq!(event.recorded_at, stored[0].recorded_at);
        let metadata: Value = serde_json::from_str(&event.metadata).expect("metadata");
        assert_eq!(metadata["actor"], "system:test");
        assert_eq!(metadata["command"], "ReceiveMessage");
        assert_eq!(metadata["correlation_id"], received.conversation_id.to_string());
        let in_force = desk.app.policies().get(TENANT).expect("a policy");
        assert_eq!(metadata["policy_version"], in_force.version);
    }
    assert_eq!(received.position, before + 5);
    let events = desk.after(before).await;
    let Event::Conversation(ConversationEvent::ConversationOpened(opened)) = &events[0] else {
        panic!("the conversation opens first")
    };
    let Event::Ticket(TicketEvent::TicketReceived(ticket)) = &events[2] else {
        panic!("a ticket is received")
    };
    let Event::Contact(ContactEvent::ContactRegistered(contact)) = &events[3] else {
        panic!("a contact is registered")
    };
    assert_eq!(contact.address.text(), CUSTOMER);
    assert_eq!(opened.contact_id, contact.contact_id);
    assert_eq!(ticket.contact_id, contact.contact_id);
    assert_eq!(ticket.conversation_id, opened.conversation_id);
    assert_eq!(ticket.customer_email.text(), CUSTOMER);
    assert_eq!(ticket.customer_name.as_ref().expect("a name").text(), "Ann Weaver");
    assert_eq!(ticket.inbox, "hello");
    assert_eq!(Some(ticket.ticket_id), received.ticket_id);
}

async fn raw_bytes_are_kept_with_their_hash(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let long = "Grüße, hier kommt eine lange Geschichte.\r\n".repeat(3000);
    for (id, text) in [("short", "Grüße, ein Bild folgt.\r\n"), ("long", &long)] {
        let sent = mail(id).text(text);
        let received = desk.receive(&sent).await;
        let receipt = desk.message(&received).await.receipt;
        let hash = BlobHash::of(&sent.raw()).to_string();
        assert_eq!((&receipt.sha256, receipt.size_bytes), (&hash, sent.raw().len() as u64));
        assert_eq!(receipt.transport, "smtp");
        assert_eq!(receipt.envelope_to.as_ref().expect("an envelope").text(), INBOX);
        assert_eq!(receipt.received_at, casebook_tests::database::START);
        assert_eq!(desk.app.blob(TENANT, &hash).await.expect("bytes"), sent.raw());
        // Large mails lie in the folder, small ones beside their events.
        let file = desk.blob_folder().join(TENANT).join(&hash);
        assert_eq!(file.exists(), id == "long", "{id}");
    }
}

async fn identifiers_are_those_of_the_keys(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let received = desk.receive(&mail("a")).await;
    let key = key_of("hello", "a@example.net");
    assert_eq!(received.message_id, MessageId::of_key(TENANT, "hello", &key));
    let thread = ConversationId::of_thread(TENANT, "hello", "a@example.net");
    assert_eq!(received.conversation_id, thread);
    assert_eq!(received.ticket_id, Some(TicketId::opened_by(received.message_id)));
    let log = desk.app.store().log();
    let value = log.find_key(TENANT, "message", &key).await.expect("a look-up").expect("a key");
    assert!(value.starts_with(&format!("{}/{}", received.conversation_id, received.message_id)));
    assert_eq!(log.find_key("ozean-licht", "message", &key).await.expect("a look-up"), None);
    let mut raw = desk.database.raw().await;
    let contacts = raw.rows("SELECT key FROM keys WHERE kind = 'contact'").await;
    assert_eq!(contacts.len(), 1);
    assert!(!contacts[0][0].contains(CUSTOMER), "an address is never a key");
}

async fn answer_comes_after_the_mail_is_durable(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let received = desk.receive(&mail("a")).await;
    // A connection that knows nothing of the application sees it as soon as there is an answer.
    let mut raw = desk.database.raw().await;
    let last = raw.number("SELECT max(position) FROM events").await;
    assert_eq!(u64::try_from(last).expect("a position"), received.position);
    let desk = desk.restart().await;
    let again = desk.receive(&mail("a")).await;
    assert_eq!(again.outcome, ReceivedAs::Duplicate);
    assert_eq!(again.message_id, received.message_id);
    assert_eq!(again.ticket_id, received.ticket_id);
    assert_eq!(desk.length().await, received.position);
}

async fn subject_prefixes_are_removed(database: TestDatabase) {
    let desk = Desk::open(database).await;
    let cases = [
        ("Re: [Support] Late box", Some("Late box")),
        ("[Support] AW: WG: Late box", Some("Late box")),
        ("Re: [Support]", None),
        ("(no subject)", None),
        ("Request for Leeds", Some("Request for Leeds")),
    ];
    for (number, (subject, expected)) in cases.into_iter().enumerate() {
        let received = desk.receive(&mail(&format!("s{number}")).subject(subject)).await;
        let events = desk.ticket(received.ticket_id).await;
        let TicketEvent::TicketReceived(ticket) = &events[0] else { panic!("a ticket") };
        assert_eq!(ticket.subject.as_ref().map(|text| text.text()), expected, "{subject}");
        let message = desk.message(&received).await;
        assert_eq!(message.subject.expect("a subject").text(), subject, "the message keeps it");
    }
}

async fn long_texts_become_blobs(database: TestDatabase) {
    use casebook_domain::conversation::Body;
    let desk = Desk::open(database).await;
    let text = "Where is my box, please? I wait since Monday.\r\n".repeat(2000);
    let received = desk.receive(&mail("a").text(&text)).await;
    let message = desk.message(&received).await;
    let Body::Blob { sha256, size_bytes, beginning } = message.text else {
        panic!("a long text is a blob")
    };
    let kept = desk.app.blob(TENANT, &sha256).await.expect("the text");
    assert_eq!(kept.len() as u64, size_bytes);
    assert!(std::str::from_utf8(&kept).expect("text").starts_with(beginning.text()));
    assert!(kept.len() > 80_000 && beginning.text().len() <= 32 * 1024);
}
