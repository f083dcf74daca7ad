-- INSERT OR REPLACE takes away the row that is there without asking the triggers of deletion: what is there is never
-- written a second time, neither by its key nor by its place.
CREATE TRIGGER consent_records_once BEFORE INSERT ON consent_records
WHEN EXISTS (SELECT 1 FROM consent_records o WHERE o.id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'consent records are append-only'); END;
CREATE TRIGGER consent_mails_once BEFORE INSERT ON consent_mails
WHEN EXISTS (SELECT 1 FROM consent_mails o WHERE o.record_id = NEW.record_id OR o.rowid = NEW.rowid)
BEGIN SELECT RAISE(ABORT, 'consent records are append-only'); END;
-- Whoever keeps a mail writes the sample of its list again as it is.
CREATE TRIGGER consent_samples_once BEFORE INSERT ON consent_samples
WHEN EXISTS (SELECT 1 FROM consent_samples o WHERE (o.hash = NEW.hash AND o.sample IS NOT NEW.sample) OR (o.rowid = NEW.rowid AND o.hash IS NOT NEW.hash))
BEGIN SELECT RAISE(ABORT, 'consent records are append-only'); END;
CREATE TRIGGER consent_seals_once BEFORE INSERT ON consent_seals
WHEN EXISTS (SELECT 1 FROM consent_seals o WHERE o.day = NEW.day OR o.rowid = NEW.rowid)
BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;
CREATE TRIGGER consent_seal_heads_once BEFORE INSERT ON consent_seal_heads
WHEN EXISTS (SELECT 1 FROM consent_seal_heads o WHERE (o.day = NEW.day AND o.account_id = NEW.account_id) OR o.rowid = NEW.rowid)
BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;
CREATE TRIGGER form_versions_once BEFORE INSERT ON form_versions
WHEN EXISTS (SELECT 1 FROM form_versions o WHERE (o.form_id = NEW.form_id AND o.version = NEW.version) OR o.rowid = NEW.rowid)
BEGIN SELECT RAISE(ABORT, 'versions of forms are append-only'); END;
