DROP TABLE relay_states;
