//! What receiving sides say, and the class it stands for: data, the first rule that fits wins.
