-- The whole style sheet with which a version of a form was shown; empty for versions from before it was kept.
ALTER TABLE form_versions ADD COLUMN stylesheet TEXT NOT NULL DEFAULT '';
