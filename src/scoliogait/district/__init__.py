"""Many inputs on many processes: shards of a manifest, each done once whatever dies, by engines that screen nothing."""
