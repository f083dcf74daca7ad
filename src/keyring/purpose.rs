//! What the keys are used for; each purpose has a key of its own.

/// What a mark or a derived token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The link in a confirmation mail.
    Confirm,
    /// The link that ends a subscription.
    Unsubscribe,
    /// The link to a reader's own page.
    Preferences,
    /// The link that opens a reader's own page for a day.
    PreferencesPass,
    /// The link by which one of two mailboxes agrees to a change of address.
    AddressChange,
    /// The local part of a return path (VERP).
    ReturnPath,
    /// `CFBL-Feedback-ID` (RFC 9477).
    Complaint,
    /// `X-Estampille-Trace`.
    Trace,
    /// The `Message-ID` of a delivery.
    MessageId,
    /// The link by which an invited user sets a password.
    Invitation,
    /// The token inside a page's form that ties it to the session (CSRF).
    PageForm,
    /// The name under which an address or a network is counted, so that counters name nobody.
    Ceiling,
    /// The copy of a confirmation mail that is kept with its consent record.
    ConsentMail,
    /// The pass that comes with a shown signup form.
    FormPass,
    /// The link to a letter that was held back for a digest.
    Letter,
}

impl Purpose {
    pub(super) const fn label(self) -> &'static [u8] {
        match self {
            Self::Confirm => b"confirm",
            Self::Unsubscribe => b"unsubscribe",
            Self::Preferences => b"preferences",
            Self::PreferencesPass => b"preferences-pass",
            Self::AddressChange => b"address-change",
            Self::ReturnPath => b"return-path",
            Self::Complaint => b"complaint",
            Self::Trace => b"trace",
            Self::MessageId => b"message-id",
            Self::Invitation => b"invitation",
            Self::PageForm => b"page-form",
            Self::Ceiling => b"ceiling",
            Self::ConsentMail => b"consent-mail",
            Self::FormPass => b"form-pass",
            Self::Letter => b"letter",
        }
    }
}
