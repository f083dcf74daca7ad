DROP TABLE address_changes;
DROP TABLE leave_reasons;
ALTER TABLE subscriptions DROP COLUMN paused_until;
ALTER TABLE subscriptions DROP COLUMN frequency;
DROP INDEX subscribers_moved;
ALTER TABLE subscribers DROP COLUMN moved_to;
ALTER TABLE lists DROP COLUMN sends_goodbye;
ALTER TABLE lists DROP COLUMN sends_welcome;
