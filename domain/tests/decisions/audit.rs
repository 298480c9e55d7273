//! Events in words, and what they changed.

use casebook_domain::access::{AccessEvent, PersonalDataRead, Seen, Way};
use casebook_domain::audit::{
    changes, of_contact, of_conversation, of_policy, of_ticket, sentence,
};
use casebook_domain::contact::{Contact, ContactEvent, ContactRegistered, ContactWrote};
use casebook_domain::conversation::{Conversation, ConversationEvent, NoteAdded};
use casebook_domain::event::Event;
use casebook_domain::ids::NoteId;
use casebook_domain::operations::{EventSkipped, OperationsEvent};
use casebook_domain::policy_log::{PolicyEvent, PolicyLog, PolicyPublished, PolicyRolledBack};
use casebook_domain::ticket::{
    AfterSending, Because, CategoryCorrected, DeliveryFailed, DeliveryUnknown, Ended, HeldBecause,
    LabelsChanged, PrioritySet, ReplacementFailed, ReplacementPlaced, ReplyBounced, ReplyDrafted,
    ReplyHeld, ReplyRetried, ReplyWithdrawn, Snoozed, Ticket, TicketAssigned, TicketEscalated,
    TicketEvent, TicketReopened, Urgency, Woken,
};
use serde_json::json;

use crate::fixtures::{
    DUE, NOON, answer, approved, by, contact_id, delivery, gated, given, message, message_id,
    opened, received, replacement, reply, sent, started, ticket, ticket_id, triage_failed,
    was_classified, wrote_again,
};

const NOON_TEXT: &str = "2026-04-08T12:00:00.000000Z";

fn says(event: TicketEvent, words: &str) {
    assert_eq!(sentence(&Event::Ticket(event)), words);
}

#[test]
fn intake_and_triage_in_words() {
    let (first, second) = (message_id("first"), message_id("second"));
    says(
        TicketEvent::TicketReceived(Box::new(received(&["legal_threat"]))),
        &format!("Message {first} opened the ticket in inbox hello; 1 gate checked, 1 fired."),
    );
    says(
        TicketEvent::TicketStarted(Box::new(started())),
        "An agent wrote first, from inbox hello.",
    );
    says(
        wrote_again("second"),
        &format!("The customer wrote again (message {second}); 0 gates checked, none fired."),
    );
    says(
        TicketEvent::TicketGated(gated("first", &["a", "b", "c"])),
        &format!("Gates a, b and c fired on message {first}: reason of a."),
    );
    says(
        was_classified("first", true),
        &format!(
            "Message {first} was classified as delivery with confidence 0.90 by built-in-1 under \
             policy v1; below the policy's threshold for priority 2."
        ),
    );
    says(
        TicketEvent::ReplyDrafted(ReplyDrafted {
            decision_id: answer("first").decision_id,
            message_id: first,
            text: "Secret".into(),
        }),
        &format!("A reply to message {first} was drafted."),
    );
    says(
        TicketEvent::TriageFailed(triage_failed("first")),
        &format!("Message {first} could not be classified after 4 attempts; a person takes it."),
    );
}

#[test]
fn work_in_words() {
    let some = |text: &str| Some(text.to_owned());
    let labels = |added: &[&str], removed: &[&str]| {
        let own = |list: &[&str]| list.iter().map(ToString::to_string).collect();
        TicketEvent::LabelsChanged(LabelsChanged { added: own(added), removed: own(removed) })
    };
    let assigned = |agent, team| TicketEvent::TicketAssigned(TicketAssigned { agent, team });
    let corrected = |from, to: &str| {
        TicketEvent::CategoryCorrected(CategoryCorrected { from, to: to.to_owned() })
    };
    let reason = TicketEscalated { reason: "Secret".into() };
    says(TicketEvent::TicketEscalated(reason), "The ticket was escalated, with a reason.");
    says(TicketEvent::TicketClaimed(by("sam")), "sam took the ticket.");
    says(TicketEvent::TicketReleased(by("sam")), "sam gave the ticket back.");
    says(assigned(some("kim"), some("vets")), "The ticket was given to kim in team vets.");
    says(assigned(None, None), "The ticket was given to nobody.");
    says(labels(&["vip", "late"], &[]), "Labels were put on: vip and late.");
    says(labels(&[], &["late"]), "Labels were taken off: late.");
    says(labels(&["vip"], &["late"]), "Labels were put on: vip; taken off: late.");
    says(
        TicketEvent::PrioritySet(PrioritySet { urgency: Urgency::Low }),
        "The urgency was set to low: it never rises above priority 3.",
    );
    says(corrected(None, "quality"), "The category was corrected from none to quality.");
    says(TicketEvent::CustomerAwaited(by("sam")), "sam left the next word to the customer.");
    says(
        TicketEvent::Snoozed(Snoozed { until: NOON }),
        &format!("The ticket was put aside until {NOON_TEXT}."),
    );
    says(
        TicketEvent::Woken(Woken { because: Because::Time }),
        "The ticket came back from being put aside because the time had come.",
    );
    says(
        TicketEvent::TicketResolved(Ended { at: NOON }),
        &format!("The ticket was resolved at {NOON_TEXT}: it is answered."),
    );
    says(
        TicketEvent::TicketClosed(Ended { at: NOON }),
        &format!("The ticket was closed at {NOON_TEXT} without an answer."),
    );
    says(
        TicketEvent::TicketReopened(TicketReopened { because: Because::Customer }),
        "The ticket was opened again because the customer wrote.",
    );
}

