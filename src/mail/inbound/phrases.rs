//! How programs that return mail write, in several languages: data, all in the form of [`super::fold`].

use super::fold::fold;

/// A line with one of these goes over into the returned message.
const RETURNED: &[&str] = &[
    "below this line is a copy of the message",
    "below the next line is a copy of the message",
    "this is a copy of the message",
    "this is a copy of your message",
    "here is a copy of the first part of the message",
    "here is your returned mail",
    "a copy of the original message below this line",
    "copy of the original message",
    "included is a copy of the message",
    "enclosed is a copy of the message",
    "attachment is a copy of the message",
    "the header of the original message is following",
    "original message follows",
    "original message header",
    "original message as received is as follows",
    "original message attached",
    "original message headers",
    "original headers follow",
    "----- original message -----",
    "--- original message",
    "---original message",
    "------ original message",
    "start of returned message",
    "start of message headers",
    "returned message below",
    "returned mail follows",
    "returned mail --",
    "-- returned mail",
    "returned message:",
    "message header follows",
    "message headers follow",
    "message text follows",
    "message contents follow",
    "unsent message follows",
    "unsent message below",
    "unsent message is",
    "the first ",
    "your message reads (in part)",
    "old message:",
    "the body of the message is",
    "text of undelivered message",
    "begin of the original message",
    "a summary of the undelivered message you sent follows",
    "returned content follows",
    "your original message:",
    "mensaje original adjunto",
    "mensagem original",
    "message original ci-dessous",
    "message original :",
    "en-tete du message original",
    "ursprungliche nachricht",
    "messaggio originale",
    "ниже этой линии находится копия сообщения",
    "以下は元のメール",
    "附件中的内容是原信件",
];

/// Whether this line announces the returned message.
pub(super) fn announces_returned(line: &str) -> bool {
    if line.len() > 200 || line.trim().is_empty() {
        return false;
    }
    let line = fold(line);
    let line = line.trim_start_matches("> ");
    RETURNED.iter().any(|phrase| *phrase != "the first " && line.contains(phrase))
        || (line.starts_with("the first ") && line.contains("of the original message"))
}

/// Local parts and display names of programs that return mail.
const DAEMONS: &[&str] = &[
    "mailer-daemon", "mailer_daemon", "mail-daemon", "maildaemon", "mailerdaemon", "postmaster", "mdaemon",
    "mail delivery", "mail-delivery", "mail.delivery", "maildelivery", "mail system", "delivery subsystem", "mail administrator",
    "system administrator", "microsoft exchange", "microsoft outlook", "interscan", "imss", "antigen", "bounce@",
    "smtp_mail_service", "symantec_antivirus", "delivery notification", "returned mail", "mail router",
    "no-reply@sns.amazonaws", "smtp gateway", "mail server",
];

/// Whether a From field is one of a program that returns mail.
pub(super) fn is_daemon(from: &str) -> bool {
    let from = fold(from);
    DAEMONS.iter().any(|name| from.contains(name))
}

/// Subjects of mail that comes back.
const FAILED_SUBJECTS: &[&str] = &[
    "returned mail", "undeliver", "undelivered", "delivery fail", "delivery status notification", "delivery notification",
    "delivery failure", "failure notice", "failure delivery", "failed mail", "mail delivery failed", "mail failed",
    "delivery error", "delivery problem", "delivery report", "message delivery", "message status", "mail system error",
    "mail delivery system", "could not be delivered", "could not deliver", "couldn't be delivered", "not delivered",
    "not be delivered", "unable to deliver", "undeliverable", "non-delivery", "nondelivery", "non delivery", "bounced",
    "rejected mail", "mail rejected", "message rejected", "delivery has failed", "not deliverable", "user unknown",
    "unknown user", "processing error", "warning: could not send", "permanent delivery failure", "mail error",
    "email error", "delivery_failure", "delivery delay", "delivery incomplete", "mail could not", "rejected message",
    "address unknown", "mail returned", "message undeliverable", "no such user", "does not exist", "unzustellbar",
    "zustellung fehlgeschlagen", "echec de la remise", "echec de remise", "non remis", "notification d'etat de remise",
    "non distribue", "non delivre", "courrier non", "message non delivre", "adresse invalide", "utilisateur non",
    "utilisateur inconnu", "erreur de remise", "mancato recapito", "mancata consegna", "no entregado",
    "no se puede entregar", "error de entrega", "fallo de entrega", "devuelto", "nao entregue", "falha na entrega",
    "onbestelbaar", "не доставлено", "недоставленное", "возврат письма", "配信できません", "配信不能",
    "メールをお届けできません", "送信できません", "配達不能", "退信", "系统退信", "投递失败",
];

