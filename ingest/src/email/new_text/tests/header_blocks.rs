use super::assert_new_text;

/// Header blocks by language: sender, date, receiver, subject, as Outlook writes them.
const BLOCKS: &[[&str; 4]] = &[
    ["From", "Sent", "To", "Subject"],
    ["From", "Date", "To", "Subject"],
    ["Von", "Gesendet", "An", "Betreff"],
    ["Von", "Datum", "An", "Betreff"],
    ["De", "Envoyé", "À", "Objet"],
    ["De ", "Envoyé ", "À ", "Objet "],
    ["De", "Date", "À", "Objet"],
    ["De", "Enviado", "Para", "Asunto"],
    ["De", "Enviado el", "Para", "Asunto"],
    ["De", "Fecha", "Para", "Asunto"],
    ["De", "Enviada em", "Para", "Assunto"],
    ["De", "Data", "Para", "Assunto"],
    ["Da", "Inviato", "A", "Oggetto"],
    ["Da", "Data", "A", "Oggetto"],
    ["Van", "Verzonden", "Aan", "Onderwerp"],
    ["Fra", "Sendt", "Til", "Emne"],
    ["Fra", "Dato", "Til", "Emne"],
    ["Från", "Skickat", "Till", "Ämne"],
    ["Från", "Datum", "Till", "Ämne"],
    ["Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"],
    ["Od", "Wysłano", "Do", "Temat"],
    ["Od", "Data", "Do", "Temat"],
    ["Od", "Odesláno", "Komu", "Předmět"],
    ["Od", "Datum", "Komu", "Předmět"],
    ["Od", "Odoslané", "Komu", "Predmet"],
    ["Od", "Poslano", "Za", "Zadeva"],
    ["Feladó", "Küldve", "Címzett", "Tárgy"],
    ["De la", "Trimis", "Către", "Subiect"],
    ["От", "Отправлено", "Кому", "Тема"],
    ["От", "Дата", "Кому", "Тема"],
    ["Від", "Надіслано", "Кому", "Тема"],
    ["Από", "Στάλθηκε", "Προς", "Θέμα"],
    ["Kimden", "Gönderildi", "Kime", "Konu"],
    ["Gönderen", "Gönderme Tarihi", "Kime", "Konu"],
    ["מאת", "נשלח", "אל", "נושא"],
    ["من", "تاريخ الإرسال", "إلى", "الموضوع"],
    ["发件人", "发送时间", "收件人", "主题"],
    ["寄件者", "寄件日期", "收件者", "主旨"],
    ["差出人", "送信日時", "宛先", "件名"],
    ["差出人", "日付", "宛先", "件名"],
    ["보낸 사람", "보낸 날짜", "받는 사람", "제목"],
    ["Từ", "Đã gửi", "Tới", "Chủ đề"],
    ["Dari", "Dikirim", "Kepada", "Perihal"],
];

fn block(names: &[&str; 4], before: &str, after: &str, colon: &str) -> String {
    let [from, date, to, subject] = names;
    [
        format!("{before}{from}{colon}{after} Mia Stone <mia@example.com>"),
        format!("{before}{date}{colon}{after} 3 November 2025 09:14"),
        format!("{before}{to}{colon}{after} help@example.org"),
        format!("{before}{subject}{colon}{after} The late box"),
    ]
    .join("\n")
}

#[test]
fn outlook_blocks_in_many_languages() {
    for names in BLOCKS {
        for (before, after, colon) in
            [("", "", ":"), ("*", "*", ":"), ("**", "**", ":"), ("", "", "：")]
        {
            let block = block(names, before, after, colon);
            assert_new_text(&format!("My answer.\n\n{block}\n\nOld words.\n"), "My answer.");
        }
    }
}

#[test]
fn blocks_below_a_line() {
    for names in BLOCKS {
        for line in ["________________________________", "-----", "---------------------------"] {
            let block = block(names, "", "", ":");
            assert_new_text(&format!("My answer.\n{line}\n{block}\n\nOld words.\n"), "My answer.");
        }
    }
}

