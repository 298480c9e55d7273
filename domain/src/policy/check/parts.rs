//! The checks, one function for each part of a policy.

use super::super::prompt::PROMPT_VARIABLES;
use super::super::render::variables;
use super::super::subjects::CATEGORY_SLOT;
use super::super::tickets::REOPEN_DAYS_MAX;
use super::super::{CategoryRole, Inbox, Policy};
use super::Problems;
use crate::address;
use crate::channel::Channel;

/// Longest time to take a reply back, in seconds: one hour.
const UNDO_LIMIT_SECONDS: u32 = 3600;

pub(super) fn identity(policy: &Policy, found: &mut Problems) {
    found.code("tenant", &policy.tenant);
    found.code("name", &policy.name);
    found.expect(!policy.languages.is_empty(), "languages", "name at least one language");
    found.distinct("languages", policy.languages.iter().map(String::as_str));
    for tag in &policy.languages {
        let sound = !tag.is_empty() && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        found.expect(sound, "languages", "use language tags such as en or de-AT");
    }
    found.expect(!policy.domains.is_empty(), "domains", "name at least one mail domain");
    found.distinct("domains", policy.domains.iter().map(String::as_str));
    for domain in &policy.domains {
        let sound = address::is_domain(domain) && *domain == domain.to_lowercase();
        found.expect(sound, "domains", "use a domain in lower case, without @");
    }
    forward(policy, "forward_to", policy.forward_to.as_deref(), found);
}

fn forward(policy: &Policy, path: &str, to: Option<&str>, found: &mut Problems) {
    let Some(to) = to else { return };
    found.expect(address::parse_address(to).is_ok(), path, "use a mail address");
    let loops = policy.inbox_for_address(to).is_some();
    found.expect(!loops, path, "this is one of the inboxes, mail would come back; use another");
}

pub(super) fn thresholds(policy: &Policy, found: &mut Problems) {
    let limits = &policy.thresholds;
    found.ratio("thresholds.priority", limits.priority);
    found.ratio("thresholds.notify", limits.notify);
    found.ratio("thresholds.autonomy", limits.autonomy);
}

pub(super) fn categories(policy: &Policy, found: &mut Problems) {
    found.distinct("categories", policy.categories.iter().map(|c| c.code.as_str()));
    for (role, message) in [
        (CategoryRole::Escalation, "give exactly one category role = \"escalation\""),
        (CategoryRole::Fallback, "give exactly one category role = \"fallback\""),
    ] {
        let count = policy.categories.iter().filter(|c| c.role == role).count();
        found.expect(count == 1, "categories", message);
    }
    for category in &policy.categories {
        let path = format!("categories[{}]", category.code);
        found.code(&path, &category.code);
        found.line(&format!("{path}.description"), &category.description);
        let names = format!("{path}.customer_name");
        for language in &policy.languages {
            let known = category.customer_name.0.contains_key(language);
            found.expect(known, &names, &format!("add the name in `{language}`"));
        }
        for name in category.customer_name.0.values() {
            found.line(&names, name);
        }
        for example in &category.examples {
            found.line(&format!("{path}.examples"), example);
        }
    }
}

pub(super) fn actions(policy: &Policy, found: &mut Problems) {
    found.expect(!policy.actions.is_empty(), "actions", "name at least one action");
    found.distinct("actions", policy.actions.iter().map(|a| a.code.as_str()));
    for action in &policy.actions {
        let path = format!("actions[{}]", action.code);
        found.code(&path, &action.code);
        found.line(&format!("{path}.label"), &action.label);
    }
}

pub(super) fn sending(policy: &Policy, found: &mut Problems) {
    let sending = &policy.sending;
    found.line("sending.brand", &sending.brand);
    personas("sending.personas", &sending.personas, found);
    if let Some(prefix) = &sending.subject_prefix {
        found.line("sending.subject_prefix", prefix);
    }
    for (path, delay) in [
        ("sending.undo_delay_seconds", sending.undo_delay_seconds),
        ("sending.chat_undo_delay_seconds", sending.chat_undo_delay_seconds),
    ] {
        found.expect(delay <= UNDO_LIMIT_SECONDS, path, "use at most 3600 seconds");
    }
    let days = policy.tickets.reopen_within_days;
    let path = "tickets.reopen_within_days";
    found.expect(days <= REOPEN_DAYS_MAX, path, "use at most 3650 days");
    for domain in &policy.drafts.link_domains {
        found.expect(address::is_domain(domain), "drafts.link_domains", "use a domain");
    }
    for text in &policy.drafts.addresses {
        let sound = address::parse_address(text).is_ok();
        found.expect(sound, "drafts.addresses", "use a mail address");
    }
    for rule in &policy.drafts.rules {
        found.line("drafts.rules", rule);
    }
    for text in &policy.drafts.sign_offs {
        found.line("drafts.sign_offs", text);
    }
}

fn personas(path: &str, names: &[String], found: &mut Problems) {
    found.expect(!names.is_empty(), path, "name at least one persona");
    found.distinct(path, names.iter().map(String::as_str));
    for name in names {
        found.line(path, name);
    }
}

pub(super) fn subjects(policy: &Policy, found: &mut Problems) {
    for text in &policy.subjects.placeholders {
        found.line("subjects.placeholders", text);
    }
    for mark in &policy.subjects.reply_marks {
        let sound = !mark.trim().is_empty() && !mark.contains(':');
        found.expect(sound, "subjects.reply_marks", "write the mark without its colon");
    }
    let templates = &policy.subjects.fallback.0;
    for language in &policy.languages {
        let known = templates.contains_key(language);
        found.expect(known, "subjects.fallback", &format!("add a template in `{language}`"));
    }
    for template in templates.values() {
        found.line("subjects.fallback", template);
        let slot = template.contains(CATEGORY_SLOT);
        found.expect(slot, "subjects.fallback", "the template has to hold {category}");
    }
}

