//! Every decision about signing up, confirming and leaving, on the embedded database.
