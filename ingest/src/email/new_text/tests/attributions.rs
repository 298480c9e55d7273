use super::assert_new_text;

/// Attributions as mail programs write them in many languages; the name is made up.
const ATTRIBUTIONS: &[&str] = &[
    // English
    "On Mon, Nov 3, 2025 at 9:14 AM Mia Stone <mia@example.com> wrote:",
    "On 3 Nov 2025, at 09:14, Mia Stone <mia@example.com> wrote:",
    "On Monday, November 3, 2025, 09:14:22 AM GMT+1, Mia Stone <mia@example.com> wrote:",
    "On 03/11/2025 09:14, Mia Stone wrote:",
    "On Monday, November 3rd, 2025 at 9:14 AM, Mia Stone <mia@example.com> wrote:",
    "On Mon, Nov 03, 2025 at 09:14:22AM +0100, Mia Stone wrote:",
    "On Mon, 2025-11-03 at 09:14 +0100, Mia Stone wrote:",
    "On 3 Nov 2025 at 09:14 +0100, Mia Stone <mia@example.com>, wrote:",
    "On 3 November 2025 at 09:14:22, Mia Stone (mia@example.com) wrote:",
    "On November 3, 2025, Mia Stone <mia@example.com> wrote:",
    "On 2025/11/3 9:14, Mia Stone wrote:",
    "At 2025-11-03 09:14:22, \"Mia Stone\" <mia@example.com> wrote:",
    "Mia Stone <mia@example.com> wrote on 11/03/2025 09:14:22 AM:",
    "---- On Mon, 03 Nov 2025 09:14:22 +0100 Mia Stone <mia@example.com> wrote ---",
    "3 Nov 2025, 09:14 by mia@example.com:",
    "2025-11-03 9:14 GMT+01:00 Mia Stone <mia@example.com>:",
    "Mia Stone <mia@example.com> writes:",
    "On Mon, 3 Nov 2025, 09:14 Mia Stone, <mia@example.com> wrote:",
    "*On Mon, Nov 3, 2025 at 9:14 AM Mia Stone <mia@example.com> wrote:*",
    "On Nov 3, 2025, at 9:14 AM, Mia Stone <mia@example.com>wrote:",
    "Sent from Samsung MobileMia Stone <mia@example.com> wrote:",
    // German
    "Am Mo., 3. Nov. 2025 um 09:14 Uhr schrieb Mia Stone <mia@example.com>:",
    "Am 03.11.25 um 09:14 schrieb Mia Stone:",
    "Am 03.11.2025 um 09:14 schrieb Mia Stone <mia@example.com>:",
    "Am Montag, 3. November 2025, 09:14:22 MEZ hat Mia Stone <mia@example.com> Folgendes geschrieben:",
    "Mia Stone <mia@example.com> schrieb am Mo., 3. Nov. 2025, 09:14:",
    "Am Montag, den 03.11.2025, 09:14 +0100 schrieb Mia Stone:",
    "03.11.2025, 09:14 von mia@example.com:",
    "Mia Stone <mia@example.com> hat am 03.11.2025 09:14 CET geschrieben:",
    // French
    "Le lun. 3 nov. 2025 à 09:14, Mia Stone <mia@example.com> a écrit :",
    "Le 03/11/2025 à 09:14, Mia Stone a écrit :",
    "Le lundi 3 novembre 2025 à 09:14:22 UTC+1, Mia Stone <mia@example.com> a écrit :",
    "Mia Stone <mia@example.com> a écrit le 03/11/2025 09:14 :",
    // Spanish, Catalan
    "El lun, 3 nov 2025 a las 9:14, Mia Stone (<mia@example.com>) escribió:",
    "El 3/11/25 a las 9:14, Mia Stone escribió:",
    "El lunes, 3 de noviembre de 2025, Mia Stone <mia@example.com> escribió:",
    "El 03-11-2025, a las 09:14, Mia Stone <mia@example.com> escribió:",
    "Missatge de Mia Stone <mia@example.com> del dia dl., 3 de nov. 2025 a les 9:14:",
    // Portuguese
    "Em seg., 3 de nov. de 2025 às 09:14, Mia Stone <mia@example.com> escreveu:",
    "Em 03/11/2025 09:14, Mia Stone escreveu:",
    "Mia Stone <mia@example.com> escreveu no dia segunda, 3/11/2025 à(s) 09:14:",
    // Italian, Romanian
    "Il giorno lun 3 nov 2025 alle ore 09:14 Mia Stone <mia@example.com> ha scritto:",
    "Il 03/11/2025 09:14, Mia Stone ha scritto:",
    "Il lunedì 3 novembre 2025 alle ore 09:14:22 CET, Mia Stone <mia@example.com> ha scritto:",
    "lun., 3 nov. 2025 la 09:14, Mia Stone <mia@example.com> a scris:",
    // Dutch
    "Op ma 3 nov 2025 om 09:14 schreef Mia Stone <mia@example.com>:",
    "Op 3-11-2025 om 09:14 schreef Mia Stone:",
    "Op 3 nov 2025, om 09:14 heeft Mia Stone <mia@example.com> het volgende geschreven:",
    "Op 3-nov.-2025, om 09:14 heeft Mia Stone <mia@example.com> het volgende geschreven:",
    // Danish, Norwegian, Swedish
    "Den man. 3. nov. 2025 kl. 09.14 skrev Mia Stone <mia@example.com>:",
    "man. 3. nov. 2025 kl. 09:14 skrev Mia Stone <mia@example.com>:",
    "Den 03.11.2025 09.14, skrev Mia Stone:",
    "Den mån 3 nov. 2025 kl 09:14 skrev Mia Stone <mia@example.com>:",
    "3 nov. 2025 kl. 09:14 skrev Mia Stone <mia@example.com>:",
    "På mandag 3. november 2025 kl. 09:14 skrev Mia Stone <mia@example.com>:",
    "mandag den 3. november 2025 skrev Mia Stone <mia@example.com>:",
    // Finnish, Estonian
    "ma 3. marrask. 2025 klo 9.14 Mia Stone (mia@example.com) kirjoitti:",
    "Mia Stone <mia@example.com> kirjoitti 3.11.2025 kello 9.14:",
    "3.11.2025 9.14, Mia Stone kirjoitti:",
    "Kontaktisik Mia Stone (<mia@example.com>) kirjutas kuupäeval E, 3. november 2025 kell 09:14:",
    // Polish, Czech, Slovak, Croatian, Slovene
    "pon., 3 lis 2025 o 09:14 Mia Stone <mia@example.com> napisał(a):",
    "W dniu 3.11.2025 o 09:14, Mia Stone pisze:",
    "Wiadomość napisana przez Mia Stone <mia@example.com> w dniu 3 lis 2025, o godz. 09:14:",
    "W dniu 3 listopada 2025 09:14 użytkownik Mia Stone <mia@example.com> napisał:",
    "Dnia 3 listopada 2025 09:14 Mia Stone <mia@example.com> napisał(a):",
    "po 3. 11. 2025 v 9:14 odesílatel Mia Stone <mia@example.com> napsal:",
    "Dne 03. 11. 25 v 9:14 Mia Stone napsal(a):",
    "po 3. 11. 2025 o 9:14 Mia Stone <mia@example.com> napísal(a):",
    "pon, 3. stu 2025. u 09:14 Mia Stone <mia@example.com> napisao je:",
    "V V pon., 3. nov. 2025 ob 09:14 je oseba Mia Stone <mia@example.com> napisala:",
    // Hungarian, Baltic
    "Mia Stone <mia@example.com> ezt írta (időpont: 2025. nov. 3., H, 9:14):",
    "2025-11-03, pr, 09:14 Mia Stone <mia@example.com> rašė:",
    "pirmd., 2025. g. 3. nov., plkst. 09:14 — lietotājs Mia Stone (<mia@example.com>) rakstīja:",
    // Russian, Ukrainian, Bulgarian, Greek
    "пн, 3 нояб. 2025 г. в 09:14, Mia Stone <mia@example.com>:",
    "3 нояб. 2025 г., в 09:14, Mia Stone <mia@example.com> написал(а):",
    "03.11.2025 9:14, Mia Stone пишет:",
    "03.11.2025, 09:14, \"Mia Stone\" <mia@example.com>:",
    "Понедельник, 3 ноября 2025, 9:14 +03:00 от Mia Stone <mia@example.com>:",
    "пн, 3 лист. 2025 р. о 09:14 Mia Stone <mia@example.com> пише:",
    "На пн, 3.11.2025 г. в 9:14 Mia Stone <mia@example.com> написа:",
    "Στις Δευ 3 Νοε 2025 στις 9:14 π.μ., ο χρήστης Mia Stone <mia@example.com> έγραψε:",
    // Turkish, Hebrew, Arabic, Vietnamese, Indonesian, Thai
    "Mia Stone <mia@example.com>, 3 Kas 2025 Pzt, 09:14 tarihinde şunu yazdı:",
    "3.11.2025 09:14 tarihinde Mia Stone yazdı:",
    "Mia Stone <mia@example.com> şunları yazdı (3 Kas 2025 09:14):",
    "בתאריך יום ב׳, 3 בנוב׳ 2025 ב-9:14 מאת Mia Stone <mia@example.com>:",
    "في الاثنين، 3 نوفمبر 2025 في 9:14 ص تمت كتابة ما يلي بواسطة Mia Stone <mia@example.com>:",
    "Vào 09:14 3 tháng 11, 2025, Mia Stone <mia@example.com> đã viết:",
    "Vào Th 2, 3 thg 11, 2025 vào lúc 09:14 Mia Stone <mia@example.com> đã viết:",
    "Pada Sen, 3 Nov 2025 pukul 09.14 Mia Stone <mia@example.com> menulis:",
    "ในวันที่ จ. 3 พ.ย. 2025 เวลา 09:14 Mia Stone <mia@example.com> เขียนว่า:",
    // Japanese, Chinese, Korean
    "2025年11月3日(月) 9:14 Mia Stone <mia@example.com>:",
    "2025/11/03 9:14、Mia Stone <mia@example.com>のメール:",
    "2025年11月3日(月) 9:14 Mia Stone <mia@example.com> のメール：",
    "Mia Stone <mia@example.com> 于2025年11月3日周一 09:14写道：",
    "Mia Stone <mia@example.com> 於 2025年11月3日 週一 上午9:14寫道：",
    "在 2025年11月3日，09:14，Mia Stone <mia@example.com> 写道：",
    "在 2025-11-03 09:14:22，\"Mia Stone\" <mia@example.com> 写道：",
    "2025년 11월 3일 (월) 오전 9:14, Mia Stone <mia@example.com>님이 작성:",
    "2025. 11. 3. 오전 9:14, Mia Stone <mia@example.com> 작성:",
];

