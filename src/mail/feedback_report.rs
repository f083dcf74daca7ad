//! The fields of `message/feedback-report` (RFC 5965).

use super::dsn::unfolded;

/// What a feedback report says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedbackReport {
    /// `Feedback-Type`: `abuse`, `fraud`, `virus`, `other`; also `not-spam` (RFC 6430), `auth-failure` (RFC 6591).
    pub feedback_type: String,
    /// `User-Agent`: whose program wrote it.
    pub user_agent: String,
    /// `Original-Rcpt-To`: who complained, where the reporter says so. Never acted on.
    pub recipients: Vec<String>,
    /// `Original-Mail-From`: the return path of the mail complained of.
    pub mail_from: String,
    /// `CFBL-Feedback-ID`: the mark that the sender put into the mail (RFC 9477).
    pub feedback_id: String,
    /// `Source-IP`.
    pub source_ip: String,
}

impl FeedbackReport {
    /// Reads the fields; unknown ones are passed over.
    #[must_use]
    pub fn read(fields: &str) -> Self {
        let mut report = Self::default();
        for (name, value) in unfolded(fields) {
            let bare = value.trim().trim_matches(|c| c == '<' || c == '>').to_owned();
            match name.as_str() {
                "feedback-type" => report.feedback_type = bare.to_ascii_lowercase(),
                "user-agent" => report.user_agent = bare,
                "original-rcpt-to" | "removal-recipient"
                    if bare.contains('@') && report.recipients.len() < 100 && !report.recipients.contains(&bare) =>
                {
                    report.recipients.push(bare);
                }
                "original-mail-from" => report.mail_from = bare,
                "cfbl-feedback-id" => report.feedback_id = bare,
                "source-ip" => report.source_ip = bare,
                _ => {}
            }
        }
        report
    }

    /// Whether a reader, or their provider, calls the mail unwanted: `not-spam` says the contrary, and `auth-failure`
    /// speaks of signatures.
    #[must_use]
    pub fn is_complaint(&self) -> bool {
        !matches!(self.feedback_type.as_str(), "not-spam" | "auth-failure" | "dmarc" | "opt-out-list")
    }
}

#[cfg(test)]
mod tests {
    use super::FeedbackReport;

    #[test]
    fn a_report_is_read_with_and_without_the_recipient() {
        let named = FeedbackReport::read(
            "Feedback-Type: abuse\r\nUser-Agent: Example/1.0\r\nVersion: 1\r\n\
             Original-Rcpt-To: <anne@example.org>\r\nOriginal-Mail-From: <b-mark@lists.example>\r\nSource-IP: 192.0.2.1\r\n",
        );
        assert_eq!(named.recipients, ["anne@example.org"]);
        assert_eq!(named.mail_from, "b-mark@lists.example");
        assert!(named.is_complaint());
        let redacted = FeedbackReport::read("Feedback-Type: Abuse\nVersion: 1\n");
        assert_eq!((redacted.feedback_type.as_str(), redacted.recipients.len()), ("abuse", 0));
    }

    #[test]
    fn not_spam_and_authentication_reports_are_no_complaints() {
        assert!(!FeedbackReport::read("Feedback-Type: not-spam\n").is_complaint());
        assert!(!FeedbackReport::read("Feedback-Type: auth-failure\n").is_complaint());
    }
}