#[test]
fn replies_and_replacements_in_words() {
    let (reply_id, due) = (message_id("r"), DUE);
    let mut kept_open = reply("r");
    kept_open.after = AfterSending::KeepOpen;
    let failed = |retry_at| {
        let error = "451".to_owned();
        TicketEvent::DeliveryFailed(DeliveryFailed { reply_id, attempt: 2, error, retry_at })
    };
    says(
        TicketEvent::ReplyApproved(Box::new(kept_open)),
        &format!(
            "sam approved reply {reply_id} (no_draft), which leaves at {due}; the ticket stays \
             open afterwards."
        ),
    );
    says(
        TicketEvent::ReplyWithdrawn(ReplyWithdrawn { reply_id }),
        &format!("Reply {reply_id} was taken back before it left."),
    );
    says(
        delivery("r", 1),
        &format!("Attempt 1 to send reply {reply_id} began; it cannot be taken back any more."),
    );
    says(sent("r", 1), &format!("Reply {reply_id} went out at attempt 1, at {due}."));
    says(
        failed(Some(NOON)),
        &format!("Attempt 2 to send reply {reply_id} failed; the next attempt is at {NOON_TEXT}."),
    );
    says(
        failed(None),
        &format!("Attempt 2 to send reply {reply_id} failed; there is no further attempt."),
    );
    says(
        TicketEvent::DeliveryUnknown(DeliveryUnknown { reply_id, attempt: 1 }),
        &format!("Nobody can tell whether reply {reply_id} went out at attempt 1."),
    );
    says(
        TicketEvent::ReplyHeld(ReplyHeld { reply_id, because: HeldBecause::CustomerWrote }),
        &format!("Reply {reply_id} was held because the customer wrote in between."),
    );
    says(
        TicketEvent::ReplyRetried(ReplyRetried { reply_id, due_at: due }),
        &format!("Reply {reply_id} is sent after all, at {due}."),
    );
    let report = message_id("report");
    says(
        TicketEvent::ReplyBounced(ReplyBounced {
            reply_id,
            message_id: report,
            is_final: true,
            status: None,
        }),
        &format!("Delivery report {report} says that reply {reply_id} will never arrive."),
    );
    let asked = replacement("r");
    let id = asked.replacement_id;
    says(
        TicketEvent::ReplacementRequested(asked),
        &format!("Replacement {id} was asked for, promised by reply {reply_id}."),
    );
    says(
        TicketEvent::ReplacementPlaced(ReplacementPlaced {
            replacement_id: id,
            attempt: 1,
            reference: Some("Secret".into()),
        }),
        &format!("The business took replacement {id} at attempt 1."),
    );
    says(
        TicketEvent::ReplacementFailed(ReplacementFailed {
            replacement_id: id,
            attempt: 1,
            error: "503".to_owned(),
            retry_at: None,
        }),
        &format!("Attempt 1 to place replacement {id} failed; there is no further attempt."),
    );
}

