ALTER TABLE lanes DROP COLUMN demands_tls;
