//! The planner without a database: order, conflicts, repeats, keys and time.

use super::*;
use crate::log::KeyClaim;
use crate::log::prepare::prepare;
use crate::log::testing::append;

const NOW: Timestamp = Timestamp::from_seconds(1_000);

fn ticket(id: &str) -> StreamId {
    StreamId::new("ticket", id)
}

fn at(version: u64) -> Expected {
    Expected::Version(version)
}

fn claim(key: &str, value: &str) -> KeyClaim {
    KeyClaim { kind: "message".into(), key: key.into(), value: value.into() }
}

fn written(verdict: &Verdict) -> &Appended {
    match verdict {
        Verdict::Write(appended) => appended,
        other => panic!("expected a write, got {other:?}"),
    }
}

#[test]
fn positions_are_dense_over_the_batch_and_its_streams() {
    let batch = [
        append("t", 1, &[("ticket", "a", at(0), 2), ("contact", "c", at(0), 1)]),
        append("t", 2, &[("ticket", "a", at(2), 1)]),
        append("t", 3, &[("ticket", "b", Expected::Any, 3)]),
    ];
    let facts = Facts { last_position: 10, ..Facts::default() };
    let plan = plan(&batch, facts, NOW);
    let ranges: Vec<_> =
        plan.verdicts.iter().map(written).map(|a| (a.first_position, a.last_position)).collect();
    assert_eq!(ranges, [(11, 13), (14, 14), (15, 17)]);
    assert_eq!(plan.last_position, 17);
    assert_eq!(
        written(&plan.verdicts[1]).versions,
        [StreamVersion { stream: ticket("a"), version: 3 }]
    );
}

#[test]
fn one_of_many_writers_of_a_version_wins() {
    let batch: Vec<_> = (1..=20).map(|n| append("t", n, &[("ticket", "a", at(4), 1)])).collect();
    let stream = ticket("a");
    let facts = Facts { versions: HashMap::from([(&stream, 4)]), ..Facts::default() };
    let plan = plan(&batch, facts, NOW);
    assert_eq!(written(&plan.verdicts[0]).versions[0].version, 5);
    for verdict in &plan.verdicts[1..] {
        let conflict = AppendError::Conflict { stream: ticket("a"), expected: 4, present: 5 };
        assert_eq!(*verdict, Verdict::Refuse(conflict));
    }
    assert_eq!(plan.last_position, 1);
}

#[test]
fn a_conflict_on_one_stream_leaves_the_others_untouched() {
    let batch = [
        append("t", 1, &[("ticket", "a", at(0), 1), ("ticket", "b", at(7), 1)]),
        append("t", 2, &[("ticket", "a", at(0), 1)]),
    ];
    let plan = plan(&batch, Facts::default(), NOW);
    let conflict = AppendError::Conflict { stream: ticket("b"), expected: 7, present: 0 };
    assert_eq!(plan.verdicts[0], Verdict::Refuse(conflict));
    assert_eq!(written(&plan.verdicts[1]).first_position, 1);
}

#[test]
fn a_repeat_gets_the_first_result_within_a_batch_and_across() {
    let first = append("t", 1, &[("ticket", "a", at(0), 1)]);
    let earlier = Appended {
        first_position: 3,
        last_position: 4,
        versions: vec![StreamVersion { stream: ticket("z"), version: 2 }],
        recorded_at: Timestamp::from_seconds(5),
        outcome: Some("was".into()),
        repeated: false,
    };
    let recorded =
        RecordedCommand { tenant: "t".into(), fingerprint: "f2".into(), appended: earlier.clone() };
    let batch = [first.clone(), first, append("t", 2, &[("ticket", "z", at(0), 2)])];
    let facts = Facts {
        last_position: 4,
        commands: HashMap::from([(batch[2].command_id, recorded)]),
        ..Facts::default()
    };
    let plan = plan(&batch, facts, NOW);
    let won = written(&plan.verdicts[0]).clone();
    assert_eq!(plan.verdicts[1], Verdict::Repeat(Appended { repeated: true, ..won }));
    assert_eq!(plan.verdicts[2], Verdict::Repeat(Appended { repeated: true, ..earlier }));
    assert_eq!(plan.last_position, 5);
}

