DROP TABLE floods;
DROP TABLE spent_passes;
DROP TABLE unwanted_addresses;
DROP INDEX confirmations_held;
DROP INDEX confirmations_asked;
ALTER TABLE confirmations DROP COLUMN confirmed_at;
ALTER TABLE confirmations DROP COLUMN held_at;
ALTER TABLE confirmations DROP COLUMN together;
ALTER TABLE confirmations DROP COLUMN asked_name;
