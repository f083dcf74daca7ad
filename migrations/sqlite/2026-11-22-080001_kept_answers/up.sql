-- Answers to requests with an Idempotency-Key, of accounts and of the operator, whose id is the nil one. They stand in place
-- of idempotency_keys, which belonged to accounts only and goes one version later.
CREATE TABLE kept_answers (
  holder_id BLOB NOT NULL,
  idempotency_key TEXT NOT NULL,
  request_hash BLOB NOT NULL,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (holder_id, idempotency_key)
);
CREATE INDEX kept_answers_age ON kept_answers (created_at);
INSERT INTO kept_answers (holder_id, idempotency_key, request_hash, status, body, created_at)
  SELECT account_id, idempotency_key, request_hash, status, body, created_at FROM idempotency_keys;