#[test]
fn a_command_id_used_for_something_else_is_refused() {
    let first = append("t", 1, &[("ticket", "a", at(0), 1)]);
    let mut other = first.clone();
    other.fingerprint = "else".into();
    let mut foreign = first.clone();
    foreign.tenant = "u".into();
    let command_id = first.command_id;
    let plan = plan(&[first, other, foreign], Facts::default(), NOW);
    for verdict in &plan.verdicts[1..] {
        assert_eq!(*verdict, Verdict::Refuse(AppendError::IdempotencyMismatch { command_id }));
    }
}

#[test]
fn a_refused_command_may_be_tried_again_in_the_same_batch() {
    let refused = append("t", 1, &[("ticket", "a", at(9), 1)]);
    let again = append("t", 1, &[("ticket", "a", at(0), 1)]);
    let plan = plan(&[refused, again], Facts::default(), NOW);
    assert!(matches!(plan.verdicts[0], Verdict::Refuse(AppendError::Conflict { .. })));
    assert_eq!(written(&plan.verdicts[1]).first_position, 1);
}

#[test]
fn keys_are_unique_by_tenant_and_seen_within_the_batch() {
    let mut batch = [
        append("t", 1, &[("ticket", "a", Expected::Any, 1)]),
        append("t", 2, &[("ticket", "b", at(5), 1)]),
        append("u", 3, &[("ticket", "c", Expected::Any, 1)]),
        append("t", 4, &[("ticket", "d", Expected::Any, 1)]),
    ];
    batch[0].keys = vec![claim("new", "a")];
    batch[1].keys = vec![claim("new", "b")];
    batch[2].keys = vec![claim("new", "c")];
    batch[3].keys = vec![claim("free", "d"), claim("old", "d")];
    let keys = HashMap::from([(("t", "message", "old"), Cow::Borrowed("o"))]);
    let plan = plan(&batch, Facts { keys, ..Facts::default() }, NOW);
    written(&plan.verdicts[0]);
    written(&plan.verdicts[2]);
    for (index, key, value) in [(1, "new", "a"), (3, "old", "o")] {
        let taken =
            AppendError::KeyTaken { kind: "message".into(), key: key.into(), value: value.into() };
        assert_eq!(plan.verdicts[index], Verdict::Refuse(taken));
    }
}

#[test]
fn recorded_time_never_steps_back() {
    let batch = [append("t", 1, &[("ticket", "a", at(0), 1)])];
    let later = NOW.plus_micros(5);
    let facts = Facts { last_recorded_at: later, ..Facts::default() };
    assert_eq!(plan(&batch, facts, NOW).recorded_at, later);
    assert_eq!(written(&plan(&batch, Facts::default(), NOW).verdicts[0]).recorded_at, NOW);
}

#[test]
fn rows_follow_the_plan() {
    let given = append("t", 1, &[("ticket", "a", Expected::Any, 2), ("contact", "c", at(0), 1)]);
    let prepared = [prepare(given).expect("valid")];
    let stream = ticket("a");
    let facts =
        Facts { last_position: 10, versions: HashMap::from([(&stream, 3)]), ..Facts::default() };
    let plan = plan(prepared.iter().map(|p| &p.append), facts, NOW);
    let (winner, appended) = plan.winners(&prepared).next().expect("a winner");
    let rows: Vec<_> =
        rows(winner, appended).map(|r| (r.position, r.stream.id.as_str(), r.version)).collect();
    assert_eq!(rows, [(11, "a", 4), (12, "a", 5), (13, "c", 1)]);
}
