//! The picture's rules on small policies.
