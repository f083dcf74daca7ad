-- How each node that sends finds its relay, for the processes that send nothing themselves. No reason: it takes mail.
CREATE TABLE relay_states (
  node TEXT PRIMARY KEY NOT NULL,
  reason TEXT,
  seen_at BIGINT NOT NULL
);
