-- Everything a person sees on a form belongs to its version, and the version keeps the page as it was drawn.
ALTER TABLE form_versions ADD COLUMN intro TEXT NOT NULL DEFAULT '';
ALTER TABLE form_versions ADD COLUMN purposes TEXT NOT NULL DEFAULT '[]';
ALTER TABLE form_versions ADD COLUMN offers TEXT NOT NULL DEFAULT '[]';
ALTER TABLE form_versions ADD COLUMN look TEXT NOT NULL DEFAULT '{}';
ALTER TABLE form_versions ADD COLUMN drawn TEXT NOT NULL DEFAULT '{}';
ALTER TABLE form_versions ADD COLUMN edition INTEGER NOT NULL DEFAULT 0;

-- Which addresses the form takes; no person sees it, so it has no versions.
ALTER TABLE forms ADD COLUMN rules TEXT NOT NULL DEFAULT '{}';
