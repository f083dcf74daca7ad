-- The operator's choice of how much of a network address consent records keep: full, truncated or none.
ALTER TABLE installation ADD COLUMN consent_networks TEXT NOT NULL DEFAULT 'full';

-- What the hash of a record covers: 1 as at first, 2 its number and the mail too.
ALTER TABLE consent_records ADD COLUMN scheme INTEGER NOT NULL DEFAULT 1;
ALTER TABLE consent_records ADD COLUMN mail_hash BYTEA;

-- What all mails of one list have in common, for nobody in particular: mails are kept as what they add to it.
CREATE TABLE consent_samples (
  hash BYTEA PRIMARY KEY NOT NULL,
  sample BYTEA NOT NULL
);

-- A confirmation mail as it was sent, compressed and enciphered with the installation key; goes at an erasure.
CREATE TABLE consent_mails (
  record_id BIGINT PRIMARY KEY NOT NULL REFERENCES consent_records (id),
  sample_hash BYTEA NOT NULL REFERENCES consent_samples (hash),
  kept BYTEA NOT NULL
);

-- One digest a day over the heads of all chains.
CREATE TABLE consent_seals (
  day TEXT PRIMARY KEY NOT NULL,
  sealed_at BIGINT NOT NULL,
  accounts BIGINT NOT NULL,
  heads BYTEA NOT NULL,
  previous BYTEA,
  digest BYTEA NOT NULL
);

-- The heads that had moved since the seal before.
CREATE TABLE consent_seal_heads (
  day TEXT NOT NULL REFERENCES consent_seals (day),
  account_id UUID NOT NULL,
  head BYTEA NOT NULL,
  PRIMARY KEY (day, account_id)
);
CREATE INDEX consent_seal_heads_account ON consent_seal_heads (account_id, day);

-- An erasure takes the personal part of a record away, and nothing else.
CREATE FUNCTION consent_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'consent records and seals are append-only';
END $$;
CREATE FUNCTION consent_mails_remain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM consent_records r WHERE r.id = OLD.record_id AND r.personal_salt IS NOT NULL) THEN
    RAISE EXCEPTION 'consent records and seals are append-only';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER consent_records_stay BEFORE UPDATE ON consent_records FOR EACH ROW WHEN (NOT (
  (NEW.id, NEW.account_id, NEW.subscription_id, NEW.subscriber_id, NEW.list_id, NEW.at, NEW.event, NEW.via, NEW.form_id,
   NEW.form_version, NEW.wording, NEW.language, NEW.origin, NEW.detail, NEW.personal_hash, NEW.previous_hash, NEW.hash,
   NEW.scheme, NEW.mail_hash)
  IS NOT DISTINCT FROM
  (OLD.id, OLD.account_id, OLD.subscription_id, OLD.subscriber_id, OLD.list_id, OLD.at, OLD.event, OLD.via, OLD.form_id,
   OLD.form_version, OLD.wording, OLD.language, OLD.origin, OLD.detail, OLD.personal_hash, OLD.previous_hash, OLD.hash,
   OLD.scheme, OLD.mail_hash)
  AND NEW.network = '' AND NEW.user_agent = '' AND NEW.personal_salt IS NULL
)) EXECUTE FUNCTION consent_stays();
CREATE TRIGGER consent_records_remain BEFORE DELETE ON consent_records FOR EACH ROW EXECUTE FUNCTION consent_stays();
CREATE TRIGGER consent_mails_stay BEFORE UPDATE ON consent_mails FOR EACH ROW EXECUTE FUNCTION consent_stays();
CREATE TRIGGER consent_mails_remain BEFORE DELETE ON consent_mails FOR EACH ROW EXECUTE FUNCTION consent_mails_remain();
CREATE TRIGGER consent_samples_stay BEFORE UPDATE OR DELETE ON consent_samples FOR EACH ROW EXECUTE FUNCTION consent_stays();
CREATE TRIGGER consent_seals_stay BEFORE UPDATE OR DELETE ON consent_seals FOR EACH ROW EXECUTE FUNCTION consent_stays();
CREATE TRIGGER consent_seal_heads_stay BEFORE UPDATE OR DELETE ON consent_seal_heads FOR EACH ROW EXECUTE FUNCTION consent_stays();
CREATE TRIGGER consent_records_whole BEFORE TRUNCATE ON consent_records FOR EACH STATEMENT EXECUTE FUNCTION consent_stays();
CREATE TRIGGER consent_mails_whole BEFORE TRUNCATE ON consent_mails FOR EACH STATEMENT EXECUTE FUNCTION consent_stays();
CREATE TRIGGER consent_samples_whole BEFORE TRUNCATE ON consent_samples FOR EACH STATEMENT EXECUTE FUNCTION consent_stays();
CREATE TRIGGER consent_seals_whole BEFORE TRUNCATE ON consent_seals FOR EACH STATEMENT EXECUTE FUNCTION consent_stays();
CREATE TRIGGER consent_seal_heads_whole BEFORE TRUNCATE ON consent_seal_heads FOR EACH STATEMENT EXECUTE FUNCTION consent_stays();