/// Sentences of mail that comes back for good.
const FAILED_PROSE: &[&str] = &[
    "could not be delivered", "couldn't be delivered", "cannot be delivered", "can not be delivered", "can't be delivered",
    "was not delivered", "were not delivered", "not been delivered", "unable to deliver", "unable to be delivered",
    "undeliverable", "undelivered", "failed to deliver", "wasn't able to deliver", "not able to deliver",
    "were not able to deliver", "couldn't deliver", "could not deliver", "did not reach", "didn't reach",
    "delivery failed", "delivery failure", "delivery to the following recipient", "delivery has failed",
    "permanent fatal error", "permanent error", "permanent failure", "permanent fatal delivery", "failed permanently",
    "fatal errors", "delivery error", "undeliverable address", "did not receive", "not received by",
    "following addresses failed", "address(es) failed", "could not be sent", "returned to sender", "returned to you",
    "has been returned", "have been rejected", "mail refused", "user unknown", "unknown user", "no such user",
    "mailbox is full", "mailbox full", "mailbox unavailable", "quota", "does not exist", "error-for:",
    "failed recipients", "rejected by", "unknown host", "host unknown", "failed addresses", "invalid final delivery",
    "no longer valid", "not match an", "message not delivered", "non-delivery", "message was not accepted",
    "message rejected", "was rejected", "has been rejected", "encountered delivery problems", "not listed in", "account is disabled",
    "nicht zugestellt", "konnte nicht", "unzustellbar", "n'a pas pu etre", "n'ont pas pu etre", "n'a pas ete remis",
    "n'a pas ete delivre", "echec de la remise", "impossible de remettre", "non remis", "n'existe pas", "boite pleine",
    "boite aux lettres est pleine", "no pudo ser entregado", "no se pudo entregar", "no se ha podido entregar",
    "nao pode ser enviada", "nao pode ser entregue", "nao foi possivel entregar", "non e stato possibile",
    "impossibile recapitare", "mancato recapito", "kon niet worden", "невозможно доставить", "не удалось доставить",
    "не может быть доставлено", "не было доставлено", "无法发送到", "无法投递", "退信", "配信できませんでした",
    "送信できませんでした", "届けることができません", "お届けできませんでした",
];

/// Subjects and sentences that say that mail is late and will be tried again.
const DELAYED: &[&str] = &[
    "this is a warning message only", "you do not need to resend", "no need to resend", "has been delayed", "is delayed",
    "message delayed", "delayed mail", "delivery is delayed", "delivery delayed", "delivery status notification (delay)",
    "warning: message delayed", "warning: could not send message for past", "still being retried",
    "delivery attempts will continue to be made", "delivery attempts will continue", "will continue to attempt",
    "will continue to try", "will keep trying", "will be retried", "has not yet been delivered",
    "not yet been delivered", "message still undelivered", "delivery temporarily suspended", "temporarily delayed",
    "no action is required on your part", "do not need to take any action", "message will be retried",
    "delayed delivery", "delivery delay", "retard de remise", "remise retardee", "pas encore ete remis",
    "pas encore pu etre", "nouvelles tentatives", "verzogert", "noch nicht zugestellt", "se ha retrasado",
    "todavia no se ha", "ritardata", "atrasada", "配信が遅れ", "遅延",
];

fn any(phrases: &[&str], folded: &str) -> bool {
    phrases.iter().any(|phrase| folded.contains(phrase))
}

/// Whether a folded subject is one of mail that comes back.
pub(super) fn is_failed_subject(folded: &str) -> bool {
    any(FAILED_SUBJECTS, folded)
}

/// Whether folded prose says that mail comes back.
pub(super) fn is_failed_prose(folded: &str) -> bool {
    any(FAILED_PROSE, folded)
}

/// Whether folded text says that mail is only late.
pub(super) fn is_delayed(folded: &str) -> bool {
    any(DELAYED, folded)
}
