"""What a person reads off a walk: strides, camera roll, signed asymmetries with errors, quality of a recording."""
