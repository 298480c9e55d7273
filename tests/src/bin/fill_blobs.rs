//! Stores one small and one large blob and says what became of each: `stored`, or the error.
//!
//! Usage: `fill_blobs FOLDER BYTES`. Run under a limit of the size of files, it shows what a full
//! disk does.

use casebook_store::{BlobSettings, Blobs};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, bytes] = arguments.as_slice() else { panic!("usage: fill_blobs FOLDER BYTES") };
    let bytes: usize = bytes.parse().expect("a number of bytes");
    let settings = BlobSettings { url: folder.clone(), ..BlobSettings::default() };
    let blobs = Blobs::open(&settings).expect("the folder opens");
    for content in [vec![1; 100], vec![2; bytes], vec![3; 100]] {
        match blobs.put("acme", content.into()).await {
            Ok(_) => println!("stored"),
            Err(error) => println!("{error:?}"),
        }
    }
}