/// Breaks a line at spaces, as a mail program does with long lines.
fn wrapped(line: &str, width: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for word in line.split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            out.push('\n');
            used = 0;
        } else if used > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += length;
    }
    out
}

#[test]
fn attributions_above_quotes() {
    let mut missed = Vec::new();
    for attribution in ATTRIBUTIONS {
        for form in [(*attribution).to_owned(), wrapped(attribution, 60), wrapped(attribution, 40)]
        {
            let text = format!("My answer.\n\n{form}\n\n> Old words.\n>\n> More of them.\n");
            if super::split(&text).new_text != "My answer." {
                missed.push(form);
            }
        }
    }
    assert!(missed.is_empty(), "{} missed: {missed:#?}", missed.len());
}

#[test]
fn attributions_above_unquoted_history() {
    let mut missed = Vec::new();
    for attribution in ATTRIBUTIONS {
        for form in [(*attribution).to_owned(), wrapped(attribution, 60)] {
            let text =
                format!("My answer.\n\n{form}\n\nOld words, without marks.\nMore of them.\n");
            if super::split(&text).new_text != "My answer." {
                missed.push(form);
            }
        }
    }
    assert!(missed.is_empty(), "{} missed: {missed:#?}", missed.len());
}

#[test]
fn attribution_inside_the_quote() {
    for attribution in ATTRIBUTIONS {
        let text = format!("My answer.\n\n> {attribution}\n>\n> Old words.\n");
        assert_new_text(&text, "My answer.");
    }
}

