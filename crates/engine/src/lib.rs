//! Compiles policies and interprets journeys.
