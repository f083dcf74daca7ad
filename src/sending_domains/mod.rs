//! The domains that accounts send from: their DKIM keys, the DNS records wanted and found, the verdict.
