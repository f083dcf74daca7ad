ALTER TABLE form_versions DROP COLUMN stylesheet;