pub(super) fn prompt(policy: &Policy, found: &mut Problems) {
    let text = &policy.prompt.system;
    found.expect(!text.trim().is_empty(), "prompt.system", "write a prompt");
    for name in variables(text) {
        if !PROMPT_VARIABLES.contains(&name) {
            let known = PROMPT_VARIABLES.join(", ");
            found.add("prompt.system", format!("unknown variable `{name}`; known are {known}"));
        }
    }
    for needed in ["actions", "categories"] {
        let used = variables(text).any(|name| name == needed);
        let message = format!("use {{{{{needed}}}}}, or the model cannot know the closed set");
        found.expect(used, "prompt.system", &message);
    }
    found.line("prompt.known_customer", &policy.prompt.known_customer);
    found.line("prompt.unknown_customer", &policy.prompt.unknown_customer);
    found.distinct("knowledge", policy.knowledge.iter().map(|k| k.path.as_str()));
    for article in &policy.knowledge {
        let path = format!("knowledge[{}]", article.path);
        found.expect(!article.text.trim().is_empty(), &path, "write the article or remove it");
    }
}

pub(super) fn inboxes(policy: &Policy, found: &mut Problems) {
    found.expect(!policy.inboxes.is_empty(), "inboxes", "describe at least one inbox");
    found.distinct("inboxes", policy.inboxes.iter().map(|inbox| inbox.name.as_str()));
    let all = policy.inboxes.iter().flat_map(|inbox| &inbox.addresses);
    let normal: Vec<String> = all.map(|text| address::normalise(text)).collect();
    found.distinct("inboxes.addresses", normal.iter().map(String::as_str));
    for inbox in &policy.inboxes {
        inbox_alone(policy, inbox, &format!("inboxes[{}]", inbox.name), found);
    }
}

fn inbox_alone(policy: &Policy, inbox: &Inbox, path: &str, found: &mut Problems) {
    found.code(path, &inbox.name);
    let addresses = format!("{path}.addresses");
    let reachable = inbox.channel != Channel::Email || !inbox.addresses.is_empty();
    found.expect(reachable, &addresses, "an e-mail inbox needs an address");
    for text in &inbox.addresses {
        let valid = address::parse_address(text).is_ok();
        found.expect(valid, &addresses, "use a mail address such as hello@example.com");
        let ours = !valid || policy.owns_domain_of(text);
        found.expect(ours, &addresses, "the domain is not listed in `domains`; add it there");
    }
    forward(policy, &format!("{path}.forward_to"), inbox.forward_to.as_deref(), found);
    if let Some(names) = &inbox.personas {
        personas(&format!("{path}.personas"), names, found);
    }
    let delay = inbox.undo_delay_seconds.unwrap_or(0);
    let delay_path = format!("{path}.undo_delay_seconds");
    found.expect(delay <= UNDO_LIMIT_SECONDS, &delay_path, "use at most 3600 seconds");
    if let Some(prefix) = inbox.subject_prefix.as_deref().filter(|prefix| !prefix.is_empty()) {
        found.line(&format!("{path}.subject_prefix"), prefix);
    }
    if let Some(team) = &inbox.team {
        let known = policy.routing.teams.iter().any(|known| known.code == *team);
        found.expect(known, &format!("{path}.team"), "no such team in routing.teams");
    }
}

pub(super) fn routing(policy: &Policy, found: &mut Problems) {
    let routing = &policy.routing;
    let known = |code: &str| routing.teams.iter().any(|team| team.code == code);
    found.distinct("routing.teams", routing.teams.iter().map(|team| team.code.as_str()));
    for team in &routing.teams {
        found.code("routing.teams", &team.code);
        found.line("routing.teams", &team.name);
    }
    let default = known(&routing.default_team);
    found.expect(default, "routing.default_team", "no such team in routing.teams");
    found.distinct("routing.rules", routing.rules.iter().map(|rule| rule.code.as_str()));
    for rule in &routing.rules {
        let path = format!("routing.rules[{}]", rule.code);
        found.code(&path, &rule.code);
        found.expect(known(&rule.team), &path, "its team is not in routing.teams");
        let idle = rule.keywords.is_empty() && rule.categories.is_empty();
        found.expect(!idle, &path, "give it keywords or categories");
        for word in &rule.keywords {
            found.line(&path, word);
        }
        for code in &rule.categories {
            let message = format!("there is no category `{code}`");
            found.expect(policy.category(code).is_some(), &path, &message);
        }
    }
}

pub(super) fn monitoring(policy: &Policy, found: &mut Problems) {
    let limits = &policy.monitoring;
    found.ratio("monitoring.gate_rate_warning", limits.gate_rate_warning);
    found.ratio("monitoring.low_confidence_rate_warning", limits.low_confidence_rate_warning);
    let (warning, critical) =
        (limits.oldest_pending_warning_hours, limits.oldest_pending_critical_hours);
    found.expect(
        warning < critical,
        "monitoring.oldest_pending_warning_hours",
        "must be less than oldest_pending_critical_hours",
    );
    for (path, value) in [
        ("monitoring.check_every_minutes", limits.check_every_minutes),
        ("monitoring.rate_window_minutes", limits.rate_window_minutes),
        ("monitoring.silence_critical_hours", limits.silence_critical_hours),
    ] {
        found.expect(value > 0, path, "use a number above 0");
    }
    let hours = &limits.business_hours;
    found.expect(
        hours.from_utc_hour < hours.to_utc_hour && hours.to_utc_hour <= 24,
        "monitoring.business_hours",
        "from_utc_hour must be before to_utc_hour, and that at most 24",
    );
}
