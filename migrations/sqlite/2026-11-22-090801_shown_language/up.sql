-- In which language our own words stood on the form that a record names, where we drew it for the person (scheme 4).
ALTER TABLE consent_records ADD COLUMN shown_in TEXT;

DROP TRIGGER consent_records_stay;
CREATE TRIGGER consent_records_stay BEFORE UPDATE ON consent_records
WHEN NOT (
  NEW.id IS OLD.id AND NEW.account_id IS OLD.account_id AND NEW.subscription_id IS OLD.subscription_id
  AND NEW.subscriber_id IS OLD.subscriber_id AND NEW.list_id IS OLD.list_id AND NEW.at IS OLD.at
  AND NEW.event IS OLD.event AND NEW.via IS OLD.via AND NEW.form_id IS OLD.form_id
  AND NEW.form_version IS OLD.form_version AND NEW.wording IS OLD.wording AND NEW.language IS OLD.language
  AND NEW.origin IS OLD.origin AND NEW.detail IS OLD.detail AND NEW.personal_hash IS OLD.personal_hash
  AND NEW.previous_hash IS OLD.previous_hash AND NEW.hash IS OLD.hash AND NEW.scheme IS OLD.scheme
  AND NEW.mail_hash IS OLD.mail_hash AND NEW.form_hash IS OLD.form_hash
  AND NEW.shown_in IS OLD.shown_in
  AND NEW.network = '' AND NEW.user_agent = '' AND NEW.personal_salt IS NULL
)
BEGIN SELECT RAISE(ABORT, 'consent records are append-only'); END;