#[test]
fn attributions_that_need_a_quote_below() {
    for line in [
        "Mia Stone wrote:",
        "Quoting Mia Stone <mia@example.com>:",
        "Zitat von Mia Stone <mia@example.com>:",
        "On Monday, 3 November 2025 09:14:22 CET you wrote:",
        "2025/11/3 Mia Stone <mia@example.com>",
    ] {
        assert_new_text(&format!("My answer.\n\n{line}\n\n> Old words.\n"), "My answer.");
    }
}

#[test]
fn sentences_are_no_attributions() {
    for text in [
        "On Monday I get my parcel.\nOn the one hand that is late.",
        "I called on 3 May 2025 at 10:00 and they said it was sent.\nWhat now?",
        "These are the dates:\n2025-11-03 09:14:22\n03.11.2025 09:14\nNov 3, 2025 at 09:14",
        "My address is new:\nMia Stone, 3 Mill Lane, Leeds",
        "On 3 May 2025 you wrote that it would take a week: that was wrong.",
        "Here is what I ordered on 3 Nov 2025:\n2 boxes of salmon\n1 box of beef",
        "Am Montag habe ich geschrieben, aber niemand hat geantwortet:\nWo ist mein Paket?",
        "I am writing to you about:\n- the late box\n- the wrong meat",
        "Please send it to mia@example.com as I wrote: it is urgent.",
        "On 3 May 2025 the letter was sent\nbut it never arrived here.",
        "On 3 May 2025 the following was sent:\n- a box",
        "On 3 May 2025 I got the letter that you wrote\nand I agree.",
        "2025年11月3日我不知道\n请帮忙。",
        "As agreed on 12.05.2025 I wrote:\nthe contract ends.",
    ] {
        assert_new_text(text, text);
    }
}
