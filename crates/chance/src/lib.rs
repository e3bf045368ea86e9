//! How a seed is split by identity, and laws of chance as integer quantile tables.
