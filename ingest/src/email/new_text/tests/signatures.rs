use super::split;

/// Asserts new text, sign-off and signature.
fn assert_parts(text: &str, new_text: &str, sign_off: &str, signature: &str) {
    let split = split(text);
    let got = (split.new_text.as_str(), split.sign_off.as_str(), split.signature.as_str());
    assert_eq!(got, (new_text, sign_off, signature), "\nof the text:\n{text}");
}

#[test]
fn the_standard_delimiter() {
    assert_parts("Yes.\n\n-- \nAnn Reed\nMill Ltd", "Yes.", "", "--\nAnn Reed\nMill Ltd");
    assert_parts("Yes.\n--\nAnn", "Yes.", "", "--\nAnn");
    assert_parts(
        "A fix -- as said.\n\n-- one\n-- two",
        "A fix -- as said.\n\n-- one\n-- two",
        "",
        "",
    );
}

#[test]
fn rules_above_a_signature() {
    assert_parts(
        "Yes.\n\n_______________\nAnn Reed\nMill Ltd",
        "Yes.",
        "",
        "_______________\nAnn Reed\nMill Ltd",
    );
    let prose = "Points:\n\n----\n\n1. It was late.\n\n----\n\nThe lines above are just lines, and this goes on for a while.";
    assert_parts(prose, prose, "", "");
}

#[test]
fn closings_in_many_languages() {
    for closing in [
        "Best regards,",
        "Kind regards",
        "Thanks,",
        "Cheers!",
        "Mit freundlichen Grüßen",
        "Viele Grüße",
        "LG",
        "Cordialement,",
        "Bien à vous",
        "Un saludo,",
        "Atentamente",
        "Atenciosamente,",
        "Cordiali saluti",
        "Met vriendelijke groet,",
        "Med venlig hilsen",
        "Mvh",
        "Vänliga hälsningar",
        "Ystävällisin terveisin",
        "Pozdrawiam",
        "S pozdravem",
        "С уважением,",
        "Saygılarımla,",
        "よろしくお願いいたします。",
        "此致",
        "감사합니다.",
        "Üdvözlettel",
        "Cu stimă,",
        "Με εκτίμηση,",
        "Lep pozdrav",
        "Trân trọng,",
    ] {
        let text = format!("Where is my box?\n\n{closing}\nAnn Reed");
        let sign_off = format!("{closing}\nAnn Reed");
        assert_parts(&text, &text, &sign_off, "");
        let more = format!("{text}\n\nMill Ltd\nTel. +44 113 496 0000\nann@example.com");
        assert_parts(&more, &text, &sign_off, "Mill Ltd\nTel. +44 113 496 0000\nann@example.com");
    }
}

#[test]
fn sign_offs_in_one_line() {
    for line in ["Regards, Ann", "Thanks, Ann Reed", "LG Ann", "Gruß Ann", "-Ann", "/Ann", "—Ann"]
    {
        let text = format!("Where is my box?\n\n{line}");
        assert_parts(&text, &text, line, "");
    }
}

#[test]
fn thanks_inside_a_text_is_no_sign_off() {
    for text in [
        "Thanks for the box.\n\nIt came late, though, and the meat was warm when it arrived here.",
        "Thank you, but I would rather have my money back as we agreed last week on the telephone.",
        "Best before is yesterday. What now?",
    ] {
        assert_parts(text, text, "", "");
    }
}

#[test]
fn what_is_said_after_thanks_stays() {
    for text in [
        "Hi,\n\nThanks\n\nThe box is broken\nI want a refund",
        "Thank you\n\nPlease call me tomorrow\nI am at home",
        "Is it late?\n\nThanks\nAnn\n\nthe box was open by the way",
        "Is it late?\n\nThanks,\nAnn\n\nMy order number is 123456",
    ] {
        assert_eq!(split(text).new_text, text);
    }
}

#[test]
fn a_postscript_stays() {
    let text = "Yes.\n\nBest,\nAnn\n\nP.S. Could you also send the small box?";
    assert_eq!(split(text).new_text, text);
}

