"""A finished model and what is known of it: evaluation, verification, promotion, audit."""
