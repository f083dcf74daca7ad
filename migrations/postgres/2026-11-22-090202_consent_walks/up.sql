-- The last walk along the whole chain of an account: how many records it saw, or the first thing that it found changed.
CREATE TABLE consent_walks (
  account_id UUID PRIMARY KEY NOT NULL REFERENCES accounts (id),
  walked_at BIGINT NOT NULL,
  records BIGINT NOT NULL,
  broken_record BIGINT,
  broken_day TEXT,
  difference TEXT
);
