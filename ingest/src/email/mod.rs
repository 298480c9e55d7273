//! E-mail: raw bytes to plain data, HTML to text, new text against quoted history, mail files.

pub mod automatic;
pub mod bounce;
pub mod files;
pub mod html;
pub mod new_text;
pub mod parse;
