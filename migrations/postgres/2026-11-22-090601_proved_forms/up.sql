-- SHA-256 of everything that the version of a form holds, in every record that names one (scheme 3).
ALTER TABLE consent_records ADD COLUMN form_hash BYTEA;

DROP TRIGGER consent_records_stay ON consent_records;
CREATE TRIGGER consent_records_stay BEFORE UPDATE ON consent_records FOR EACH ROW WHEN (NOT (
  (NEW.id, NEW.account_id, NEW.subscription_id, NEW.subscriber_id, NEW.list_id, NEW.at, NEW.event, NEW.via, NEW.form_id,
   NEW.form_version, NEW.wording, NEW.language, NEW.origin, NEW.detail, NEW.personal_hash, NEW.previous_hash, NEW.hash,
   NEW.scheme, NEW.mail_hash, NEW.form_hash)
  IS NOT DISTINCT FROM
  (OLD.id, OLD.account_id, OLD.subscription_id, OLD.subscriber_id, OLD.list_id, OLD.at, OLD.event, OLD.via, OLD.form_id,
   OLD.form_version, OLD.wording, OLD.language, OLD.origin, OLD.detail, OLD.personal_hash, OLD.previous_hash, OLD.hash,
   OLD.scheme, OLD.mail_hash, OLD.form_hash)
  AND NEW.network = '' AND NEW.user_agent = '' AND NEW.personal_salt IS NULL
)) EXECUTE FUNCTION consent_stays();

-- What was shown stays as it was shown. Nothing of a person is in it, so that no erasure touches it.
CREATE FUNCTION form_versions_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'versions of forms are append-only';
END $$;
CREATE TRIGGER form_versions_stay BEFORE UPDATE OR DELETE ON form_versions FOR EACH ROW EXECUTE FUNCTION form_versions_stay();
CREATE TRIGGER form_versions_whole BEFORE TRUNCATE ON form_versions FOR EACH STATEMENT EXECUTE FUNCTION form_versions_stay();
