DROP TRIGGER form_versions_once;
DROP TRIGGER consent_seal_heads_once;
DROP TRIGGER consent_seals_once;
DROP TRIGGER consent_samples_once;
DROP TRIGGER consent_mails_once;
DROP TRIGGER consent_records_once;
