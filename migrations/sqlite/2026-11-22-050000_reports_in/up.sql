-- What waits to be judged, what changed nobody, and how many stand where.
CREATE INDEX inbound_messages_state ON inbound_messages (state, id);

-- Tokens of Mailgun's webhooks: each signs one event, and no other after it.
CREATE TABLE hook_tokens (
  token_hash BLOB PRIMARY KEY NOT NULL,
  event_hash BLOB NOT NULL,
  seen_at BIGINT NOT NULL
);
CREATE INDEX hook_tokens_seen ON hook_tokens (seen_at);
