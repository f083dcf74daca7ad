DROP TABLE consent_walk_attempts;
