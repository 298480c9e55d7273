//! `casebook policy`: check, publish, diff, rollback, list.

use std::sync::atomic::{AtomicUsize, Ordering};

use casebook_tests::desk::shipped_files;
use casebook_tests::letters::mail;
use casebook_tests::{TestDatabase, both_databases, postgres_only};

use crate::house::House;

both_databases!(
    policies_are_published_compared_and_rolled_back,
    unsound_files_are_refused_with_the_place,
);
postgres_only!(running_server_takes_a_new_policy_over);

/// A copy of the shipped files of a tenant in the working folder.
fn copy(house: &House, tenant: &str) {
    for (name, text) in shipped_files(tenant) {
        house.write(&format!("{tenant}/{name}"), text.as_bytes());
    }
}

fn versions(list: &str) -> Vec<(String, bool)> {
    list.lines()
        .map(|line| {
            let version = line.split_whitespace().next().expect("a version").to_owned();
            (version, line.contains("in force"))
        })
        .collect()
}

async fn policies_are_published_compared_and_rolled_back(database: TestDatabase) {
    let house = House::new(database);
    let tenant = ["--tenant", "protocol-raw"];
    house.run(&["policy", "publish", tenant[0], tenant[1]]).await.success();
    let again = house.run(&["policy", "publish", tenant[0], tenant[1]]).await.success();
    assert!(again.contains("already in force"), "{again}");
    copy(&house, "protocol-raw");
    let path = house.folder().join("protocol-raw/policy.toml");
    let text = std::fs::read_to_string(&path).expect("a file");
    std::fs::write(&path, text.replacen("priority = 0.70", "priority = 0.65", 1)).expect("changed");
    house.run(&["policy", "check", "protocol-raw"]).await.success();
    let diff = house.run(&["policy", "diff", "protocol-raw"]).await.success();
    assert!(diff.contains("priority") && diff.contains("0.65"), "{diff}");
    assert!(diff.contains("1 change"), "{diff}");
    let note = ["--note", "lower the bar"];
    house.run(&["policy", "publish", "protocol-raw", note[0], note[1]]).await.success();
    let list = house.run(&["policy", "list", tenant[0], tenant[1]]).await.success();
    let known = versions(&list);
    assert_eq!((known.len(), known.iter().filter(|(_, now)| *now).count()), (2, 1), "{list}");
    let old = known.iter().find(|(_, now)| !now).expect("the old one").0.clone();
    house.run(&["policy", "rollback", tenant[0], tenant[1], &old]).await.success();
    let list = house.run(&["policy", "list", tenant[0], tenant[1]]).await.success();
    assert!(versions(&list).contains(&(old, true)), "{list}");
    let unknown = house.run(&["policy", "rollback", tenant[0], tenant[1], "v000000000000"]).await;
    assert_eq!(unknown.code, Some(2), "{}", unknown.err);
    assert!(unknown.err.contains("version"), "{}", unknown.err);
}

async fn unsound_files_are_refused_with_the_place(database: TestDatabase) {
    let house = House::new(database);
    copy(&house, "protocol-raw");
    let path = house.folder().join("protocol-raw/policy.toml");
    let text = std::fs::read_to_string(&path).expect("a file");
    for (from, to, named) in [
        ("priority = 0.70", "priority = 7.0", "priority"),
        ("priority = 0.70", "priority = \"much\"", "policy.toml"),
        ("gates = \"gates.toml\"", "gates = \"nowhere.toml\"", "nowhere.toml"),
        ("domains = ", "dominions = ", "dominions"),
    ] {
        std::fs::write(&path, text.replacen(from, to, 1)).expect("changed");
        for command in ["check", "publish"] {
            let ran = house.run(&["policy", command, "protocol-raw"]).await;
            assert!(matches!(ran.code, Some(1 | 2)), "{command} {to}: {:?}", ran.code);
            assert!(format!("{}{}", ran.out, ran.err).contains(named), "{command} {to}: {ran:?}");
        }
    }
    let list = house.run(&["policy", "list", "--tenant", "protocol-raw"]).await;
    assert_eq!(list.code, Some(2), "nothing was published: {list:?}");
}

async fn running_server_takes_a_new_policy_over(database: TestDatabase) {
    let house = House::new(database);
    let server = house.serve().await;
    // Fires by the letter of the table and not by its intent.
    let text = "My gut reaction: he was sick of the old food. Blood worms!\r\n";
    let first = server.mail(&mail("a").text(text)).await;
    assert!(first["gated"].is_null(), "{first}");
    let arguments = ["policy", "publish", "--tenant", "protocol-raw", "--policy", "sop-literal"];
    house.run(&arguments).await.success();
    let tries = AtomicUsize::new(0);
    casebook_tests::wait::until("the new policy", || async {
        let id = format!("try{}", tries.fetch_add(1, Ordering::Relaxed));
        let next = mail(&id).from(&format!("{id}@example.net")).text(text);
        server.mail(&next).await["gated"].is_object().then_some(())
    })
    .await;
    server.stop().await;
}
