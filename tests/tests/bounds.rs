//! Large sources are handled within stated bounds.

use std::fs::File;
use std::io::Write;
use tests::{App, TestHost, get};

#[test]
fn twenty_thousand_files_deploy() {
    let app = App::empty("many");
    app.write("index.html", "<p>many</p>");
    for dir in 0..200 {
        let path = app.path().join(format!("d{dir}"));
        std::fs::create_dir(&path).expect("a folder");
        for file in 0..100 {
            std::fs::write(path.join(format!("f{file}.txt")), format!("{dir}/{file}")).expect("a file");
        }
    }
    let host = TestHost::start();
    let (exit, deployment) = host.deploy(&app.path(), &["--set", "rollback.watch=0s"]);
    assert_eq!(exit, 0, "{deployment:#}");
    assert_eq!(deployment["sourceSummary"]["files"], 20_001);
    assert_eq!(get(host.http(), "many.localhost", "/d199/f99.txt"), Ok((200, "199/99".into())));
}

#[test]
fn a_file_of_two_gigabytes_deploys() {
    let app = App::empty("big");
    app.write("index.html", "<p>big</p>");
    let mut file = File::create(app.path().join("video.bin")).expect("a file");
    file.write_all(b"beginning").expect("its first bytes");
    file.set_len(2 << 30).expect("sparse: 2 GiB");
    drop(file);
    let host = TestHost::start();
    let (exit, deployment) = host.deploy(&app.path(), &["--set", "rollback.watch=0s"]);
    assert_eq!(exit, 0, "{deployment:#}");
    assert_eq!(deployment["sourceSummary"]["bytes"], (2_u64 << 30) + 10);
    assert_eq!(get(host.http(), "big.localhost", "/"), Ok((200, "<p>big</p>".into())));
}
