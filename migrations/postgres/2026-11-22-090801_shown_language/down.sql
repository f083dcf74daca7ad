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
ALTER TABLE consent_records DROP COLUMN shown_in;
