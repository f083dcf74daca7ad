ALTER TABLE forms DROP COLUMN rules;
ALTER TABLE form_versions DROP COLUMN edition;
ALTER TABLE form_versions DROP COLUMN drawn;
ALTER TABLE form_versions DROP COLUMN look;
ALTER TABLE form_versions DROP COLUMN offers;
ALTER TABLE form_versions DROP COLUMN purposes;
ALTER TABLE form_versions DROP COLUMN intro;