#[test]
fn devices_in_many_languages() {
    for line in [
        "Sent from my iPhone",
        "Sent from my Samsung Galaxy smartphone.",
        "Sent from Yahoo Mail on Android",
        "Sent from Outlook for iOS<https://aka.example>",
        "Get Outlook for Android",
        "Sent via BlackBerry from T-Mobile",
        "Sent with Proton Mail secure email.",
        "Von meinem iPhone gesendet",
        "Gesendet von meinem Samsung Galaxy Smartphone.",
        "Gesendet von Outlook für iOS",
        "Diese Nachricht wurde von meinem Android-Gerät mit GMX Mail gesendet.",
        "Envoyé de mon iPhone",
        "Envoyé à partir de Outlook pour iOS",
        "Télécharger Outlook pour Android",
        "Enviado desde mi iPhone",
        "Obtener Outlook para iOS",
        "Enviado do meu iPhone",
        "Inviato da iPhone",
        "Inviato dal mio Huawei",
        "Ottieni Outlook per Android",
        "Verstuurd vanaf mijn iPhone",
        "Verzonden vanaf Outlook voor Android",
        "Sendt fra min iPhone",
        "Hent Outlook til iOS",
        "Skickat från min iPhone",
        "Lähetetty iPhonesta",
        "Wysłane z iPhone'a",
        "Odesláno z iPhonu",
        "Odoslané z iPhonu",
        "Отправлено с iPhone",
        "Отправлено из мобильной Почты Mail.ru",
        "iPhone'umdan gönderildi",
        "iPhoneから送信",
        "发自我的iPhone",
        "從我的 iPhone 傳送",
        "나의 iPhone에서 보냄",
        "Στάλθηκε από το iPhone μου",
        "Gesendet von Mail für Windows 10",
        "Sent from Mail<https://go.example> for Windows 10",
        "Provenance : Courrier pour Windows 10",
        "Verzonden vanuit Mail voor Windows",
        "Envoyé depuis mon mobile Samsung",
        "Enviado desde mi Motorola Moto G",
        "Sent from my Verizon Wireless BlackBerry",
        "Elküldve az iPhone-omról",
        "Trimis de pe iPhone-ul meu",
    ] {
        assert_parts(&format!("Yes, please.\n\n{line}\n"), "Yes, please.", "", line);
        let history = format!(
            "Yes, please.\n\n{line}\n\nOn 3 Nov 2025, at 09:14, Mia <mia@example.com> wrote:\n\n> Old\n"
        );
        assert_parts(&history, "Yes, please.", "", line);
    }
}

#[test]
fn sentences_about_devices_stay() {
    for text in [
        "Hello,\n\nSent from my desk, this is easier to read than from a phone.",
        "I tried.\n\nSent the parcel back with DHL on Monday.",
        "Sent a photo of the box",
    ] {
        assert_parts(text, text, "", "");
    }
}

#[test]
fn notices_at_the_end() {
    let notice = "This message is confidential and intended solely for the addressee. If you are not the intended recipient, notify the sender.";
    let text = format!("Where is my box?\n\n{notice}");
    assert_parts(&text, "Where is my box?", "", notice);
    let german = "Diese E-Mail enthält vertrauliche oder rechtlich geschützte Informationen. Wenn Sie nicht der richtige Adressat sind, vernichten Sie diese Mail.";
    assert_parts(
        &format!("Wo ist es?\n\nLG Ann\n\n{german}"),
        "Wo ist es?\n\nLG Ann",
        "LG Ann",
        german,
    );
}

#[test]
fn an_address_as_the_message_stays() {
    let text = "My new address is:\n\nAnn Reed\n3 Mill Lane\nann@example.com\n+44 113 496 0000";
    assert_parts(text, text, "", "");
}

#[test]
fn contact_data_below_a_text() {
    let text = "Please call me about the box tomorrow.\n\nAnn Reed\nMill Ltd\nann@example.com\nwww.example.com";
    assert_parts(
        text,
        "Please call me about the box tomorrow.",
        "",
        "Ann Reed\nMill Ltd\nann@example.com\nwww.example.com",
    );
}

#[test]
fn nothing_but_a_signature_is_kept() {
    for text in ["-- \nAnn", "Sent from my iPhone", "Thanks,\nAnn", "Ok", "👍", "?"] {
        assert_eq!(split(text).new_text, text.replace("-- ", "--"));
    }
}