#[test]
fn blocks_in_other_orders() {
    for block in [
        "Gesendet: Montag, 3. November 2025 um 09:14 Uhr\nVon: Mia Stone <mia@example.com>\nAn: x\nBetreff: y",
        "Date: Mon, 3 Nov 2025 09:14:22 +0100\nFrom: mia@example.com\nTo: help@example.org",
        "Subject: The late box\nFrom: mia@example.com\nDate: Mon, 3 Nov 2025",
        "To: help@example.org\nFrom: mia@example.com\nDate: Mon, 3 Nov 2025\nSubject: box",
        "From: Mia Stone\n<mia@example.com>\nSent: Monday, November 3, 2025 9:14 AM\nTo: help",
        "From: Mia Stone\n\nSent: Monday, November 3, 2025 9:14 AM\n\nTo: help\n\nSubject: box",
        "From: mia@example.com Sent: Monday, November 3, 2025 9:14 AM To: help Subject: box",
        "From: Mia Stone\nSent: Mon 11/3/2025 9:14\nTo: a@example.org; b@example.org;\n  c@example.org\nCc: d\nSubject: box",
    ] {
        assert_new_text(&format!("My answer.\n\n{block}\n\nOld words.\n"), "My answer.");
    }
}

#[test]
fn original_message_lines() {
    for line in [
        "-----Original Message-----",
        "----- Original Message -----",
        "-------- Original message --------",
        "------- Original Message -------",
        "‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐",
        "*-----Original Message-----*",
        "-----Ursprüngliche Nachricht-----",
        "-------- Originalnachricht --------",
        "-----Message d'origine-----",
        "-----Message d’origine-----",
        "-------- Message original --------",
        "-----Mensaje original-----",
        "-----Mensagem original-----",
        "-----Messaggio originale-----",
        "-----Oorspronkelijk bericht-----",
        "-----Oprindelig meddelelse-----",
        "-----Opprinnelig melding-----",
        "-----Ursprungligt meddelande-----",
        "-----Alkuperäinen viesti-----",
        "-----Wiadomość oryginalna-----",
        "-----Původní zpráva-----",
        "-----Исходное сообщение-----",
        "-----Orijinal Mesaj-----",
        "------------------ 原始邮件 ------------------",
        "-----元のメッセージ-----",
        "-----원본 메시지-----",
    ] {
        assert_new_text(&format!("My answer.\n\n{line}\n\nOld words.\n"), "My answer.");
    }
}

#[test]
fn forwarded_mails_below_own_text() {
    for line in [
        "---------- Forwarded message ---------",
        "---------- Weitergeleitete Nachricht ---------",
        "---------- Mensaje reenviado ---------",
        "Begin forwarded message:",
        "Anfang der weitergeleiteten Nachricht:",
        "Début du message transféré :",
        "Inizio messaggio inoltrato:",
        "Begin doorgestuurd bericht:",
        "-------- Пересылаемое сообщение --------",
        "---------- Forwarded by Mia Stone on 3 Nov 2025 ----------",
    ] {
        let text =
            format!("Please see below.\n\n{line}\nFrom: mia@example.com\nSubject: box\n\nOld.\n");
        assert_new_text(&text, "Please see below.");
    }
}

#[test]
fn a_mail_that_only_forwards_keeps_the_forwarded_text() {
    let head = "From: Mia Stone <mia@example.com>\nDate: Mon, Nov 3, 2025 at 9:14 AM\nSubject: The\n late box\nTo: help@example.org\n\n";
    let text = format!("---------- Forwarded message ---------\n{head}Where is my box?\n");
    assert_new_text(&text, "Where is my box?");
    let quoted: String = text.lines().map(|line| format!("> {line}\n")).collect();
    assert_new_text(&quoted, "Where is my box?");
}

#[test]
fn forms_and_prose_are_no_header_blocks() {
    for text in [
        "The data come From: our shop, not From: yours.\nTo: nobody.",
        "Name: Mia Stone\nFrom: mia@example.com\nDate: 3 Nov 2025\nSubject: box\nMessage: Where is it?",
        "I travelled\nFrom: Leeds\nTo: York\nby train.",
        "Note: the box was wet.\nDate: unknown.",
    ] {
        assert_new_text(text, text);
    }
}