#[test]
fn events_of_other_streams_in_words() {
    let say = |event: Event, words: &str| assert_eq!(sentence(&event), words);
    let id = message_id("a");
    say(
        Event::Conversation(ConversationEvent::ConversationOpened(opened())),
        "The conversation began in inbox hello by email.",
    );
    let mail = message("a", "secret@example.org");
    say(
        Event::Conversation(ConversationEvent::MessageReceived(Box::new(mail))),
        &format!("Message {id} of the contact arrived by smtp."),
    );
    let wrote = ContactWrote { message_id: id, at: NOON };
    say(
        Event::Contact(ContactEvent::ContactWrote(wrote)),
        &format!("The contact wrote; message {id} counts at {NOON_TEXT}."),
    );
    let back = PolicyRolledBack { version: "b".repeat(64), replaced: "a".repeat(64), note: None };
    say(
        Event::Policy(PolicyEvent::PolicyRolledBack(back)),
        "The policy went back from version aaaaaaaaaaaa to version bbbbbbbbbbbb.",
    );
    let what = vec![Seen::Contact, Seen::Message(id), Seen::Message(message_id("b"))];
    let read = PersonalDataRead {
        contact_id: Some(contact_id()),
        conversation_id: None,
        ticket_id: None,
        what,
        way: Way::Graphql,
    };
    say(
        Event::Access(AccessEvent::PersonalDataRead(read)),
        "Personal data was read: the contact and 2 messages.",
    );
}

#[test]
fn what_an_event_changed_is_told_with_both_values() {
    let before = ticket([was_classified("first", false)]);
    let after = ticket([
        was_classified("first", false),
        TicketEvent::TicketEscalated(TicketEscalated { reason: "Ask".into() }),
    ]);
    let found = changes(&of_ticket(&before), &of_ticket(&after));
    let told: Vec<_> =
        found.iter().map(|change| (change.path.as_str(), &change.old, &change.new)).collect();
    assert_eq!(
        told,
        [
            ("/escalated", &json!(false), &json!(true)),
            ("/priority", &json!(3), &json!(1)),
            ("/status", &json!("pending"), &json!("escalated")),
        ]
    );
}

#[test]
fn the_first_event_sets_everything_and_customers_words_are_marked() {
    let approved = ticket([was_classified("first", false), approved("r")]);
    let found = changes(&of_ticket(&Ticket::default()), &of_ticket(&approved));
    let personal: Vec<_> =
        found.iter().filter(|change| change.personal).map(|change| change.path.as_str()).collect();
    assert_eq!(personal, ["/customerEmail", "/replyText"]);
    assert!(found.iter().all(|change| !change.new.is_null() && change.old.is_null()));
}

#[test]
fn other_streams_tell_what_changed_too() {
    let thread: Conversation = given([ConversationEvent::ConversationOpened(opened())]);
    let note = ConversationEvent::NoteAdded(NoteAdded {
        note_id: NoteId(uuid::Uuid::from_u128(1)),
        ticket_id: ticket_id(),
        contact_id: contact_id(),
        author: "sam".to_owned(),
        text: "Secret".into(),
        written_at: NOON,
    });
    let noted: Conversation = given([ConversationEvent::ConversationOpened(opened()), note]);
    let found = changes(&of_conversation(&thread), &of_conversation(&noted));
    assert_eq!((found.len(), found[0].path.as_str()), (1, "/notes"));
    assert_eq!(of_conversation(&thread).values()["contact"], json!(contact_id()));

    let address = "ada@example.org".into();
    let registered = ContactRegistered { contact_id: contact_id(), address, name: None };
    let contact: Contact = given([ContactEvent::ContactRegistered(registered)]);
    let found = changes(&of_contact(&Contact::default()), &of_contact(&contact));
    let personal: Vec<_> = found.iter().map(|c| (c.path.as_str(), c.personal)).collect();
    assert_eq!(personal, [("/address", true), ("/countedMessages", false)]);

    let publish = |version: &str| {
        PolicyEvent::PolicyPublished(PolicyPublished {
            version: version.to_owned(),
            name: "default".to_owned(),
            blob: version.to_owned(),
            size_bytes: 1,
            note: None,
        })
    };
    let first: PolicyLog = given([publish("a")]);
    let second: PolicyLog = given([publish("a"), publish("b")]);
    let found = changes(&of_policy(&first), &of_policy(&second));
    assert_eq!((&found[0].old, &found[0].new), (&json!("a"), &json!("b")));
}

#[test]
fn a_skip_tells_its_reason() {
    let skipped = |reader: Option<&str>| {
        let skip = EventSkipped {
            position: 7,
            event_type: "TicketClosed".to_owned(),
            event_version: "9".to_owned(),
            reader: reader.map(str::to_owned),
            reason: "made by a test build".to_owned(),
        };
        sentence(&Event::Operations(OperationsEvent::EventSkipped(skip)))
    };
    assert_eq!(
        skipped(Some("triage")),
        "Event 7 (TicketClosed version 9) is passed over by triage (\"made by a test build\")."
    );
    assert!(skipped(None).contains("by every reader (\"made by a test build\")"));
}
