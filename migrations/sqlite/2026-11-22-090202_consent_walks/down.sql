DROP TABLE consent_walks;
