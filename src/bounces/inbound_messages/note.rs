//! What became of a message, or why nothing did: words that pages say in the reader's language.

use crate::storage::words;

words! {
    /// What followed from a message that came in.
    pub enum Note {
        /// A bounce or a complaint is on record, with what follows from it.
        Recorded = "recorded",
        /// The delivery had come back before.
        KnownBounce = "known_bounce",
        /// The delivery was complained of before.
        KnownComplaint = "known_complaint",
        /// The delivery is of no account: nobody is concerned.
        NoAccount = "no_account",
        /// Mail is late; the other side goes on trying.
        Late = "late",
        /// Nothing follows from a message of this kind.
        Nothing = "nothing",
        /// Somebody asked to be taken off, and is.
        Unsubscribed = "unsubscribed",
        /// Somebody who had left asked to be taken off.
        HadUnsubscribed = "had_unsubscribed",
        /// The subscription is not there any more.
        SubscriptionGone = "subscription_gone",
        /// A program wrote to an unsubscribe address.
        NotAWish = "not_a_wish",
        /// It cannot be read as a message.
        Unreadable = "unreadable",
        /// Judging it failed again and again.
        NotJudged = "not_judged",
        /// It names a delivery, but did not come to its return path.
        NotByReturnPath = "not_by_return_path",
        /// It speaks of another address than its delivery was for.
        AnotherAddress = "another_address",
        /// The delivery is not there any more.
        DeliveryGone = "delivery_gone",
        /// The delivery is so long ago that reports about it count no more.
        Expired = "expired",
        /// A complaint of somebody who is not known.
        NotBelieved = "not_believed",
        /// Written to the operator.
        ForOperator = "for_operator",
        /// There is no valid mark of ours in it.
        NoMark = "no_mark",
    }
}
