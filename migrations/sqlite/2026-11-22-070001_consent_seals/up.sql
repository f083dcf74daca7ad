-- The operator's choice of how much of a network address consent records keep: full, truncated or none.
ALTER TABLE installation ADD COLUMN consent_networks TEXT NOT NULL DEFAULT 'full';

-- What the hash of a record covers: 1 as at first, 2 its number and the mail too.
ALTER TABLE consent_records ADD COLUMN scheme INTEGER NOT NULL DEFAULT 1;
ALTER TABLE consent_records ADD COLUMN mail_hash BLOB;

-- What all mails of one list have in common, for nobody in particular: mails are kept as what they add to it.
CREATE TABLE consent_samples (
  hash BLOB PRIMARY KEY NOT NULL,
  sample BLOB NOT NULL
);

-- A confirmation mail as it was sent, compressed and enciphered with the installation key; goes at an erasure.
CREATE TABLE consent_mails (
  record_id BIGINT PRIMARY KEY NOT NULL REFERENCES consent_records (id),
  sample_hash BLOB NOT NULL REFERENCES consent_samples (hash),
  kept BLOB NOT NULL
);

-- One digest a day over the heads of all chains.
CREATE TABLE consent_seals (
  day TEXT PRIMARY KEY NOT NULL,
  sealed_at BIGINT NOT NULL,
  accounts BIGINT NOT NULL,
  heads BLOB NOT NULL,
  previous BLOB,
  digest BLOB NOT NULL
);

-- The heads that had moved since the seal before.
CREATE TABLE consent_seal_heads (
  day TEXT NOT NULL REFERENCES consent_seals (day),
  account_id BLOB NOT NULL,
  head BLOB NOT NULL,
  PRIMARY KEY (day, account_id)
);
CREATE INDEX consent_seal_heads_account ON consent_seal_heads (account_id, day);

-- An erasure takes the personal part of a record away, and nothing else.
CREATE TRIGGER consent_records_stay BEFORE UPDATE ON consent_records
WHEN NOT (
  NEW.id IS OLD.id AND NEW.account_id IS OLD.account_id AND NEW.subscription_id IS OLD.subscription_id
  AND NEW.subscriber_id IS OLD.subscriber_id AND NEW.list_id IS OLD.list_id AND NEW.at IS OLD.at
  AND NEW.event IS OLD.event AND NEW.via IS OLD.via AND NEW.form_id IS OLD.form_id
  AND NEW.form_version IS OLD.form_version AND NEW.wording IS OLD.wording AND NEW.language IS OLD.language
  AND NEW.origin IS OLD.origin AND NEW.detail IS OLD.detail AND NEW.personal_hash IS OLD.personal_hash
  AND NEW.previous_hash IS OLD.previous_hash AND NEW.hash IS OLD.hash AND NEW.scheme IS OLD.scheme
  AND NEW.mail_hash IS OLD.mail_hash AND NEW.network = '' AND NEW.user_agent = '' AND NEW.personal_salt IS NULL
)
BEGIN SELECT RAISE(ABORT, 'consent records are append-only'); END;
CREATE TRIGGER consent_records_remain BEFORE DELETE ON consent_records
BEGIN SELECT RAISE(ABORT, 'consent records are append-only'); END;

CREATE TRIGGER consent_mails_stay BEFORE UPDATE ON consent_mails
BEGIN SELECT RAISE(ABORT, 'consent records are append-only'); END;
CREATE TRIGGER consent_mails_remain BEFORE DELETE ON consent_mails
WHEN EXISTS (SELECT 1 FROM consent_records r WHERE r.id = OLD.record_id AND r.personal_salt IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'consent records are append-only'); END;

CREATE TRIGGER consent_samples_stay BEFORE UPDATE ON consent_samples
BEGIN SELECT RAISE(ABORT, 'consent records are append-only'); END;
CREATE TRIGGER consent_samples_remain BEFORE DELETE ON consent_samples
BEGIN SELECT RAISE(ABORT, 'consent records are append-only'); END;

CREATE TRIGGER consent_seals_stay BEFORE UPDATE ON consent_seals
BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;
CREATE TRIGGER consent_seals_remain BEFORE DELETE ON consent_seals
BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;
CREATE TRIGGER consent_seal_heads_stay BEFORE UPDATE ON consent_seal_heads
BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;
CREATE TRIGGER consent_seal_heads_remain BEFORE DELETE ON consent_seal_heads
BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;
