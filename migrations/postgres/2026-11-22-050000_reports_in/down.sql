DROP TABLE hook_tokens;
DROP INDEX inbound_messages_state;
